"""Small files whole, from the medium and past the page cache, as a fixity check reads them by the thousand.

What is odd in any way is left to `open_cold`, which tells what it is: a file that cannot be opened or read, is no longer as long
as it was, or lies on a file system without direct reads.
"""

import os
from collections.abc import Generator, Sequence

from preservation.adapters.object_stores.posix import beneath
from preservation.adapters.object_stores.posix.direct_reads import BLOCK, BUFFER_BYTES, DEPTH, DirectQueues, DirectReads
from preservation.adapters.object_stores.posix.keys import checked

WHOLE_BYTES = 1 << 20
# Opening a pipe would wait for somebody to write into it.
_FLAGS = os.O_RDONLY | os.O_DIRECT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_NAMES = frozenset({"", ".", ".."})


class ColdReading:
    """The reading of one replica. Safe to call from several threads; each has a queue of its own while it reads."""

    def __init__(self, root: str, queues: DirectQueues | None = None) -> None:
        self._root = root
        self._queues = queues or DirectQueues()

    def read(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        """See ports.ReplicaStore.read_cold."""
        queue = self._queues.take()
        if queue is None:
            yield from (None for _ in objects)
            return
        folders = _Folders(self._root)
        try:
            start = 0
            while start < len(objects):
                count = _batch(objects, start)
                yield from _read_batch(queue, folders, objects[start : start + count])
                start += count
        finally:
            folders.close()
            self._queues.give_back(queue)


class _Folders:
    """The folder that the last file lay in, open: files come in the order of their keys."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folder: str | None = None
        self._descriptor = -1

    def open_file(self, key: str) -> int:
        """A descriptor for direct reads. OSError if there is none; ValueError for what is no key."""
        folder, _, name = key.rpartition("/")
        if folder != self._folder:
            checked(key)
            self.close()
            self._descriptor = beneath.open_folder(self._root, folder)
            self._folder = folder
        if name in _NO_NAMES or "\0" in name:
            checked(key)
        descriptor = os.open(name, _FLAGS, dir_fd=self._descriptor)
        try:
            # Some file systems serve even a direct read from the cache where they keep a file in a way of their own.
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._folder, self._descriptor = None, -1


def _batch(objects: Sequence[tuple[str, int]], start: int) -> int:
    """How many from `start` on are read at once: as many as a queue and its buffer have room for."""
    room, count = BUFFER_BYTES, 0
    for _, size in objects[start : start + DEPTH]:
        room -= _room(size)
        if room < 0:
            break
        count += 1
    return count


def _room(size: int) -> int:
    """Whole blocks, and beyond the file's end, so that one that has grown is noticed; 0 for what is not read here.

    An empty file is left out because a pipe is as long.
    """
    return (size // BLOCK + 1) * BLOCK if 0 < size <= WHOLE_BYTES else 0


def _read_batch(
    queue: DirectReads, folders: _Folders, objects: Sequence[tuple[str, int]]
) -> Generator[memoryview | None, None, None]:
    descriptors: list[int] = []
    counts: list[int] = []
    was_opened: list[bool] = []
    try:
        for key, size in objects:
            count = _room(size)
            try:
                descriptor = folders.open_file(key) if count else -1
            except OSError:
                descriptor = -1
            was_opened.append(descriptor >= 0)
            if descriptor >= 0:
                descriptors.append(descriptor)
                counts.append(count)
        results = queue.read(descriptors, counts) if descriptors else ()
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    place, index = 0, 0
    for (_, size), is_here in zip(objects, was_opened, strict=True):
        if not is_here:
            yield None
            continue
        yield queue.view[place : place + size] if results[index] == size else None
        place += counts[index]
        index += 1
