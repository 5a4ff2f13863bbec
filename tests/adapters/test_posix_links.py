"""Links, pipes and folders in place of files, in a folder replica."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from preservation.adapters.object_stores.posix import store as posix
from preservation.adapters.object_stores.posix.store import PosixStore
from preservation.errors import Conflict, ImmutableConflict, NotHere, Unavailable
from tests.adapters.posix_replicas import REPLICA, a_replica, tree
from tests.contracts.replica_store_builders import a_version, begin, stage, write_version

KEY = "ledger/tile/0/000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "replica"


@pytest.fixture
def store(folder: Path) -> PosixStore:
    return posix.create(str(folder), REPLICA, first_files=[], marker=json.dumps({"id": REPLICA}).encode())


@pytest.fixture
def replica(tmp_path: Path, folder: Path) -> PosixStore:
    return a_replica(folder)


def test_a_link_in_place_of_a_file_is_not_followed(store: PosixStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"sound")
    store.put([(KEY, b"sound")])
    (folder / KEY).unlink()
    (folder / KEY).symlink_to(tmp_path / "other")

    for reading in (store.open, store.open_cold, store.read):
        with pytest.raises(NotHere):
            reading(KEY)
    assert store.size(KEY) is None
    assert [key for key, _ in store.list("ledger")] == [KEY]


def test_a_link_in_place_of_a_folder_is_not_followed(store: PosixStore, folder: Path, tmp_path: Path) -> None:
    store.put([(KEY, b"sound")])
    shutil.move(folder / "ledger/tile", tmp_path / "elsewhere")
    (folder / "ledger/tile").symlink_to(tmp_path / "elsewhere")

    for reading in (store.open, store.open_cold, store.read):
        with pytest.raises(NotHere):
            reading(KEY)
    assert store.size(KEY) is None
    assert list(store.list("ledger/tile")) == []
    assert store.set_aside(KEY, "repair") is None
    store.remove_partial_tiles(["ledger/tile/0/000.p/1"])
    with pytest.raises(Unavailable):
        store.put([(KEY, b"sound")])
    with pytest.raises(Unavailable):
        store.replace(KEY, b"x")
    assert tree(tmp_path / "elsewhere") == {"0": None, "0/000": b"sound"}


def test_a_link_in_place_of_an_object_root_takes_no_version(replica: PosixStore, folder: Path, tmp_path: Path) -> None:
    first = a_version()
    second = a_version(2, base=first)
    write_version(replica, first)
    shutil.move(folder / first.object_root, tmp_path / "elsewhere")
    (folder / first.object_root).symlink_to(tmp_path / "elsewhere")
    before = tree(tmp_path / "elsewhere")
    writer = stage(begin(replica, second, first), second)
    writer.seal()

    with pytest.raises(Conflict):
        writer.commit()
    writer.abort()
    assert tree(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("obstacle", ["link", "file", "pipe"])
def test_what_stands_where_a_folder_should_be_is_set_aside_by_a_restore(
    store: PosixStore, folder: Path, tmp_path: Path, obstacle: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "ledger").mkdir()
    wrong = folder / "ledger/tile"
    if obstacle == "link":
        wrong.symlink_to(tmp_path / "elsewhere")
    elif obstacle == "file":
        wrong.write_bytes(b"x")
    else:
        os.mkfifo(wrong)

    store.restore(KEY, [b"sound"], "repair-1")
    assert store.read(KEY) == b"sound"
    assert os.path.lexists(folder / "quarantine/repair-1/ledger/tile")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_not_here_and_can_be_replaced(store: PosixStore, folder: Path, kind: str) -> None:
    store.put([("ledger/tile/0/other", b"x")])
    if kind == "pipe":
        os.mkfifo(folder / KEY)
    else:
        (folder / KEY / "below").mkdir(parents=True)

    with pytest.raises(NotHere):
        store.open_cold(KEY)
    assert store.size(KEY) is None
    assert store.set_aside(KEY, "repair-1") == f"quarantine/repair-1/{KEY}"
    store.restore(KEY, [b"sound"], "repair-1")
    assert store.read(KEY) == b"sound"


def test_putting_where_a_link_stands_is_refused(store: PosixStore, folder: Path, tmp_path: Path) -> None:
    (folder / "ledger").mkdir()
    (folder / "ledger/a").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ImmutableConflict):
        store.put([("ledger/a", b"x")])
    assert not (tmp_path / "elsewhere").exists()


def test_opening_leaves_no_descriptor_behind(store: PosixStore, folder: Path, tmp_path: Path) -> None:
    store.put([(KEY, b"sound")])
    os.mkfifo(folder / "ledger/pipe")
    (folder / "ledger/link").symlink_to("tile")
    before = os.listdir("/proc/self/fd")
    for key in (KEY, "ledger/none/x", "ledger/pipe", "ledger/link/0/000", "ledger", f"{KEY}/below"):
        for reading in (store.open, store.open_cold):
            with suppress(NotHere), reading(key):
                pass
        store.size(key)
        list(store.list(key))

    assert os.listdir("/proc/self/fd") == before
