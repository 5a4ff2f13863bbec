"""A file of a version being written in pieces."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha512

from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.lanes import Group, Lanes
from preservation.adapters.object_stores.s3.placing import write_new
from preservation.adapters.object_stores.s3.uploads import Upload
from preservation.errors import Conflict


class StagedSink:
    """Small ones are sent with other small ones; large ones in parts while they come in. `closed` is told size and digest."""

    def __init__(
        self,
        bucket: Bucket,
        lanes: Lanes,
        group: Group,
        key: str,
        *,
        mark: str,
        headers: dict[str, str],
        closed: Callable[[int, str], None],
        digest: bool,
        going_on: Callable[[], None],
        guard: Callable[[], None],
    ) -> None:
        self._bucket, self._group, self._key, self._headers = bucket, group, key, headers
        self._closed, self._going_on, self._guard = closed, going_on, guard
        self._hash = sha512() if digest else None
        self._upload = Upload(bucket, lanes, key, mark=mark, guard=guard, headers=headers)
        self._is_open = True

    def write(self, data: bytes | memoryview) -> int:
        if not self._is_open:
            return len(data)
        if self._hash is not None:
            self._hash.update(data)
        try:
            self._going_on()
            return self._upload.write(data)
        except Conflict:
            # Another version was committed first: nobody wants this one any more, and the commit says so.
            self._is_open = False
            self._upload.abandon()
            return len(data)
        except BaseException:
            self._is_open = False
            self._upload.abandon()
            raise

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        size = self._upload.size
        with suppress(Conflict):
            self._finish(size)

    def _finish(self, size: int) -> None:
        self._closed(size, self._hash.hexdigest() if self._hash is not None else "")
        if not self._upload.is_in_parts:
            data = memoryview(self._upload.rest)
            self._group.submit(size, partial(write_new, self._bucket, self._key, data, self._headers, self._guard))
        else:
            self._upload.finish()
