"""The examiner as a whole: behind the fence, in batches, with Debian's programs, and with programs that are missing."""

import json
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest

from preservation.adapters.examination.answers import Answer, pack_answer, pack_start, unpack_said
from preservation.adapters.examination.batches import BatchRunner, Task
from preservation.adapters.examination.examiner import FencedExaminer
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.fence.system import SystemFence
from preservation.domain.content_kinds import Family
from preservation.domain.examinations import Examination, FileToExamine, Kind, Validity
from preservation.domain.tools import ToolEnd, ToolLimits, ToolOutcome
from preservation.errors import Unavailable
from tests.adapters import examination_material as material

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def examiner() -> Iterator[FencedExaminer]:
    made = FencedExaminer(SystemFence())
    yield made
    made.close()


def codes(found: Examination) -> list[str]:
    return [fault.code for fault in found.faults if fault.is_error]


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class SayingFence:
    """A fence around programs of the test's own: says what it is told to, run by run."""

    strength = "limits"

    def __init__(self, outcomes: Sequence[ToolOutcome]) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[list[str]] = []

    def run(
        self,
        command: Sequence[str],
        *,
        inputs: Mapping[str, str] | None = None,
        folder: str | None = None,
        limits: ToolLimits,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> ToolOutcome:
        self.asked.append(sorted(inputs or {}))
        return self.outcomes.pop(0)


class MissingPrograms:
    """A fence in which no program but Python is installed."""

    def __init__(self) -> None:
        self._fence = SystemFence()
        self.strength = self._fence.strength

    def run(self, command: Sequence[str], **more: object) -> ToolOutcome:
        if "python" not in command[0]:
            raise Unavailable(f"{command[0]} is not installed")
        return self._fence.run(command, **more)  # type: ignore[arg-type]


def answer(family: Family = Family.TEXT) -> Answer:
    return Answer(family, Examination(Kind.TEXT, Validity.WELL_FORMED))


def said(*parts: bytes) -> bytes:
    return b"".join(parts)


def tasks(folder: Path, count: int) -> list[Task]:
    paths = [folder / f"{number}.txt" for number in range(count)]
    for path in paths:
        path.write_text("x")
    return [Task(FileToExamine(str(path), "x-fmt/111"), Family.TEXT, 1) for path in paths]


def test_a_batch_is_answered_in_order(examiner: FencedExaminer, tmp_path: Path) -> None:
    pdf = material.pdf(tmp_path / "a.pdf")
    png = material.image(tmp_path / "ảnh số 1.png", "PNG")
    text = tmp_path / "-v\n.txt"
    text.write_text("hello\n")
    nothing = tmp_path / "a.bin"
    nothing.write_bytes(b"\0\1\2")
    files = [(pdf, "fmt/18"), (png, "fmt/11"), (text, "x-fmt/111"), (nothing, None)] * 20

    found = examiner.examine([FileToExamine(str(path), puid) for path, puid in files])

    assert [one.kind for one in found] == [Kind.PDF, Kind.IMAGE, Kind.TEXT, Kind.OTHER] * 20
    assert {one.validity for one in found[:3]} == {Validity.WELL_FORMED}
    assert [fault.code for fault in found[3].faults] == ["NO-TOOL"]


def test_no_files_are_no_work(examiner: FencedExaminer) -> None:
    assert list(examiner.examine([])) == []


def test_a_file_that_is_not_there_is_not_an_examination(examiner: FencedExaminer, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        examiner.examine([FileToExamine(str(tmp_path / "missing"), None)])


def test_an_override_decides_as_what_a_format_is_examined(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_text("<a/>")
    examiner = FencedExaminer(SystemFence(), overrides={"fmt/9999": Family.XML})

    found = examiner.examine([FileToExamine(str(path), "fmt/9999")])
    examiner.close()

    assert (found[0].kind, found[0].validity) == (Kind.XML, Validity.WELL_FORMED)


def test_a_file_that_needs_too_long_costs_itself_alone(tmp_path: Path) -> None:
    """Five million rows take more than a second of processor time: the timer's signal ends the process."""
    slow = tmp_path / "slow.csv"
    slow.write_text("a,b\n" * 4_900_000)
    quick = tmp_path / "a.txt"
    quick.write_text("x")
    files = [
        FileToExamine(str(quick), "x-fmt/111"),
        FileToExamine(str(slow), "x-fmt/18"),
        FileToExamine(str(quick), "x-fmt/111"),
    ]
    examiner = FencedExaminer(SystemFence(), limits=ExaminationLimits(seconds=1, bytes_per_second=1 << 40), lanes=1)

    found = examiner.examine(files)
    examiner.close()

    assert [one.validity for one in found] == [Validity.WELL_FORMED, Validity.UNKNOWN, Validity.WELL_FORMED]
    assert codes(found[1]) == ["TOOL-TIMED-OUT"]


def test_a_file_that_needs_too_much_memory_costs_itself_alone(tmp_path: Path) -> None:
    large = tmp_path / "a.json"
    large.write_text("[" + "[1,2,3]," * 6_000_000 + "1]")
    quick = tmp_path / "a.txt"
    quick.write_text("x")
    files = [FileToExamine(str(large), "fmt/817"), FileToExamine(str(quick), "x-fmt/111")]
    examiner = FencedExaminer(SystemFence(), limits=ExaminationLimits(memory_bytes=400 << 20), lanes=1)

    found = examiner.examine(files)
    examiner.close()

    assert [one.validity for one in found] == [Validity.UNKNOWN, Validity.WELL_FORMED]
    assert codes(found[0]) in (["TOOL-OUT-OF-MEMORY"], ["TOOL-DIED"])


def test_a_process_that_dies_at_a_file_is_followed_by_another(tmp_path: Path) -> None:
    died = ToolOutcome(
        ToolEnd.SIGNALLED, signal.SIGSEGV, said(pack_start(0), pack_answer(0, answer()), pack_start(1)), b"", 1.0
    )
    whole = ToolOutcome(ToolEnd.EXITED, 0, said(pack_start(0), pack_answer(0, answer())), b"", 1.0)
    fence = SayingFence([died, whole])

    found = BatchRunner(fence, ExaminationLimits()).run(tasks(tmp_path, 3))

    assert [one.examination.validity for one in found] == [Validity.WELL_FORMED, Validity.UNKNOWN, Validity.WELL_FORMED]
    assert codes(found[1].examination) == ["TOOL-DIED"]
    assert fence.asked == [["0", "1", "2"], ["0"]]


def test_a_process_that_was_stopped_for_all_its_files_begins_the_next_again(tmp_path: Path) -> None:
    stopped = ToolOutcome(ToolEnd.TIMED_OUT, 9, said(pack_start(0), pack_answer(0, answer()), pack_start(1)), b"", 1.0)
    whole = ToolOutcome(ToolEnd.EXITED, 0, said(pack_start(0), pack_answer(0, answer())), b"", 1.0)

    found = BatchRunner(SayingFence([stopped, whole]), ExaminationLimits()).run(tasks(tmp_path, 2))

    assert [one.examination.validity for one in found] == [Validity.WELL_FORMED] * 2


def test_a_process_that_never_answers_costs_each_file_one_run(tmp_path: Path) -> None:
    silent = ToolOutcome(ToolEnd.EXITED, 1, b"", b"", 1.0)

    found = BatchRunner(SayingFence([silent, silent]), ExaminationLimits()).run(tasks(tmp_path, 2))

    assert [codes(one.examination) for one in found] == [["TOOL-DIED"]] * 2


@pytest.mark.parametrize(
    "forged",
    [
        b'{"n": 7, "family": "text", "validity": "valid", "tools": [], "properties": [], "faults": []}\n',
        b'{"n": 0, "family": "text", "validity": "certified", "tools": [], "properties": [], "faults": []}\n',
        b'{"n": 0, "family": "text", "validity": "valid", "tools": [[1, 2]], "properties": [], "faults": []}\n',
        b'{"n": true, "family": "text", "validity": "valid", "tools": [], "properties": [], "faults": []}\n',
        b"[" * 100_000 + b"\n",
        b"null\n",
    ],
)
def test_an_answer_of_another_shape_is_not_believed(forged: bytes) -> None:
    assert unpack_said(forged, 1).answers == {}


def test_texts_of_an_answer_are_bounded_and_printable() -> None:
    forged = {
        "n": 0, "family": "text", "validity": "unknown", "tools": [], "properties": [["a", "\x1b[2J" + "x" * 9999, ""]] * 9999,
        "faults": [["C", "\0", True]] * 9999,
    }  # fmt: skip

    found = unpack_said(json.dumps(forged).encode() + b"\n", 1).answers[0].examination

    assert len(found.properties) <= 200
    assert len(found.faults) <= 30
    assert all(str(one.value).isprintable() and len(str(one.value)) <= 400 for one in found.properties)


def test_several_threads_may_ask_at_once(examiner: FencedExaminer, tmp_path: Path) -> None:
    paths = [material.image(tmp_path / f"{number}.png", "PNG", size=(10 + number, 10)) for number in range(8)]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda path: examiner.examine([FileToExamine(str(path), "fmt/11")])[0], paths))

    assert [one.value("width") for one in found] == list(range(10, 18))


def test_programs_that_are_missing_leave_their_files_unknown_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    files = [FileToExamine(str(tmp_path / "a.mkv"), "fmt/569"), FileToExamine(str(tmp_path / "a.7z"), "fmt/484")]
    examiner = FencedExaminer(MissingPrograms())

    found = examiner.examine(files)
    states = {one.name: one for one in examiner.tools()}
    examiner.close()

    assert [one.validity for one in found] == [Validity.UNKNOWN] * 2
    assert [fault.detail for fault in found[1].faults] == ["7zz (Debian package 7zip)"]
    assert any("ffprobe (Debian package ffmpeg)" in fault.detail for fault in found[0].faults)
    assert (states["ffmpeg"].version, states["ffmpeg"].package) == (None, "ffmpeg")
    assert states["ffmpeg"].without
    assert states["pikepdf"].version


def test_flac_is_valid_by_its_md5_and_invalid_with_a_changed_byte(examiner: FencedExaminer, tmp_path: Path) -> None:
    wave, flac = material.wave(tmp_path / "a.wav", frames=8000), tmp_path / "a.flac"
    subprocess.run([tool("flac"), "-s", "-o", str(flac), str(wave)], check=True)
    changed = bytearray(flac.read_bytes())
    changed[-200] ^= 0xFF
    (tmp_path / "b.flac").write_bytes(changed)

    good, bad = examiner.examine([FileToExamine(str(tmp_path / name), "fmt/279") for name in ("a.flac", "b.flac")])

    assert (good.kind, good.validity, good.value("duration")) == (Kind.AUDIO, Validity.VALID, "1.000")
    assert (good.value("sample-rate"), good.value("bits-per-sample"), good.value("channels")) == (8000, 16, 1)
    assert (bad.validity, codes(bad)) == (Validity.INVALID, ["FLAC-DAMAGED"])


def test_ffv1_in_matroska_is_valid_by_mediaconch(examiner: FencedExaminer, tmp_path: Path) -> None:
    tool("mediaconch")
    path = tmp_path / "a.mkv"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1"]
    encoded = ["-c:v", "ffv1", "-level", "3", "-slicecrc", "1", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run([tool("ffmpeg"), "-v", "error", "-nostdin", *source, *encoded], check=True)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / "b.mkv").write_bytes(damaged)

    good, bad = examiner.examine([FileToExamine(str(tmp_path / name), "fmt/569") for name in ("a.mkv", "b.mkv")])

    assert (good.kind, good.validity) == (Kind.VIDEO, Validity.VALID)
    assert (good.value("video-codec"), good.value("width"), good.value("frame-rate")) == ("ffv1", 64, "10")
    assert [one.name for one in good.tools] == ["ffprobe", "ffmpeg", "mediaconch"]
    assert bad.validity is Validity.INVALID


def test_a_video_that_is_cut_off_is_invalid(examiner: FencedExaminer, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2"]
    subprocess.run([tool("ffmpeg"), "-v", "error", "-nostdin", *source, "-c:v", "mpeg4", str(path)], check=True)
    whole = examiner.examine([FileToExamine(str(path), "fmt/199")])[0]

    found = examiner.examine([FileToExamine(str(material.cut(path, 0.5)), "fmt/199")])[0]

    assert (whole.validity, whole.value("duration")) == (Validity.WELL_FORMED, "2.000")
    assert (found.validity, codes(found)[0]) == (Validity.INVALID, "MEDIA-NOT-READ")


def test_seven_zip_archives_are_tested(examiner: FencedExaminer, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x" * 5000)
    for name, more in (("a.7z", []), ("b.7z", ["-psecret", "-mhe=on"])):
        subprocess.run([tool("7zz"), "a", "-bso0", *more, str(tmp_path / name), str(tmp_path / "x.txt")], check=True)
    shutil.copy(tmp_path / "a.7z", tmp_path / "c.7z")
    material.cut(tmp_path / "c.7z", 0.6)

    found = examiner.examine([FileToExamine(str(tmp_path / name), "fmt/484") for name in ("a.7z", "b.7z", "c.7z")])

    assert [one.validity for one in found] == [Validity.WELL_FORMED, Validity.UNKNOWN, Validity.INVALID]
    assert codes(found[1]) == ["ARCHIVE-ENCRYPTED"]


REPORT = """#!/bin/sh
# What veraPDF's machine-readable report looks like, by a program of the test's own.
if [ "$1" = --version ]; then echo "veraPDF 1.26.2"; exit 0; fi
cat <<END
<?xml version="1.0" encoding="utf-8"?><report><jobs><job><validationReport profileName="PDF/A-2B validation profile"
 isCompliant="{compliant}"><details><rule specification="ISO 19005-2:2011" clause="6.2.3" testNumber="2" status="failed">
<description>Two profiles</description></rule></details></validationReport></job></jobs></report>
END
"""


@pytest.mark.parametrize(
    ("compliant", "validity", "faults"),
    [("true", Validity.VALID, []), ("false", Validity.INVALID, ["ISO 19005-2:2011 6.2.3-2: Two profiles"])],
)
def test_the_report_of_an_operators_verapdf_is_firm(
    compliant: str, validity: Validity, faults: list[str], tmp_path: Path
) -> None:
    """The program only speaks veraPDF's XML: this is a test of how its report is read."""
    script = tmp_path / "opt" / "verapdf"
    script.parent.mkdir()
    script.write_text(REPORT.replace("{compliant}", compliant))
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    with pikepdf.new() as made:
        made.add_blank_page()
        with made.open_metadata() as meta:
            meta["pdfaid:part"], meta["pdfaid:conformance"] = "2", "B"
        made.save(tmp_path / "a.pdf")
    plain = material.pdf(tmp_path / "b.pdf")
    examiner = FencedExaminer(SystemFence(shows=[script.parent]), verapdf=str(script))

    claimed, other = examiner.examine([FileToExamine(str(one), "fmt/477") for one in (tmp_path / "a.pdf", plain)])
    state = next(one for one in examiner.tools() if one.name == "veraPDF")
    examiner.close()

    assert claimed.validity is validity
    assert [fault.detail for fault in claimed.faults if fault.code == "VERAPDF"] == faults
    assert "veraPDF" in [one.name for one in claimed.tools]
    assert other.validity is Validity.WELL_FORMED
    assert state.version == "1.26.2"
