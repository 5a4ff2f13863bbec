"""A folder replica without room or rights, and past the page cache."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preservation.adapters.object_stores.posix import store as posix
from preservation.adapters.object_stores.posix.store import PosixStore
from preservation.errors import DiskFull
from tests.adapters.posix_replicas import REPLICA, a_replica, tree
from tests.contracts.replica_store_builders import a_version, begin, stage, write_version

KEY = "ledger/tile/0/000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "replica"


@pytest.fixture
def store(folder: Path) -> PosixStore:
    return posix.create(str(folder), REPLICA, first_files=[], marker=json.dumps({"id": REPLICA}).encode())


def _stage_too_much(store: PosixStore) -> None:
    version = a_version(2, base=a_version())
    writer = stage(begin(store, version, a_version()), version)
    try:
        sink = writer.create("v2/content/too-much")
        try:
            for _ in range(4):
                sink.write(bytes(1 << 20))
        finally:
            sink.close()
    finally:
        writer.abort()


WRITES: dict[str, Callable[[PosixStore], object]] = {
    "put": lambda store: store.put([("ledger/first", b"small"), ("ledger/big", bytes(4 << 20))]),
    "replace": lambda store: store.replace(KEY, bytes(4 << 20)),
    "restore": lambda store: store.restore(KEY, [bytes(1 << 20)] * 4, "tx"),
    "version": _stage_too_much,
}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 1 MiB, where we may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
        == 0
    )
    yield place
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("write", WRITES)
def test_a_full_disk_leaves_the_old_state(small_disk: Path, write: str) -> None:
    with _files_up_to(2 << 20):
        store = a_replica(small_disk / "replica")
        write_version(store, a_version())
        store.put([(KEY, b"old")])
        before = tree(small_disk)

        with pytest.raises(DiskFull):
            WRITES[write](store)
        assert tree(small_disk) == before


class _files_up_to:  # noqa: N801 - reads as a statement
    """No file may grow beyond this: how a full disk looks where nothing can be mounted."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._size, self._before[1]))

    def __exit__(self, *exception: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


@pytest.mark.parametrize("write", WRITES)
def test_a_folder_that_cannot_be_written_to_is_unavailable(folder: Path, write: str) -> None:
    store = a_replica(folder)
    write_version(store, a_version())
    store.put([(KEY, b"old")])
    before = tree(folder)

    with _read_only(folder):
        report = _in_a_process_without_privileges(folder, write)
    assert report == "Unavailable"
    assert tree(folder) == before


class _read_only:  # noqa: N801 - reads as a statement
    def __init__(self, folder: Path) -> None:
        self._folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]

    def __enter__(self) -> None:
        for path in self._folders:
            path.chmod(0o555)

    def __exit__(self, *exception: object) -> None:
        for path in self._folders:
            path.chmod(0o755)


def _in_a_process_without_privileges(folder: Path, write: str) -> str:
    """Rights do not bind root, so somebody else has to try."""
    for path in [folder, *folder.parents]:
        if path.owner() == Path.home().owner() and "pytest" in str(path):
            path.chmod(path.stat().st_mode | 0o055)
    program = (
        "import os, sys\n"
        "from tests.adapters.test_posix_limits import REPLICA, WRITES, PosixStore\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        "    WRITES[sys.argv[2]](PosixStore(sys.argv[1], REPLICA))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, str(folder), write], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def fetched_by(act: Callable[[], object]) -> int:
    """How many bytes the kernel fetched from the device for us while we did this (proc(5), read_bytes)."""
    before = _fetched()
    act()
    return _fetched() - before


def _fetched() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.partition(": ")[2]) for line in lines if line.startswith("read_bytes"))


def is_in_memory(path: Path) -> bool:
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(path)], capture_output=True, text=True, check=True)
    return kind.stdout.strip() in ("tmpfs", "ramfs")


def test_a_cold_opening_drops_what_the_cache_holds(store: PosixStore, folder: Path) -> None:
    store.put([(KEY, os.urandom(1 << 20))])
    store.read(KEY)

    def read_cold() -> None:
        with store.open_cold(KEY) as stream:
            stream.readall()

    assert fetched_by(lambda: store.read(KEY)) == 0
    assert fetched_by(read_cold) == (0 if is_in_memory(folder) else 1 << 20)


def test_a_sealed_file_is_read_from_the_medium(store: PosixStore, folder: Path) -> None:
    version = a_version()
    writer = stage(begin(store, version), version)
    writer.seal()
    staged = Path(writer.local_path("v1/content/large.bin") or "")

    def read_sealed() -> None:
        with writer.open_sealed("v1/content/large.bin") as stream:
            stream.readall()

    assert fetched_by(staged.read_bytes) == 0
    assert fetched_by(read_sealed) >= (0 if is_in_memory(folder) else staged.stat().st_size)


def test_a_change_underneath_is_seen_by_a_cold_opening(store: PosixStore, folder: Path) -> None:
    store.put([(KEY, b"sound")])
    store.read(KEY)
    (folder / KEY).chmod(0o644)
    (folder / KEY).write_bytes(b"wrong")

    with store.open_cold(KEY) as stream:
        assert stream.readall() == b"wrong"
