"""Objects written in pieces: by one request where they turn out small, in parts otherwise. Only the parts under way are held.

The parts of an upload get larger as it gets longer, because S3 takes 10,000 of them: 8 MiB each, 64 MiB from the 2,000th on. So
an object may have 515 GiB here.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from xml.sax.saxutils import escape

from preservation.adapters.object_stores.s3.bucket import META, Bucket
from preservation.adapters.object_stores.s3.lanes import Lanes
from preservation.adapters.object_stores.s3.listings import parse_text
from preservation.errors import Unavailable

PART = 8 << 20
LARGER_PART = 64 << 20
SMALL_PARTS, MOST_PARTS = 2000, 10_000
_ATTEMPTS = 4


class Upload:
    """One object on its way. `mark` is written on it, so that an upload whose end was not answered is known again.

    With `guard` the caller alone may write there: what lies there at the end was left by one who was fenced off, and goes, unless
    the guard raises because that is the caller.
    Not for several threads at once.
    """

    def __init__(
        self,
        bucket: Bucket,
        lanes: Lanes,
        key: str,
        *,
        mark: str,
        guard: Callable[[], None] | None,
        headers: Mapping[str, str],
    ) -> None:
        self._bucket, self._lanes, self._key, self._mark, self._guard = bucket, lanes, key, mark, guard
        self._headers = {**headers, META: mark}
        self._buffer = bytearray()
        self._id = ""
        self._parts: list[Future[str]] = []
        self.size = 0

    @property
    def is_in_parts(self) -> bool:
        return bool(self._id)

    @property
    def rest(self) -> bytearray:
        """What is not sent yet: all of it, where it is not in parts."""
        return self._buffer

    def write(self, data: bytes | memoryview) -> int:
        view = memoryview(data)
        self.size += len(view)
        while view:
            room = self._part_size() - len(self._buffer)
            self._buffer += view[:room]
            view = view[room:]
            if len(self._buffer) == self._part_size() and len(view):
                self._ship()
        return len(data)

    def finish(self) -> None:
        """Send the rest, and make it one object. Whatever fails, nothing of it is left to be paid for."""
        if not self._id:
            self._bucket.put(self._key, memoryview(self._buffer), headers=self._headers)
            return
        try:
            self._ship()
            etags = [part.result() for part in self._parts]
            self._complete(etags)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Take back the parts that were sent."""
        upload, self._id = self._id, ""
        for part in self._parts:
            part.exception()
        if upload:
            with suppress(Unavailable):
                self._bucket.wire.call("DELETE", self._bucket.whole(self._key), query={"uploadId": upload})

    def _part_size(self) -> int:
        return PART if len(self._parts) < SMALL_PARTS else LARGER_PART

    def _ship(self) -> None:
        if not self._id:
            self._begin()
        number, data = len(self._parts) + 1, self._buffer
        if number > MOST_PARTS:
            raise Unavailable(f"{self._key} is larger than an upload in parts can be")
        self._buffer = bytearray()
        for part in self._parts[-16:]:
            if part.done():
                part.result()
        self._parts.append(self._lanes.submit(len(data), self._sender(number, data)))

    def _sender(self, number: int, data: bytearray) -> Callable[[], str]:
        query = {"partNumber": str(number), "uploadId": self._id}

        def send() -> str:
            reply = self._bucket.wire.call("PUT", self._bucket.whole(self._key), query=query, body=memoryview(data))
            if not reply.is_fine:
                raise self._bucket.wire.refused(reply, self._key)
            return reply.headers.get("etag", "")

        return send

    def _begin(self) -> None:
        reply = self._bucket.wire.call(
            "POST", self._bucket.whole(self._key), query={"uploads": ""}, headers=self._headers
        )
        if not reply.is_fine:
            raise self._bucket.wire.refused(reply, self._key)
        self._id = parse_text(reply.body, "UploadId")
        if not self._id:
            raise Unavailable(f"{self._bucket.address} begins no upload in parts")

    def _complete(self, etags: list[str]) -> None:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
            for number, etag in enumerate(etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        is_conditional = self._guard is not None and self._bucket.abilities.complete_only
        for _ in range(_ATTEMPTS):
            if self._guard is not None and self._bucket.head(self._key) is not None:
                self._guard()
                self._bucket.remove(self._key)
            reply = self._bucket.wire.call(
                "POST",
                self._bucket.whole(self._key),
                query={"uploadId": self._id},
                headers={"If-None-Match": "*"} if is_conditional else {},
                body=body,
            )
            # An error may come after the status: the answer was begun before the parts were put together.
            if reply.is_fine and b"<Error" not in reply.body[:4096]:
                return
            found = self._bucket.head(self._key)
            if found is not None and found.mark == self._mark and found.size == self.size:
                return
            if reply.status != 412:
                raise self._bucket.wire.refused(reply, self._key)
        raise Unavailable(f"{self._bucket.address}: somebody else writes {self._key}")
