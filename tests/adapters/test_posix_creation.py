"""Making a folder replica."""

from pathlib import Path

import pytest

from preservation.adapters.object_stores.posix import store as posix
from preservation.errors import Conflict
from tests.adapters.posix_replicas import a_replica, tree

KEY = "ledger/tile/0/000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "replica"


def test_a_new_replica_holds_its_files_and_its_marker(folder: Path) -> None:
    store = a_replica(folder / "in" / "a" / "new" / "place")

    store.check_identity()
    assert [key for key, _ in store.list("ocfl")] == [
        "ocfl/0=ocfl_1.1",
        "ocfl/extensions/0004-hashed-n-tuple-storage-layout/config.json",
        "ocfl/ocfl_layout.json",
    ]


@pytest.mark.parametrize(
    "stranger", ["photos/x.jpg", "work/thesis.doc", "ocfl/an-object", "replica.json", "quarantine/x", ".hidden"]
)
def test_a_place_that_holds_anything_else_is_refused_and_left_alone(folder: Path, stranger: str) -> None:
    (folder / stranger).parent.mkdir(parents=True, exist_ok=True)
    (folder / stranger).write_bytes(b"mine")

    with pytest.raises(Conflict):
        a_replica(folder)
    assert [path for path, data in tree(folder).items() if data is not None] == [stranger]


def test_an_unfinished_beginning_is_finished(folder: Path) -> None:
    a_replica(folder)
    (folder / posix.MARKER).unlink()
    (folder / "ocfl/ocfl_layout.json").unlink()
    (folder / "work/put-0123").mkdir()
    (folder / "work/put-0123/0").write_bytes(b"half")
    (folder / "work/put-0123.claim").write_bytes(b"")
    store = a_replica(folder)
    store.recover()

    assert store.size("ocfl/ocfl_layout.json")
    assert list((folder / "work").iterdir()) == []


def test_a_replica_that_nothing_was_put_into_is_made_again_to_the_same_end(folder: Path) -> None:
    a_replica(folder)
    before = tree(folder)

    a_replica(folder)

    assert tree(folder) == before


@pytest.mark.parametrize("key", [KEY, "ocfl/000/111/222/x/inventory.json", "texts/000.jsonl"])
def test_a_replica_that_holds_anything_is_not_made_again(folder: Path, key: str) -> None:
    a_replica(folder).put([(key, b"held")])

    with pytest.raises(Conflict):
        a_replica(folder)


def test_a_replica_with_another_marker_is_not_made_again(folder: Path) -> None:
    a_replica(folder)
    (folder / posix.MARKER).chmod(0o644)
    (folder / posix.MARKER).write_bytes(b'{"id": "urn:uuid:another"}')

    with pytest.raises(Conflict):
        a_replica(folder)
