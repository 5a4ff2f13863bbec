"""Watched folders are emptied: nothing is taken half, nothing is lost or doubled wherever a run is cut off, everybody is told."""

import hashlib
import inspect
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from preservation.adapters.drops.copying import move as real
from preservation.adapters.drops.folder import FolderPlace
from preservation.domain.drops import FolderDrop
from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import TransferStatus
from preservation.domain.jobs import JobKind
from preservation.domain.packages import PackageLimits
from preservation.errors import PreservationError
from preservation.services.deposit_reports import findings_report
from preservation.services.drop_reports import report_key
from preservation.services.drops import Collected, Drops
from tests.homes import Quiet
from tests.services.deposit_kit import Desk, a_desk

LIMITS = PackageLimits(max_files=100, max_total_bytes=1 << 20, max_file_bytes=1 << 20)


@dataclass(slots=True)
class Watched:
    """A folder that is watched, and its desk."""

    desk: Desk
    folder: Path
    drop: FolderDrop = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        name = self.folder.name
        self.drop = FolderDrop(name=name, agreement="so-noi-vu", folder=str(self.folder), settle=timedelta(0))

    def service(self) -> Drops:
        return Drops(self.desk.catalogue, self.desk.deposits, self.desk.space, self.desk.locks, LIMITS)

    def collect(self) -> Collected:
        return self.service().collect(self.drop, FolderPlace(str(self.folder)), Quiet())

    def put(self, name: str, data: bytes = b"content", *marks: str) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        for ending in marks:
            (self.folder / (name + ending)).touch()
        return path

    def put_folder(self, name: str, files: dict[str, bytes], *marks: str) -> Path:
        for path, data in files.items():
            (self.folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name / path).write_bytes(data)
        for ending in marks:
            (self.folder / (name + ending)).touch()
        return self.folder / name

    def left(self) -> set[str]:
        """What is still in the folder, but for our own."""
        return {one.name for one in self.folder.iterdir() if one.name not in ("_taking", "_reports")}

    def reports(self) -> dict[str, Any]:
        folder = self.folder / "_reports"
        return {one.name: json.loads(one.read_bytes()) for one in folder.iterdir()} if folder.exists() else {}

    def waits_for(self, name: str) -> str:
        """The code of why a package is not taken."""
        (finding,) = self.reports()[f"{name}.waiting.json"]["findings"]
        return str(finding["code"])

    def package(self, transfer: str) -> Path:
        place = self.desk.deposit(transfer).place
        assert place is not None
        return Path(self.desk.space.local_path(place))

    def end(self, transfer: str, status: TransferStatus, *findings: Finding, **changes: Any) -> None:
        with self.desk.catalogue.begin() as tx:
            tx.save_transfer(replace(self.desk.transfer(transfer), status=status))
            deposit = replace(self.desk.deposit(transfer), report=findings_report(findings), **changes)
            tx.save_deposit(deposit)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with a_desk(tmp_path) as desk:
        desk.agree()
        yield Watched(desk, tmp_path / "drop")


def sha256_line(data: bytes, name: str = "") -> bytes:
    return hashlib.sha256(data).hexdigest().encode() + (f"  {name}\n".encode() if name else b"\n")


def a_bag(files: dict[str, bytes]) -> dict[str, bytes]:
    manifest = "".join(f"{hashlib.sha256(data).hexdigest()}  data/{name}\n" for name, data in files.items())
    return {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "manifest-sha256.txt": manifest.encode(),
        **{f"data/{name}": data for name, data in files.items()},
    }


def test_a_file_with_a_marker_is_taken_and_submitted_once(watched: Watched) -> None:
    watched.put("hồ sơ 42.zip", b"content", ".done")

    first, again = watched.collect(), watched.collect()

    (transfer,) = first.taken
    assert (again.taken, again.waiting, first.problems) == ([], 0, {})
    assert watched.left() == set()
    assert watched.package(transfer).read_bytes() == b"content"
    assert watched.desk.transfer(transfer).status is TransferStatus.ACCEPTED
    deposit = watched.desk.deposit(transfer)
    assert (deposit.name, deposit.account, deposit.drop, deposit.size) == ("hồ sơ 42.zip", None, "drop", 7)
    assert [job.kind for job in watched.desk.jobs(transfer)] == [JobKind.INGEST]


@pytest.mark.parametrize("ending", [".sha256", ".sha512"])
@pytest.mark.parametrize("form", ["alone", "named", "elsewhere", "binary", "of several"])
def test_a_manifest_that_agrees_says_as_much_as_a_marker(watched: Watched, ending: str, form: str) -> None:
    digest = hashlib.new(ending[1:], b"content").hexdigest()
    text = {
        "alone": digest.upper(),
        "named": f"{digest}  a.zip\n",
        "elsewhere": f"{digest}  C:\\out\\a.zip\r\n",
        "binary": f"{digest} *./out/a.zip\n",
        "of several": f"{'0' * len(digest)}  b.zip\n{digest}  a.zip\n",
    }[form]
    watched.put("a.zip")
    (watched.folder / f"a.zip{ending}").write_text(text)

    assert len(watched.collect().taken) == 1
    assert watched.left() == set()


def test_a_bag_is_taken_once_every_file_is_there_that_its_manifests_name(watched: Watched) -> None:
    whole = a_bag({"a.txt": b"a", "sâu/b.txt": b"b"})
    watched.put_folder("bag", {path: data for path, data in whole.items() if "b.txt" not in path})

    before, code = watched.collect(), watched.waits_for("bag")
    watched.put_folder("bag", whole)
    after = watched.collect()

    assert (before.taken, before.waiting, code) == ([], 1, "DROP-BAG-INCOMPLETE")
    assert {
        str(one.relative_to(watched.package(after.taken[0]))) for one in watched.package(after.taken[0]).rglob("*")
    } == {
        "bagit.txt",
        "manifest-sha256.txt",
        "data",
        "data/a.txt",
        "data/sâu",
        "data/sâu/b.txt",
    }
    assert watched.reports() == {}


@pytest.mark.parametrize(
    ("name", "mark", "data", "code"),
    [
        ("a.zip", None, b"", "DROP-NO-MARKER"),
        ("a.zip", ".sha256", sha256_line(b"other", "a.zip"), "DROP-DIGEST-DIFFERS"),
        ("a.zip", ".sha256", sha256_line(b"content", "b.zip"), "DROP-DIGEST-UNREADABLE"),
        ("a.zip", ".sha256", b"\xff\xfe nonsense", "DROP-DIGEST-UNREADABLE"),
        ("a.zip", ".sha512", sha256_line(b"content", "a.zip"), "DROP-DIGEST-UNREADABLE"),
    ],
)
def test_a_file_that_nothing_says_is_whole_waits_and_its_producer_is_told_why(
    watched: Watched, name: str, mark: str | None, data: bytes, code: str
) -> None:
    watched.put(name)
    if mark:
        (watched.folder / f"{name}{mark}").write_bytes(data)

    collected = watched.collect()

    assert (collected.taken, collected.waiting, collected.problems) == ([], 1, {})
    assert watched.waits_for(name) == code
    (finding,) = watched.reports()[f"{name}.waiting.json"]["findings"]
    assert finding["en"] != finding["vi"] != ""
    assert watched.desk.jobs() == []
    assert name in watched.left()


def test_a_manifest_that_disagrees_is_believed_over_a_marker_and_a_new_one_is_read(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    (watched.folder / "a.zip.sha256").write_bytes(sha256_line(b"other"))
    assert watched.collect().taken == []

    (watched.folder / "a.zip.sha256").write_bytes(sha256_line(b"content") + b"\n")
    taken = watched.collect().taken

    assert len(taken) == 1
    assert watched.reports() == {}


def test_what_still_changes_is_left_alone_whatever_times_its_producer_sets(watched: Watched) -> None:
    watched.drop = replace(watched.drop, settle=timedelta(seconds=3))
    path = watched.put_folder("set", {"a.txt": b"a"}, ".done")
    os.utime(path / "a.txt", (0, 0))

    early = watched.collect()
    time.sleep(2)
    (path / "a.txt").write_bytes(b"longer")
    still = watched.collect()
    time.sleep(3.2)
    late = watched.collect()

    assert (early.taken, early.waiting, still.taken) == ([], 1, [])
    assert watched.reports() == {}
    assert (watched.package(late.taken[0]) / "a.txt").read_bytes() == b"longer"


def test_links_devices_and_our_own_names_are_never_taken(watched: Watched, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (watched.folder / "link").symlink_to(secret)
    os.mkfifo(watched.folder / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(watched.folder / "socket"))
    (watched.folder / "folder-link").symlink_to(tmp_path)
    for name in ("link", "pipe", "socket", "folder-link", ".hidden", "_ours"):
        (watched.folder / f"{name}.done").touch()
    (watched.folder / ".hidden").touch()
    (watched.folder / "_ours").touch()

    collected = watched.collect()
    listening.close()

    assert (collected.taken, collected.waiting, collected.problems) == ([], 4, {})
    assert {watched.waits_for(name) for name in ("link", "pipe", "socket", "folder-link")} == {"DROP-NOT-A-PACKAGE"}
    assert not any(b"secret" in one.read_bytes() for one in (watched.folder / "_reports").iterdir())


def test_a_mark_that_is_a_link_or_a_folder_marks_nothing(watched: Watched, tmp_path: Path) -> None:
    watched.put("a.zip")
    (tmp_path / "elsewhere").touch()
    (watched.folder / "a.zip.done").symlink_to(tmp_path / "elsewhere")
    (watched.folder / "a.zip.sha256").mkdir()

    assert watched.collect().taken == []
    assert watched.waits_for("a.zip") == "DROP-NO-MARKER"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({f"{number}.txt": b"" for number in range(101)}, "DROP-TOO-MANY-FILES"),
        ({"a.bin": bytes(1 << 19), "b.bin": bytes((1 << 19) + 1)}, "DROP-TOO-LARGE"),
        ({f"{'d/' * 65}a": b""}, "DROP-TOO-DEEP"),
    ],
    ids=["many", "large", "deep"],
)
def test_what_is_beyond_the_limits_is_left_where_it_is(watched: Watched, files: dict[str, bytes], code: str) -> None:
    watched.put_folder("set", files, ".done")

    assert watched.collect().taken == []
    assert watched.waits_for("set") == code
    assert watched.left() == {"set", "set.done"}


@pytest.mark.parametrize("name", ["\udcff\udcfe.zip", "a\nb", "é" * 125, "~", "-rf", "a.done.zip", "%2e%2e", "CON"])
def test_strange_names_are_taken_as_they_are(watched: Watched, name: str) -> None:
    watched.put(name, b"content", ".done")

    (transfer,) = watched.collect().taken
    watched.end(transfer, TransferStatus.PRESERVED)
    reported = watched.collect().reported

    assert watched.package(transfer).name == name
    assert watched.package(transfer).read_bytes() == b"content"
    assert reported == 1
    assert all(len(os.fsencode(one.name)) <= 255 for one in (watched.folder / "_reports").iterdir())


def test_a_package_that_cannot_be_looked_at_holds_up_no_other(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.put_folder("broken", {"a/b.txt": b""}, ".done")
    watched.put("whole.zip", b"content", ".done")
    listdir = os.listdir

    def failing(path: Any) -> list[str]:
        found = listdir(path)
        if found == ["b.txt"]:
            raise PermissionError(13, "Permission denied")
        return found

    monkeypatch.setattr(os, "listdir", failing)
    collected = watched.collect()

    assert len(collected.taken) == 1
    assert list(collected.problems) == ["broken"]
    assert "broken" in watched.left()


def test_a_folder_that_is_not_there_is_a_problem_and_comes_back(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    away = watched.folder.rename(watched.folder.with_name("unmounted"))

    gone = watched.collect()
    away.rename(watched.folder)
    back = watched.collect()

    assert gone.taken == []
    assert isinstance(gone.problems[""], PreservationError)
    assert len(back.taken) == 1


def test_nothing_is_taken_under_an_agreement_that_is_not_in_force(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    watched.desk.agree(active=False)
    refused, code = watched.collect(), watched.waits_for("a.zip")
    watched.desk.agree()

    taken = watched.collect().taken

    assert (refused.taken, refused.waiting, code) == ([], 1, "AGREEMENT-NOT-ACTIVE")
    assert len(taken) == 1
    assert watched.reports() == {}


def test_an_agreement_that_is_not_there_is_a_problem_of_the_place(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    watched.drop = replace(watched.drop, agreement="nobody")

    collected = watched.collect()

    assert "nobody" in str(collected.problems[""])
    assert watched.left() == {"a.zip", "a.zip.done"}


def test_a_producer_is_told_in_two_languages_what_became_of_each_package(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    (transfer,) = watched.collect().taken
    before = watched.reports()
    finding = Finding("BAG-PAYLOAD-MISSING", Severity.ERROR, "data/a", {"manifest": "manifest-sha256.txt"})
    watched.end(transfer, TransferStatus.REJECTED, finding, reason="broken")

    first, second = watched.collect(), watched.collect()

    (report,) = watched.reports().values()
    assert before == {}
    assert (first.reported, second.reported) == (1, 0)
    assert (report["transfer"], report["status"], report["aip"], report["reason"]) == (
        transfer,
        "rejected",
        None,
        "broken",
    )
    assert set(report["meaning"]) == {"en", "vi"}
    assert (report["findings"][0]["code"], report["findings"][0]["path"]) == ("BAG-PAYLOAD-MISSING", "data/a")
    assert "data/a" not in report["findings"][0]["en"] or report["findings"][0]["en"] != report["findings"][0]["vi"]


def test_a_report_that_cannot_be_written_keeps_no_other_from_being_written(watched: Watched) -> None:
    """Whoever may write to the folder has put a folder in its place."""
    for name in ("a.zip", "b.zip"):
        watched.put(name, b"content", ".done")
    first, second = watched.collect().taken
    for transfer in (first, second):
        watched.end(transfer, TransferStatus.PRESERVED)
    (watched.folder / "_reports" / report_key("a.zip", first)).mkdir(parents=True)
    problems = watched.collect().problems

    assert list(problems) == [""]
    assert json.loads((watched.folder / "_reports" / report_key("b.zip", second)).read_bytes())["transfer"] == second


def test_a_report_is_written_again_when_what_it_says_is_no_longer_so(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    (transfer,) = watched.collect().taken
    told = []
    for status in (TransferStatus.STORED, TransferStatus.STORED, TransferStatus.PRESERVED, TransferStatus.PRESERVED):
        watched.end(transfer, status)
        told.append((watched.collect().reported, [one["status"] for one in watched.reports().values()]))

    assert told == [(1, ["stored"]), (0, ["stored"]), (1, ["preserved"]), (0, ["preserved"])]


def test_a_failure_is_told_only_when_nobody_tries_again(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    (transfer,) = watched.collect().taken
    watched.end(transfer, TransferStatus.FAILED)

    meanwhile = watched.collect().reported
    (job,) = watched.desk.jobs(transfer)
    watched.desk.catalogue.job_table().cancel(job.id, now=watched.desk.clock.now())

    assert (meanwhile, watched.collect().reported) == (0, 1)


def test_several_workers_at_once_take_each_package_once(watched: Watched) -> None:
    for number in range(12):
        watched.put(f"{number}.zip", str(number).encode(), ".done")

    with ThreadPoolExecutor(4) as pool:
        runs = [run.result() for run in [pool.submit(watched.collect) for _ in range(4)]]
    runs.append(watched.collect())

    taken = [transfer for run in runs for transfer in run.taken]
    assert {watched.desk.deposit(one).name for one in taken} == {f"{number}.zip" for number in range(12)}
    assert len(taken) == len(watched.desk.jobs()) == 12


def test_a_package_that_is_swapped_for_a_link_while_it_is_taken_is_given_back(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.txt").write_bytes(b"a")
    path = watched.put_folder("set", {"a.txt": b"a"}, ".done")
    place = FolderPlace(str(watched.folder))
    claim = place.claim

    def swapping(*given: Any) -> bool:
        path.rename(tmp_path / "moved")
        path.symlink_to(secret)
        return claim(*given)

    monkeypatch.setattr(place, "claim", swapping)
    collected = watched.service().collect(watched.drop, place, Quiet())

    assert (collected.taken, collected.problems) == ([], {})
    assert path.is_symlink()
    assert watched.desk.jobs() == []
    assert list((tmp_path / "deposits").iterdir()) == []


def test_a_claim_of_a_transfer_that_nobody_knows_goes_back_to_its_producer(watched: Watched) -> None:
    watched.put("a.zip", b"content", ".done")
    place = FolderPlace(str(watched.folder))
    (dropped,) = place.look()
    seen = place.state(dropped, LIMITS)
    assert seen is not None
    assert place.claim("urn:uuid:01930000-0000-7000-8000-00000000abcd", dropped, seen, LIMITS)
    assert watched.left() == set()

    collected = watched.collect()

    assert len(collected.taken) == 1
    assert watched.package(collected.taken[0]).read_bytes() == b"content"


class Cut(BaseException):
    """The process ends here."""


class Scissors:
    """Ends the process at the n-th step of a run: at a call of the operating system, or of a function of ours that steps."""

    MODULES = ("drops/", "deposit_folder", "services/deposits", "services/drop")

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        ours = any(one in frame.f_code.co_filename for one in self.MODULES)
        if not ours or event not in ("call", "c_call", "c_return", "return"):
            return
        if frame.f_code.co_flags & inspect.CO_GENERATOR:
            # Python swallows what is raised while it disposes of one.
            return
        if event.startswith("c_") and getattr(argument, "__module__", "") not in ("posix", "os"):
            return
        self.count += 1
        if self.count == self.at:
            sys.setprofile(None)
            raise Cut


@pytest.mark.slow
@pytest.mark.parametrize("across", [False, True], ids=["renamed", "copied across file systems"])
def test_a_run_that_is_cut_off_anywhere_neither_loses_nor_doubles_a_package(
    watched: Watched, tmp_path: Path, across: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if across:
        pretend_other_file_system(monkeypatch)
    files = {"a.txt": b"a", "b/c.txt": b"c"}
    steps, at = 0, 0
    while True:
        at += 1 if at < 60 else 7
        name = f"set-{at}"
        watched.put_folder(name, files, ".done")
        scissors = Scissors(at)
        sys.setprofile(scissors)
        try:
            watched.collect()
        except Cut:
            steps += 1
        else:
            break
        finally:
            sys.setprofile(None)

        first = watched.collect()
        second = watched.collect()

        assert first.problems == second.problems == {}, at
        found = submitted(watched, name)
        assert len(found) == 1, (at, found)
        package = watched.package(found[0])
        assert {str(one.relative_to(package)): one.read_bytes() for one in package.rglob("*.txt")} == files, at
        assert watched.left() == set(), at
        assert os.listdir(watched.folder / "_taking") == ["clock"], at
        assert watched.reports() == {}, at
    assert steps > 60


def submitted(watched: Watched, name: str) -> list[str]:
    """The transfers of a package that have a job."""
    found = []
    for job in watched.desk.jobs():
        assert job.subject is not None
        if watched.desk.deposit(job.subject).name == name:
            found.append(job.subject)
    return found


def pretend_other_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming out of a claim into the deposits does what it does between file systems."""

    def move(name: bytes, source: int, target: int) -> None:
        into = os.readlink(f"/proc/self/fd/{target}")
        out_of = os.readlink(f"/proc/self/fd/{source}")
        if into.endswith("/package") and "/deposits/" in into and "/deposits/" not in out_of:
            raise OSError(18, "Invalid cross-device link")
        real(name, source, target)

    monkeypatch.setattr("preservation.adapters.drops.folder.move", move)
