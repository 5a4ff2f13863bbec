"""Small objects asked for before they are wanted, and large ones as they come."""

from collections.abc import Generator, Sequence
from concurrent.futures import Future
from functools import partial
from io import RawIOBase
from typing import TYPE_CHECKING

from preservation.adapters.object_stores.posix.keys import checked
from preservation.adapters.object_stores.s3.bucket import Bucket, Head
from preservation.adapters.object_stores.s3.lanes import Lanes
from preservation.errors import NotHere, ReplicaAway, Unavailable

if TYPE_CHECKING:
    from typing_extensions import Buffer

WHOLE_BYTES = 1 << 20
_AHEAD = 24


class ReadAhead(RawIOBase):
    """An object that is on its way: it is waited for when it is first read."""

    def __init__(self, coming: "Future[tuple[bytes, Head]]", key: str) -> None:
        self._coming, self._key = coming, key
        self._rest: memoryview | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        if self._rest is None:
            try:
                self._rest = memoryview(self._coming.result()[0])
            except NotHere as error:
                raise Unavailable(f"{self._key} is no longer where it was staged") from error
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def read_whole(
    bucket: Bucket, lanes: Lanes, objects: Sequence[tuple[str, int]]
) -> Generator[memoryview | None, None, None]:
    """See ports.ReplicaStore.read_cold: several requests at once, answers in the order asked for."""
    for key, _ in objects:
        checked(key)
    waiting: list[tuple[int, Future[bytes | None] | None]] = []
    at = 0
    try:
        for key, size in objects:
            job = lanes.submit(size, partial(_get, bucket, key)) if size <= WHOLE_BYTES else None
            waiting.append((size, job))
            if len(waiting) - at >= _AHEAD:
                yield _result(*waiting[at])
                waiting[at] = (0, None)
                at += 1
        for size, job in waiting[at:]:
            yield _result(size, job)
    finally:
        for _, job in waiting:
            if job is not None:
                job.cancel()


def _result(size: int, job: "Future[bytes | None] | None") -> memoryview | None:
    data = job.result() if job is not None else None
    return memoryview(data) if data is not None and len(data) == size else None


def _get(bucket: Bucket, key: str) -> bytes | None:
    try:
        return bucket.get(key)[0]
    except ReplicaAway:
        raise
    except (NotHere, Unavailable):
        # `open_cold` finds out what it is.
        return None
