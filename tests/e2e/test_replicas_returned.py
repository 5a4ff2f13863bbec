"""A replica that comes back, from retirement or at another place, counts for nothing that nobody has seen."""

import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.cli.main import run
from preservation.domain.holdings import CopyState
from preservation.settings import read_settings
from tests.homes import Answer, TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def retired(home: TestHome, tmp_path: Path) -> Path:
    """And its holdings are lost while nobody looks after it."""
    assert home.run("replica", "retire", "b", "--accept-gap").status == 0
    shutil.rmtree(home.replica("b") / "ocfl")
    return home.replica("b")


def moved(home: TestHome, tmp_path: Path) -> Path:
    """Only its marker came along."""
    place = tmp_path / "new disk"
    place.mkdir()
    shutil.copy(home.replica("b") / "replica.json", place)
    return place


@pytest.mark.parametrize("returns", [retired, moved])
def test_the_last_intact_copy_is_not_given_up_for_one_that_nobody_has_read(
    returns: Callable[[TestHome, Path], Path], home: TestHome, tmp_path: Path
) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.txt": b"one", "b.txt": b"two"}))
    place = returns(home, tmp_path)

    added = home.run("replica", "add", place)
    given_up = home.run("replica", "retire", "a", "--accept-gap")
    synced = home.run("replica", "sync", "b")
    now_allowed = home.run("replica", "retire", "a", "--accept-gap")

    assert (added.status, added.json["new"]) == (0, False)
    assert added.json["unread"] >= 1
    assert given_up.status == 2
    assert "no intact copy" in given_up.err
    assert (synced.status, synced.json[0]["failed"]) == (0, [])
    assert now_allowed.status == 0
    assert list(place.glob("ocfl/**/a.txt"))
    assert home.run("fixity", "run", "--aip", aip).json["intact"] == 1


def test_a_replica_that_only_moved_keeps_what_it_lists(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "p", {"a.txt": b"one"}))
    home.replica("b").rename(tmp_path / "elsewhere")

    added = home.run("replica", "add", tmp_path / "elsewhere")

    assert (added.status, added.json["unread"]) == (0, 0)
    assert home.run("replica", "sync", "b").json[0]["copied"] == 0


def test_a_rebuild_knows_that_a_replica_came_back_from_retirement_unread(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.txt": b"one"}))
    home.run("replica", "retire", "b", "--accept-gap")
    home.run("replica", "add", home.replica("b"))

    preservation(
        "rebuild", "--from", home.replica("a"), "--home", tmp_path / "new", "--key", home.root / "keys" / "ledger.key"
    )

    states = [copies(one, aip)["b"] for one in (home, TestHome(tmp_path / "new"))]
    assert states == [CopyState.PENDING, CopyState.PENDING]


def copies(home: TestHome, aip: str) -> Mapping[str, CopyState]:
    with home.catalogue() as catalogue:
        names = {one.id: one.name for one in catalogue.replicas() if one.state.is_counted}
        return {names[one.replica]: one.state for one in catalogue.copies(aip)}


def test_of_two_retirements_at_once_one_is_refused(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "p", {"a.txt": b"one"}))
    statuses: list[int] = []

    def retire(name: str) -> None:
        statuses.append(run(["replica", "retire", name, "--accept-gap", "--home", str(home.root), "--json"]))

    threads = [threading.Thread(target=retire, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [0, 2]


def test_one_retirement_waits_for_another_and_is_judged_after_it(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "p", {"a.txt": b"one"}))
    answers: list[Answer] = []
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        with repository.locks.hold(bootstrap.REPLICAS, seconds=1):
            other = threading.Thread(target=lambda: answers.append(home.run("replica", "retire", "a", "--accept-gap")))
            other.start()
            other.join(1.0)
            assert answers == []
        other.join()

    assert [one.status for one in answers] == [0]


def test_pieces_of_no_object_are_set_aside_and_the_copy_is_brought(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.txt": b"one"}))
    home.run("replica", "add", home.root / "replicas" / "c")
    piece = home.object(aip, "c") / "v1" / "content" / "left.bin"
    piece.parent.mkdir(parents=True)
    piece.write_bytes(b"of a commit that nobody remembers")

    synced = home.run("replica", "sync", "c")

    assert (synced.status, synced.json[0]["failed"]) == (0, [])
    assert not piece.exists()
    assert [one.read_bytes() for one in (home.replica("c") / "quarantine").rglob("left.bin")] == [
        b"of a commit that nobody remembers"
    ]
    assert home.run("audit", "list", "--type", "quarantine").json["events"]
    assert_sound(home)


def test_a_commit_that_was_never_recorded_and_has_lost_its_content_is_made_anew(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.txt": b"one"}))
    home.run("replica", "add", home.root / "replicas" / "c")
    left = home.object(aip, "c")
    shutil.copytree(home.object(aip), left)
    next(left.rglob("a.txt")).unlink()

    synced = home.run("replica", "sync", "c")

    assert (synced.status, synced.json[0]["failed"]) == (0, [])
    assert [path.read_bytes() for path in left.rglob("a.txt")] == [b"one"]
    assert copies(home, aip)["c"] is CopyState.INTACT
    assert list((home.replica("c") / "quarantine").rglob("inventory.json"))
    assert_sound(home)
