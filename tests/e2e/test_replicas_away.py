"""A replica that is away, full, read-only or somebody else's makes a transfer wait, never lost, never called preserved."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import TransferStatus
from tests.homes import TestHome, assert_sound, assert_valid_object, make_home, originals, tree
from tests.package_builders import write_files

FILES = {f"{number}.bin": os.urandom(20_000) for number in range(12)}
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount file systems")


@contextmanager
def renamed(home: TestHome, name: str) -> Iterator[None]:
    home.replica(name).rename(home.root / "elsewhere")
    yield
    (home.root / "elsewhere").rename(home.replica(name))


@contextmanager
def unmounted(home: TestHome, name: str) -> Iterator[None]:
    """The empty folder that a mount point is while nothing is mounted."""
    with renamed(home, name):
        home.replica(name).mkdir()
        yield
        assert list(home.replica(name).iterdir()) == []
        home.replica(name).rmdir()


@contextmanager
def foreign(home: TestHome, name: str) -> Iterator[None]:
    """Another replica in its place."""
    with renamed(home, name):
        shutil.copytree(home.root / "elsewhere", home.replica(name))
        marker = home.replica(name) / "replica.json"
        values = json.loads(marker.read_bytes())
        marker.chmod(0o644)
        marker.write_text(json.dumps(values | {"id": "urn:uuid:00000000-0000-7000-8000-000000000000"}))
        before = tree(home.replica(name))
        yield
        assert tree(home.replica(name)) == before
        shutil.rmtree(home.replica(name))


@contextmanager
def read_only(home: TestHome, name: str) -> Iterator[None]:
    folder = str(home.replica(name))
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


TROUBLES = [
    pytest.param(renamed, id="renamed"),
    pytest.param(unmounted, id="unmounted"),
    pytest.param(foreign, id="foreign"),
    pytest.param(read_only, id="read-only", marks=is_root),
]


@pytest.mark.parametrize("which", ["a", "b"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_transfer_waits_for_a_replica_in_trouble_and_sync_makes_it_preserved(
    trouble: Callable[[TestHome, str], Iterator[None]], which: str, tmp_path: Path
) -> None:
    """CPP-029 step 12b: an AIP is preserved only once it is on as many locations as policy demands."""
    home = make_home(tmp_path / "home")
    package = write_files(tmp_path / "p", FILES)
    with trouble(home, which):  # type: ignore[attr-defined]
        waiting = home.run("ingest", package)
        while_away = home.run("replica", "sync")

    synced = home.run("replica", "sync")

    (taken,) = waiting.json
    aip = taken["aip_id"]
    assert (waiting.status, taken["status"], taken["copies"], taken["copies_wanted"]) == (3, "stored", 1, 2)
    assert while_away.status == 3
    assert synced.status == 0, synced
    assert [one.status for one in home.transfers() if one.aip == aip] == [TransferStatus.PRESERVED]
    for replica in ("a", "b"):
        assert originals(home.object(aip, replica)) == FILES
        assert_valid_object(home.object(aip, replica))
    outcomes = [event.outcome for event in home.events(EventType.REPLICATION) if event.objects[0].id == aip]
    assert outcomes.count(EventOutcome.SUCCESS) == 2
    assert EventOutcome.FAILURE in outcomes
    assert_sound(home)


def test_with_no_replica_at_all_nothing_is_taken_in_and_later_commands_work(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    package = write_files(tmp_path / "p", FILES)
    with renamed(home, "a"):
        home.replica("b").rename(home.root / "b")
        answer = home.run("ingest", package)
        (home.root / "b").rename(home.replica("b"))

    again = home.run("ingest", package)

    assert answer.status == 3
    assert again.status == 0
    statuses = [one.status for one in home.transfers()]
    assert TransferStatus.RUNNING not in statuses
    assert_sound(home)


@is_root
def test_a_replica_that_fills_up_midway_is_dropped_and_synced_when_it_has_room(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(small)], check=True)
    try:
        assert home.run("replica", "add", small / "c").status == 0
        assert home.run("replica", "retire", "b").status == 2  # c has nothing yet
        assert home.run("replica", "sync").status == 0
        assert home.run("replica", "retire", "b").status == 0
        package = write_files(tmp_path / "p", {f"{number}.bin": os.urandom(200_000) for number in range(8)})
        full = home.run("ingest", package)
        left = list((small / "c" / "work").iterdir())
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        synced = home.run("replica", "sync")

        (taken,) = full.json
        assert (full.status, taken["status"], taken["copies"]) == (3, "stored", 1)
        assert left == []
        assert synced.status == 0, synced
        assert [one.status for one in home.transfers() if one.aip == taken["aip_id"]] == [TransferStatus.PRESERVED]
        copied = small / "c" / str(home.show(taken["aip_id"])["path"])
        assert_valid_object(copied)
        assert len(originals(copied)) == 8
        verified = home.run("audit", "verify")
        assert (verified.status, verified.json["problems"]) == (0, []), verified
    finally:
        subprocess.run(["umount", str(small)], check=True)


@is_root
def test_when_the_only_replica_left_fills_up_the_transfer_fails_and_the_home_stays_sound(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    kept = home.preserved(write_files(tmp_path / "kept", FILES))
    with renamed(home, "b"):
        os.rename(home.replica("a"), home.root / "copy")
        home.replica("a").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(home.replica("a"))], check=True)
        try:
            subprocess.run(["cp", "-a", f"{home.root}/copy/.", str(home.replica("a"))], check=True)
            answer = home.run("ingest", write_files(tmp_path / "p", {f"{n}": os.urandom(1 << 20) for n in range(4)}))
            left = list((home.replica("a") / "work").iterdir())
            shutil.rmtree(home.root / "copy")
            subprocess.run(["cp", "-a", str(home.replica("a")), f"{home.root}/copy"], check=True)
        finally:
            subprocess.run(["umount", str(home.replica("a"))], check=True)
        home.replica("a").rmdir()
        os.rename(home.root / "copy", home.replica("a"))

    (taken,) = answer.json
    assert (answer.status, taken["status"]) == (3, "failed")
    assert "room" in taken["reason"] or "space" in taken["reason"]
    assert left == []
    assert home.run("replica", "sync").status == 0
    assert originals(home.object(kept)) == FILES
    assert_sound(home)


def test_a_third_replica_is_brought_everything_and_its_copies_are_told_truly_before(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "p", FILES))
    home.run("replica", "add", tmp_path / "ba")
    with renamed(home, "b"):
        home.ingest(write_files(tmp_path / "q", {"x": b"2"}), "--aip", aip, "--mode", "supplement")

    before = {copy["replica"]: (copy["version"], copy["state"]) for copy in home.show(aip)["copies"]}
    synced = home.run("replica", "sync")

    assert before == {"a": (2, "intact"), "b": (1, "pending"), "ba": (0, "pending")}
    assert synced.status == 0
    after = {copy["replica"]: (copy["version"], copy["state"]) for copy in home.show(aip)["copies"]}
    assert after == {"a": (2, "intact"), "b": (2, "intact"), "ba": (2, "intact")}
    assert_valid_object(tmp_path / "ba" / str(home.show(aip)["path"]))
