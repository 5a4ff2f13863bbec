"""`init` and `replica add`, killed: run again, they go on over what they left, and over nothing else.

The process ends at a change of the file system or at a connection to the database, as the interpreter's audit events tell of
them (PEP 578), without any clean-up.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from preservation.adapters.home import INITIALISING
from tests.forks import in_a_fork
from tests.homes import Answer, TestHome, assert_sound, assert_valid_storage, make_home, preservation
from tests.package_builders import write_files

KILLED = 86
MOMENTS = 12
_CHANGES = {"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.truncate", "sqlite3.connect"}


def _killed(work: Callable[[], Answer], at: int) -> int:
    """How many changes the work made: all of them, or `at - 1` if it was killed before the next."""
    changes = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal changes
        is_opened_to_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3 != os.O_RDONLY
        if event in _CHANGES or is_opened_to_write:
            changes += 1
            if changes == at:
                os._exit(KILLED)

    def watched() -> int:
        sys.addaudithook(hook)
        answer = work()
        assert answer.status == 0, answer
        return changes

    found = in_a_fork(watched)
    if found == KILLED and changes == 0:
        return at - 1
    assert isinstance(found, int)
    return found


def _moments(work: Callable[[Path], Answer], place: Path) -> list[int]:
    """Some of the changes that the work makes, the first and the last among them."""
    count = _killed(lambda: work(place / "counted"), 0)
    assert count > MOMENTS
    wanted = int(os.environ.get("PRESERVATION_CUTS", MOMENTS))
    return sorted({1 + round(number * (count - 1) / (wanted - 1)) for number in range(wanted)})


def _init(home: Path) -> Answer:
    return preservation("init", "--home", home, "--json")


def test_an_init_that_was_killed_anywhere_is_finished_by_another(tmp_path: Path) -> None:
    for moment in _moments(_init, tmp_path):
        home = tmp_path / f"killed-{moment}"
        assert _killed(lambda home=home: _init(home), moment) == moment - 1  # type: ignore[misc]
        is_marked = (home / INITIALISING).exists()
        refused = preservation("aip", "list", "--home", home)

        answer = _init(home)

        assert answer.status == 0, (moment, answer)
        assert not is_marked or refused.status == 2, (moment, refused)
        taken_in = TestHome(home)
        (home / "policies" / "formats.toml").write_text('first = "none"\n')
        taken_in.preserved(write_files(tmp_path / f"package-{moment}", {"a.txt": b"a"}))
        assert_sound(taken_in)
        assert answer.json["vkey"] == taken_in.run("audit", "checkpoint").json["vkey"]
        assert [one["name"] for one in taken_in.run("replica", "list").json] == ["a", "b"]
        assert [one["code"] for one in taken_in.run("collection", "list").json] == ["unassigned"]
        assert preservation("init", "--home", home).status == 2


def test_a_replica_whose_adding_was_killed_anywhere_is_added_by_another_try(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "package", {"a.txt": b"a"}))

    def add(folder: Path) -> Answer:
        return preservation("replica", "add", folder, "--home", home.root, "--json")

    for moment in _moments(add, tmp_path):
        folder = tmp_path / f"replica-{moment}"
        assert _killed(lambda folder=folder: add(folder), moment) == moment - 1  # type: ignore[misc]

        answer = add(folder)

        assert answer.status == 0, (moment, answer)
        assert home.run("replica", "sync", folder.name).status == 0
        assert_sound(home)
        assert_valid_storage(folder)
        assert [one["name"] for one in home.run("replica", "list").json].count(folder.name) == 1
        assert home.object(aip).relative_to(home.replica("a")) in {
            path.relative_to(folder) for path in folder.rglob("*") if path.is_dir()
        }


def test_a_ledgers_name_is_not_changed_by_a_second_init(tmp_path: Path) -> None:
    home = _unfinished(tmp_path)

    answer = preservation("init", "--home", home, "--origin", "other.example/ledger")

    assert answer.status == 2
    assert "preservation.invalid/" in answer.err
    assert _init(home).status == 0


@pytest.mark.parametrize("name", ["thesis.doc", "deposits"])
def test_a_beginning_with_anything_else_in_it_is_left_alone(tmp_path: Path, name: str) -> None:
    home = _unfinished(tmp_path)
    (home / name).write_bytes(b"mine")

    answer = _init(home)

    assert answer.status == 2
    assert name in answer.err + answer.out
    assert (home / name).read_bytes() == b"mine"


def test_a_replica_that_holds_something_and_is_not_known_is_not_taken_for_a_beginning(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    folder = tmp_path / "c"
    marker = home.replica("a") / "replica.json"
    folder.mkdir()
    unknown = marker.read_text().replace(home.run("replica", "list").json[0]["id"], "urn:uuid:" + "0" * 8)
    (folder / "replica.json").write_text(unknown.replace('"a"', '"c"'))
    (folder / "ocfl").mkdir()
    (folder / "ocfl" / "something").write_bytes(b"held")

    answer = home.run("replica", "add", folder)

    assert answer.status == 2
    assert "does not know" in answer.json["message"]
    assert (folder / "ocfl" / "something").read_bytes() == b"held"


def test_a_beginning_is_added_by_the_name_that_it_has(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    folder = tmp_path / "c"
    folder.mkdir()
    marker = (home.replica("a") / "replica.json").read_text()
    begun = "urn:uuid:01a20531-6ae0-7000-88ee-d4d0e5d9ad87"
    (folder / "replica.json").write_text(
        marker.replace(home.run("replica", "list").json[0]["id"], begun).replace('"a"', '"vault"')
    )

    refused = home.run("replica", "add", folder)
    added = home.run("replica", "add", folder, "--name", "vault")

    assert (refused.status, "vault" in refused.json["message"]) == (2, True)
    assert (added.status, added.json["id"], added.json["new"]) == (0, begun, True)
    assert home.run("replica", "sync", "vault").status == 0


def _unfinished(place: Path) -> Path:
    """A home that was cut off at its very end."""
    home = place / "home"
    assert _init(home).status == 0
    (home / INITIALISING).touch()
    return home
