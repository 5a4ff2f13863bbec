"""What is bad is refused whole, with all that is wrong with it; what cannot be read is no verdict; neither leaves a trace."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import TransferStatus
from tests.forks import run_as_nobody
from tests.homes import TestHome, assert_sound, make_home, preservation, tree
from tests.package_builders import ZipMember, bag_files, tar_file, tar_header, write_files, zip_bytes


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("refused") / "home")


def stored(home: TestHome) -> dict[str, set[str]]:
    """Everything in the replicas that is not ledger."""
    kept = ("ocfl", "work", "repository", "fixity", "set-aside")
    return {name: {path for path in tree(home.replica(name)) if path.startswith(kept)} for name in ("a", "b")}


def a_changed_file(where: Path) -> Path:
    bag = write_files(where / "bag", bag_files({f"data/{n}.txt": b"%d" % n for n in range(3)}))
    (bag / "data/0.txt").write_bytes(b"x")
    (bag / "data/2.txt").write_bytes(b"y")
    return bag


def a_missing_and_an_extra_file(where: Path) -> Path:
    bag = write_files(where / "bag", bag_files({f"data/{n}.txt": b"%d" % n for n in range(3)}))
    (bag / "data/0.txt").unlink()
    (bag / "data/new.txt").write_bytes(b"y")
    return bag


def an_unfetched_file(where: Path) -> Path:
    return write_files(where / "bag", bag_files() | {"fetch.txt": b"https://example.org/x 3 data/x\n"})


def a_link_that_leaves(where: Path) -> Path:
    folder = write_files(where / "folder", {"a.txt": b"a"})
    (folder / "passwd").symlink_to("/etc/passwd")
    return folder


def a_zip_that_climbs(where: Path) -> Path:
    (where / "climbs.zip").write_bytes(zip_bytes([ZipMember(b"../../climbed.txt"), ZipMember(b"good.txt")]))
    return where / "climbs.zip"


def a_tar_with_a_device(where: Path) -> Path:
    return tar_file(where / "device.tar", ("good.txt", b"x"), tar_header("null", b"3"))


def a_bomb(where: Path) -> Path:
    (where / "bomb.zip").write_bytes(zip_bytes([ZipMember(b"zeros", bytes(200 << 20))]))
    return where / "bomb.zip"


def a_pipe_inside(where: Path) -> Path:
    folder = write_files(where / "folder", {"a.txt": b"a"})
    os.mkfifo(folder / "pipe")
    return folder


def nothing_at_all(where: Path) -> Path:
    (where / "empty").mkdir()
    return where / "empty"


def no_archive(where: Path) -> Path:
    return write_files(where, {"no.zip": b"this is no archive"}) / "no.zip"


BAD: dict[Callable[[Path], Path], set[str]] = {
    a_changed_file: {"BAG-DIGEST-MISMATCH"},
    a_missing_and_an_extra_file: {"BAG-PAYLOAD-MISSING", "BAG-UNLISTED"},
    an_unfetched_file: {"BAG-FETCH-MISSING"},
    a_link_that_leaves: {"PKG-LINK"},
    a_zip_that_climbs: {"PKG-PATH-TRAVERSAL"},
    a_tar_with_a_device: {"PKG-DEVICE"},
    a_bomb: {"PKG-BOMB"},
    a_pipe_inside: {"PKG-DEVICE"},
    nothing_at_all: {"PKG-EMPTY"},
    no_archive: {"PKG-NOT-AN-ARCHIVE"},
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_a_bad_package_is_rejected_with_its_reasons_and_nothing_of_it_is_kept(
    make: Callable[[Path], Path], home: TestHome, tmp_path: Path
) -> None:
    """CPP-029 steps 13 and 14: rejection, with a report for the producer. CPP-002 step 3: an alert for what does not match."""
    source = make(tmp_path)
    before, submitted = stored(home), tree(tmp_path)

    answer = home.run("ingest", source)

    (taken,) = answer.json
    found = {finding["code"] for finding in taken["findings"] if finding["severity"] == "error"}
    assert (answer.status, taken["status"], taken["aip_id"]) == (1, "rejected", None)
    assert found >= BAD[make]
    assert all(finding["message"] for finding in taken["findings"])
    assert stored(home) == before
    assert tree(tmp_path) == submitted
    assert not (tmp_path.parent / "climbed.txt").exists()


def test_a_report_names_every_file_that_differs(home: TestHome, tmp_path: Path) -> None:
    (taken,) = home.ingest(a_changed_file(tmp_path))

    differing = {finding["path"] for finding in taken["findings"] if finding["code"] == "BAG-DIGEST-MISMATCH"}
    assert differing == {"data/0.txt", "data/2.txt"}


def test_a_bag_with_structural_faults_is_also_told_which_bytes_differ(home: TestHome, tmp_path: Path) -> None:
    bag = a_missing_and_an_extra_file(tmp_path)
    (bag / "data/1.txt").write_bytes(b"changed")

    (taken,) = home.ingest(bag)

    codes = {finding["code"] for finding in taken["findings"]}
    assert codes >= {"BAG-PAYLOAD-MISSING", "BAG-UNLISTED", "BAG-DIGEST-MISMATCH"}


def test_a_rejection_is_an_event_with_its_codes(home: TestHome, tmp_path: Path) -> None:
    (taken,) = home.ingest(a_changed_file(tmp_path))

    event = home.events(EventType.VALIDATION)[-1]
    assert event.outcome is EventOutcome.FAILURE
    assert event.detail["codes"] == ["BAG-DIGEST-MISMATCH"]
    assert taken["transfer_id"] in {linked.id for linked in event.objects}


def test_one_bad_package_among_good_ones_stops_none_of_them(home: TestHome, tmp_path: Path) -> None:
    first = write_files(tmp_path / "first", {"a.txt": b"1"})
    last = write_files(tmp_path / "last", {"a.txt": b"2"})

    answer = home.run("ingest", first, a_changed_file(tmp_path), last)

    assert [one["status"] for one in answer.json] == ["preserved", "rejected", "preserved"]
    assert answer.status == 1


class _Vanishing(threading.Thread):
    """Replaces a file of a package as soon as staging has begun."""

    def __init__(self, work: Path, victim: Path) -> None:
        super().__init__(daemon=True)
        self.work, self.victim, self.done = work, victim, threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            if any(self.work.glob("*/object")):
                self.victim.unlink(missing_ok=True)
                return


def test_a_package_that_changes_while_it_is_read_fails_and_leaves_nothing(home: TestHome, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", {"a.bin": os.urandom(8 << 20), "z.bin": b"last"})
    before = stored(home)
    vanishing = _Vanishing(home.replica("a") / "work", folder / "z.bin")
    vanishing.start()

    answer = home.run("ingest", folder)

    vanishing.done.set()
    vanishing.join()
    (taken,) = answer.json
    assert (answer.status, taken["status"], taken["aip_id"]) == (3, "failed", None)
    assert taken["reason"]
    assert stored(home) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_package_that_may_not_be_read_fails_with_status_3_and_the_others_go_on(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    secret = write_files(tmp_path / "secret", {"a.txt": b"a", "folder/b.txt": b"b"})
    (secret / "a.txt").chmod(0)
    closed = write_files(tmp_path / "closed", {"a.txt": b"a"})
    closed.chmod(0)
    good = write_files(tmp_path / "good", {"a.txt": b"a"})

    answer = run_as_nobody(
        tmp_path, ["ingest", str(secret), str(closed), str(good), "--home", str(home.root), "--json"]
    )

    assert [one["status"] for one in answer.json] == ["failed", "failed", "preserved"]
    assert answer.status == 3
    assert all("ermission" in one["reason"] for one in answer.json[:2])
    statuses = sorted(one.status for one in home.transfers() if one.package_type != "record")
    assert statuses == [TransferStatus.FAILED, TransferStatus.FAILED, TransferStatus.PRESERVED]
    failures = [event for event in home.events() if event.outcome is EventOutcome.FAILURE]
    assert [event.detail["status"] for event in failures] == ["failed", "failed"]
    assert_sound(home)


def a_pipe(where: Path) -> Path:
    os.mkfifo(where / "pipe")
    return where / "pipe"


def a_socket(where: Path) -> Path:
    folder = os.open(where, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"/proc/self/fd/{folder}/socket")
    finally:
        os.close(folder)
    return where / "socket"


def a_dead_link(where: Path) -> Path:
    (where / "dead").symlink_to("nowhere")
    return where / "dead"


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "absent": lambda where: where / "absent",
    "absent, two lines": lambda where: where / "two\nlines",
    "a name too long": lambda where: where / ("x" * 5000),
    "a pipe": a_pipe,
    "a socket": a_socket,
    "/dev/zero": lambda where: Path("/dev/zero"),
    "a dead link": a_dead_link,
    "below a file": lambda where: write_files(where, {"file": b""}) / "file" / "below",
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize(
    "command", ["transfer check", "bag validate", "ocfl validate", "ingest", "rebuild", "audit check"]
)
def test_no_path_makes_a_command_stumble_or_wait(command: str, case: str, home: TestHome, tmp_path: Path) -> None:
    path = HOSTILE[case](tmp_path)
    arguments = {
        "rebuild": ["rebuild", "--from", str(path), "--home", str(tmp_path / "new")],
        "audit check": ["audit", "check", str(path), "--vkey", "example.org+00000000+AAAA"],
        "ingest": ["ingest", str(path), "--home", str(home.root)],
    }.get(command, [*command.split(), str(path)])

    answer = preservation(*arguments, "--json")

    assert answer.status in (2, 3)
    assert set(answer.json if isinstance(answer.json, dict) else answer.json[0]) >= {"error"} or answer.status == 3
    assert "Traceback" not in answer.err
    assert answer.err.count("\n") <= 1


def test_nothing_bad_has_left_anything_behind(home: TestHome) -> None:
    assert_sound(home)
