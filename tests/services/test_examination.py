"""What is held is examined: whom the job looks at, what it records, what stops it, and that a rebuild knows it too."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.scratch import Scratch
from preservation.domain.events import Event, EventOutcome, EventType
from preservation.domain.examination_policy import ExaminationPolicy
from preservation.domain.examinations import Kind, Validity
from preservation.domain.filed_examinations import KnownExamination
from preservation.domain.policies import FormatPolicy
from preservation.errors import NotHere
from preservation.services import examination
from preservation.services.examination import HeldExamination
from preservation.services.examination_record import ACT
from preservation.services.examination_report import ExaminationReport
from preservation.settings import read_settings
from tests.forks import in_a_fork
from tests.homes import Quiet, TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files
from tests.text_examiner import TextExaminer

DATA = "representations/rep1/data/"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10\x08\x02\0\0\0"
FILES = {"bad.txt": b"caf\xe9", "good.txt": b"one\ntwo\n", "other.bin": b"\0\1", "picture.png": PNG}


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


@contextmanager
def examining(
    home: TestHome, examiner: TextExaminer | None = None, policy: ExaminationPolicy | None = None
) -> Iterator[HeldExamination]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        formats = FormatPolicy(examination=policy or ExaminationPolicy())
        yield HeldExamination(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            clock=repository.clock,
            policies=replace(repository.policies, formats=formats),
            examiner=examiner or TextExaminer(),
            scratch=Scratch(repository.home.staging, "examination"),
        )


def examine(home: TestHome, examiner: TextExaminer | None = None, *, again: bool = False) -> ExaminationReport:
    with examining(home, examiner) as service:
        return service.run(Quiet(), again=again)


def acts(home: TestHome) -> list[Event]:
    return [event for event in home.events(EventType.VALIDATION) if event.detail.get("act") == ACT]


def known(home: TestHome, aip: str) -> dict[str, KnownExamination]:
    """By the path below the data folder."""
    with home.catalogue() as catalogue:
        page = catalogue.files_page(aip, limit=10_000)
        assert page is not None
        found = catalogue.examination_table().of_files(aip, [number for number, _ in page.files])
        return {file.logical_path.removeprefix(DATA): found[number] for number, file in page.files if number in found}


def test_each_file_of_what_is_held_is_examined_once(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "package", FILES))

    report = examine(home)
    second = examine(home)

    assert (report.aips, report.files, second.aips) == (1, 4, 0)
    assert {validity: report.count_of(validity) for validity in Validity} == {
        Validity.VALID: 1,
        Validity.WELL_FORMED: 1,
        Validity.INVALID: 1,
        Validity.UNKNOWN: 1,
    }
    found = known(home, aip)
    assert {path: one.examination.validity for path, one in found.items()} == {
        "bad.txt": Validity.INVALID,
        "good.txt": Validity.VALID,
        "other.bin": Validity.UNKNOWN,
        "picture.png": Validity.WELL_FORMED,
    }
    assert found["picture.png"].examination.value("width") == 32
    assert [fault.code for fault in found["bad.txt"].examination.faults] == ["TEXT-NOT-UTF8"]
    assert_sound(home)


def test_an_event_tells_counts_openly_and_what_was_found_in_its_private_part(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "package", FILES))
    examine(home)

    (event,) = acts(home)

    assert event.outcome is EventOutcome.WARNING
    assert event.detail["files"] == 4
    assert event.detail["invalid"] == 1
    assert event.detail["tools"] == ["text-reader 1"]
    assert {one.id for one in event.objects} == {aip, f"{aip}/v1"}
    assert "bad.txt" not in json.dumps(dict(event.detail))
    files = event.private["files"]
    assert isinstance(files, list)
    assert [DATA + "bad.txt", "text", "invalid"] in [one[:3] for one in files if isinstance(one, list)]


def test_files_that_came_to_the_same_share_one_text(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "package", {f"{n}.txt": f"line {n}\n".encode() for n in range(50)}))
    examine(home)

    (event,) = acts(home)

    found = event.private["found"]
    assert isinstance(found, list)
    assert len(found) == 1


def test_a_rebuild_knows_what_was_found(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "package", FILES)
    aip = home.preserved(package)
    examine(home)
    (package / "good.txt").write_bytes(b"\xff\n")
    home.preserved(package, "--aip", aip)
    examine(home)
    examine(home, TextExaminer("2"), again=True)

    answer = preservation(
        "rebuild", "--from", home.replica("a"), "--home", tmp_path / "new", "--key", home.root / "keys" / "ledger.key"
    )

    new = TestHome(tmp_path / "new")
    assert answer.status == 0, answer
    assert known(new, aip) == known(home, aip)
    kinds = {"examination", "file"}
    assert [line for line in new.dump() if line[0] in kinds] == [line for line in home.dump() if line[0] in kinds]
    assert any(line[0] == "examination" for line in new.dump())


def test_a_new_version_has_only_its_new_files_examined(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "package", FILES)
    aip = home.preserved(package)
    examine(home)
    (package / "new.txt").write_bytes(b"new\n")
    home.preserved(package, "--aip", aip)
    examiner = TextExaminer()

    report = examine(home, examiner)

    assert (report.aips, report.files) == (1, 1)
    assert set(known(home, aip)) == {*FILES, "new.txt"}


def test_newer_tools_examine_again_only_when_they_are_asked_to(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "package", FILES))
    examine(home)

    plain = examine(home, TextExaminer("2"))
    again = examine(home, TextExaminer("2"), again=True)
    once_more = examine(home, TextExaminer("2"), again=True)

    assert (plain.files, again.files, once_more.files) == (0, 4, 0)


class Stricter(TextExaminer):
    """A newer version that finds fault with every text."""

    def _look(self, data: bytes):  # type: ignore[no-untyped-def]
        one = super()._look(data)
        return replace(one, validity=Validity.INVALID) if one.kind is Kind.TEXT else one


def test_a_file_that_was_sound_and_is_invalid_now_is_told_apart(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "package", FILES))
    examine(home)

    report = examine(home, Stricter("2"), again=True)

    assert (report.count_of(Validity.INVALID), report.worsened) == (2, 1)
    assert acts(home)[-1].detail["worsened"] == 1
    with home.catalogue() as catalogue:
        table = catalogue.examination_table()
        worse = [(one.aip, one.path) for one in table.invalid(worsened=True)]
        assert worse == [(aip, DATA + "good.txt")]
        assert len(table.invalid()) == 2


def test_files_of_kinds_that_the_policy_leaves_out_are_not_looked_at(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", identify=True)
    home.preserved(write_files(tmp_path / "package", {"a.txt": b"text\n", "b.png": PNG}))
    examiner = TextExaminer()

    with examining(home, examiner, ExaminationPolicy(kinds=frozenset({Kind.TEXT}))) as service:
        report = service.run(Quiet())

    assert report.files == 1
    assert [Path(path).suffix for path in examiner.asked] == [".txt"]


def test_bytes_that_are_damaged_on_every_replica_are_shown_to_no_tool(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "package", FILES))
    for name in "ab":
        for path in home.object(aip, name).rglob("good.txt"):
            path.write_bytes(b"changed\n")
    examiner = TextExaminer()

    report = examine(home, examiner)

    assert (report.aips, len(report.waiting)) == (0, 1)
    assert examiner.asked == []
    assert acts(home) == []


def test_damage_on_one_replica_is_no_hindrance(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "package", FILES))
    for path in home.object(aip, "a").rglob("good.txt"):
        path.write_bytes(b"chan\xffed\n")

    report = examine(home)

    assert report.aips == 1
    assert known(home, aip)["good.txt"].examination.validity is Validity.VALID


def test_a_run_that_is_killed_goes_on_behind_what_is_recorded(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "GROUP_FILES", 4)
    packages = [write_files(tmp_path / f"p{n}", {f"{at}.txt": b"x\n" * at for at in range(4)}) for n in range(5)]
    for package in packages:
        home.preserved(package)
    seen: list[int] = []

    def die_at_the_fourth(_paths: object) -> None:
        seen.append(1)
        if len(seen) == 4:
            os.kill(os.getpid(), signal.SIGKILL)

    status = in_a_fork(lambda: examine(home, TextExaminer(watch=die_at_the_fourth)).aips)
    rest = examine(home)

    assert status == -signal.SIGKILL
    assert 1 <= rest.aips <= 4
    assert len(acts(home)) == 5
    assert_sound(home)


def test_a_large_aip_is_recorded_in_parts_and_resumed_within(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {f"{at:03}.txt": b"x\n" * at for at in range(100)}))
    monkeypatch.setattr("preservation.services.examination_record.MOST_FILES", 10)
    monkeypatch.setattr(examination, "BATCH_FILES", 10)
    monkeypatch.setattr(examination, "GROUP_PARTS", 2)
    batches: list[int] = []

    def stop_at_the_seventh(_paths: object) -> None:
        batches.append(1)
        if len(batches) == 7:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        examine(home, TextExaminer(watch=stop_at_the_seventh))
    known_before = len(known(home, aip))
    rest = examine(home)

    assert 20 <= known_before < 70
    assert rest.files == 100 - known_before
    assert len(known(home, aip)) == 100
    assert [event.detail.get("total") for event in acts(home)][-1] == rest.files


def test_only_the_aip_that_is_named_and_no_more_than_the_limit_are_examined(home: TestHome, tmp_path: Path) -> None:
    first, second, _third = (
        home.preserved(write_files(tmp_path / str(n), {"a.txt": str(n).encode()})) for n in range(3)
    )

    with examining(home) as service:
        named = service.run(Quiet(), aip=second)
        limited = service.run(Quiet(), limit=1)
        with pytest.raises(NotHere):
            service.run(Quiet(), aip="urn:uuid:00000000-0000-0000-0000-000000000000")

    assert (named.aips, limited.aips) == (1, 1)
    assert known(home, second)
    assert known(home, first)
