"""The replica store in a folder: the contract, and what only a folder can do wrong."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preservation.adapters.object_stores.posix import durable, listing
from preservation.adapters.object_stores.posix import store as posix
from preservation.adapters.object_stores.posix.store import PosixStore
from preservation.errors import ReplicaAway
from preservation.ports import ReplicaStore
from tests.adapters.posix_replicas import REPLICA, a_replica, tree
from tests.contracts.replica_store_builders import a_version, contents, expected, write_version
from tests.contracts.replica_store_contract import ReplicaStoreContract

KEY = "ledger/tile/0/000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "replica"


@pytest.fixture
def store(folder: Path) -> PosixStore:
    """Without the storage root's own files: the contract asks for an empty one."""
    return posix.create(str(folder), REPLICA, first_files=[], marker=json.dumps({"id": REPLICA}).encode())


class TestPosixStore(ReplicaStoreContract):
    @pytest.fixture(params=["unmounted", "marker lost", "marker damaged", "another replica", "gone"])
    def away(self, folder: Path, request: pytest.FixtureRequest) -> Callable[[], None]:
        marker = folder / posix.MARKER

        def leave() -> None:
            match request.param:
                case "unmounted":
                    shutil.rmtree(folder)
                    folder.mkdir()
                case "gone":
                    shutil.rmtree(folder)
                case "marker lost":
                    marker.unlink()
                case "marker damaged":
                    marker.chmod(0o644)
                    marker.write_bytes(b'{"id": 7')
                case _:
                    marker.unlink()
                    marker.write_bytes(b'{"id": "another"}')

        return leave


@pytest.fixture
def replica(folder: Path) -> PosixStore:
    return a_replica(folder)


# --- setting aside, listing -----------------------------------------------------------------------------------------


def test_evidence_is_never_overwritten_by_later_evidence(store: PosixStore) -> None:
    for number in range(3):
        store.restore(KEY, [b"damaged %d" % number], "tx")
        store.set_aside(KEY, "repair")

    assert sorted(contents(store, "quarantine").values()) == [b"damaged 0", b"damaged 1", b"damaged 2"]


def test_setting_the_last_file_aside_leaves_no_empty_folder_in_an_ocfl_root(replica: PosixStore, folder: Path) -> None:
    version = a_version()
    write_version(replica, version)
    before = tree(folder / "ocfl")
    strays = [f"{version.object_root}/v1/content/stray/{name}" for name in ("deep/er/one", "deep/two")]
    replica.put((key, key.encode()) for key in strays)
    kept = [replica.set_aside(key, "repair") for key in strays]

    assert tree(folder / "ocfl") == before
    assert [replica.read(key or "") for key in kept] == [key.encode() for key in strays]


def test_a_very_deep_tree_is_listed(store: PosixStore, folder: Path) -> None:
    depth = 1500
    path = f"{folder}/ocfl"
    for _ in range(depth):
        os.mkdir(path)
        path += "/d"
    Path(path).write_bytes(b"x")
    listed = list(store.list("ocfl"))
    # What cleans up after the tests would not get that deep.
    os.unlink(path)
    for _ in range(depth):
        path = path.removesuffix("/d")
        os.rmdir(path)

    assert listed == [("ocfl" + "/d" * depth, 1)]


def test_a_folder_that_vanishes_while_it_is_listed_is_left_out(store: PosixStore, folder: Path) -> None:
    store.put([("ledger/a/1", b"x"), ("ledger/b/1", b"x"), ("ledger/c", b"x")])
    walk = listing.walk(str(folder), "ledger")
    first = next(walk)
    shutil.rmtree(folder / "ledger/b")

    assert [first, *walk] == [("ledger/a/1", 1), ("ledger/c", 1)]


# --- races ----------------------------------------------------------------------------------------------------------


def test_an_undo_beside_a_commit_does_not_disturb_it(folder: Path) -> None:
    """Undoing removes empty folders, perhaps just after another transaction has made them."""
    moves: list[str] = []
    (folder / "work").mkdir(parents=True)
    (folder / "work/staged").write_bytes(b"x")

    def move(source: str, target: str) -> None:
        if not moves:
            durable.prune_empty(str(folder), "ocfl/a/b")
        moves.append(target)
        os.rename(source, target)

    durable.place(f"{folder}/work/staged", str(folder), "ocfl/a/b/object", move)
    assert len(moves) == 2
    assert (folder / "ocfl/a/b/object").read_bytes() == b"x"


def test_nothing_is_made_below_a_mount_point_that_has_become_empty(folder: Path, tmp_path: Path) -> None:
    """Between the look at the marker and the placing the disk goes away."""
    (folder / "work").mkdir(parents=True)
    (folder / "work/staged").write_bytes(b"x")
    folder.rename(tmp_path / "unmounted")
    folder.mkdir()

    with pytest.raises(FileNotFoundError):
        durable.place(f"{folder}/work/staged", str(folder), "ocfl/a/b/object", os.rename)
    with pytest.raises(FileNotFoundError):
        durable.make_directories(str(folder), "quarantine/tx", beside="ocfl/a")

    assert list(folder.iterdir()) == []


def test_two_stores_of_one_process_share_a_folder(replica: PosixStore, folder: Path) -> None:
    other: ReplicaStore = PosixStore(str(folder), REPLICA)

    def half(store: ReplicaStore) -> Iterator[bytes]:
        yield b"so"
        store.restore(KEY, [b"other"], "tx")
        yield b"und"

    replica.restore(KEY, half(other), "tx")
    assert replica.read(KEY) == b"sound"


def test_a_store_that_was_swapped_for_another_disk_is_noticed(replica: PosixStore, folder: Path) -> None:
    replica.check_identity()
    marker = folder / posix.MARKER
    marker.unlink()
    marker.write_bytes(json.dumps({"id": REPLICA.replace("801", "802")}).encode())

    with pytest.raises(ReplicaAway, match="another replica"):
        replica.put([("ledger/x", b"x")])


def test_versions_of_two_objects_are_what_was_meant(replica: PosixStore) -> None:
    first, other = a_version(), a_version(of=2)
    second = a_version(2, base=first)
    write_version(replica, first)
    write_version(replica, other)
    write_version(replica, second, first)

    held = contents(replica)
    assert {key: data for key, data in held.items() if key.count("/") > 3} == expected(first, other, second)
