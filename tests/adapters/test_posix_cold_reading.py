"""Reading small files from the medium by the thousand, in a folder replica."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from preservation.adapters.object_stores.posix import store as posix
from preservation.adapters.object_stores.posix.cold_reading import WHOLE_BYTES, ColdReading
from preservation.adapters.object_stores.posix.direct_reads import DirectQueues, DirectReads
from preservation.adapters.object_stores.posix.store import PosixStore
from tests.adapters.posix_replicas import REPLICA
from tests.adapters.test_posix_limits import fetched_by, is_in_memory

KEY = "ledger/tile/0/000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "replica"


@pytest.fixture
def store(folder: Path) -> PosixStore:
    return posix.create(str(folder), REPLICA, first_files=[], marker=json.dumps({"id": REPLICA}).encode())


def _read(store: PosixStore, *objects: tuple[str, int]) -> list[bytes | None]:
    return [None if view is None else bytes(view) for view in store.read_cold(objects)]


def test_small_files_come_from_the_medium_although_the_cache_holds_them(store: PosixStore, folder: Path) -> None:
    sizes = {f"ledger/{number:03}": 20_480 for number in range(100)}
    store.put((key, os.urandom(size)) for key, size in sizes.items())
    for key in sizes:
        store.read(key)

    fetched = fetched_by(lambda: _read(store, *sizes.items()))
    assert fetched >= (0 if is_in_memory(folder) else sum(sizes.values()))


def test_a_change_underneath_is_seen(store: PosixStore, folder: Path) -> None:
    store.put([(KEY, b"sound"), ("ledger/other", b"other")])
    store.read(KEY)
    (folder / KEY).chmod(0o644)
    (folder / KEY).write_bytes(b"wrong")

    assert _read(store, (KEY, 5), ("ledger/other", 5)) == [b"wrong", b"other"]


def test_a_large_file_is_left_to_a_reading_in_pieces(store: PosixStore) -> None:
    store.put([("ledger/fits", bytes(WHOLE_BYTES)), ("ledger/large", bytes(WHOLE_BYTES + 1))])

    assert _read(store, ("ledger/fits", WHOLE_BYTES), ("ledger/large", WHOLE_BYTES + 1)) == [bytes(WHOLE_BYTES), None]


def test_links_pipes_and_folders_are_no_files(store: PosixStore, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/000").write_bytes(b"sound")
    store.put([("ledger/sound", b"sound")])
    (folder / "ledger/link").symlink_to(folder / "ledger/sound")
    (folder / "ledger/tile").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(folder / "ledger/pipe")
    (folder / "ledger/folder").mkdir()
    odd = ["ledger/link", "ledger/tile/000", "ledger/pipe", "ledger/folder", "ledger/empty"]
    (folder / "ledger/empty").touch()
    before = os.listdir("/proc/self/fd")

    assert _read(store, *((key, 5) for key in odd), ("ledger/sound", 5)) == [*(None for _ in odd), b"sound"]
    assert _read(store, *((key, 0) for key in odd)) == [None for _ in odd]
    assert os.listdir("/proc/self/fd") == before


def test_a_reading_that_is_given_up_leaves_no_descriptor_and_the_next_one_reads_rightly(store: PosixStore) -> None:
    store.put((f"ledger/{number}", b"%03d" % number) for number in range(100))
    before = os.listdir("/proc/self/fd")
    reading = store.read_cold([(f"ledger/{number}", 3) for number in range(100)])
    next(reading)

    reading.close()
    assert os.listdir("/proc/self/fd") == before
    assert _read(store, ("ledger/7", 3)) == [b"007"]


def test_several_threads_read_at_once(store: PosixStore) -> None:
    data = {f"ledger/{number % 7}/{number}": os.urandom(1 + number * 97) for number in range(200)}
    store.put(data.items())
    objects = [(key, len(value)) for key, value in data.items()]

    with ThreadPoolExecutor(6) as threads:
        read = list(threads.map(lambda _: _read(store, *objects), range(12)))
    assert all(one == list(data.values()) for one in read)


def test_where_the_kernel_has_no_queue_to_give_every_file_is_left_to_a_reading_by_itself(folder: Path) -> None:
    class NoQueues(DirectQueues):
        def take(self) -> None:
            return None

    assert list(ColdReading(str(folder), NoQueues()).read([(KEY, 5), (KEY, 6)])) == [None, None]


def test_a_queue_that_was_closed_reads_nothing_and_is_not_used_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(4096))
    descriptor = os.open(tmp_path / "file", os.O_RDONLY | os.O_DIRECT)
    queues, queue = DirectQueues(), DirectReads()
    assert queue.read([descriptor], [8192]) == [4096]

    queue.close()
    queue.close()
    assert queue.read([descriptor], [8192])[0] < 0
    queues.give_back(queue)
    assert queues.take() is not queue
    os.close(descriptor)
