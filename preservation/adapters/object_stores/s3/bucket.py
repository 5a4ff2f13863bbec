"""Objects of one replica's bucket: keys are relative to its prefix.

A write may have a condition. Where a server does not know conditions, we look before we write: between the two somebody else
may write, and only the locks of the database keep them away. Such a server is used openly (`abilities`).
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from io import RawIOBase
from typing import TYPE_CHECKING
from urllib.parse import quote

import urllib3

from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.listings import parse_deleted, parse_page
from preservation.adapters.object_stores.s3.wire import ATTEMPTS, Reply, Source, Wire, acknowledge
from preservation.errors import Unavailable

if TYPE_CHECKING:
    from typing_extensions import Buffer

NEW = "*"
META = "x-amz-meta-preservation"
MOST_KEY_BYTES = 1024
COPIED_AT_ONCE = 5 << 30


@dataclass(frozen=True, slots=True)
class Head:
    """An object as the server describes it; what it says of its content is no proof of it. `mark` is what we wrote on it."""

    size: int
    etag: str
    mark: str
    changed: str
    now: str


class Bucket:
    """See the module. Raises ReplicaAway where there is no such bucket, Unavailable where a request is refused."""

    def __init__(self, wire: Wire, abilities: Abilities) -> None:
        self.wire, self.abilities = wire, abilities
        # For servers without conditions: one writer of this process at a time.
        self._looking = threading.Lock()

    @property
    def address(self) -> str:
        return self.wire.address.name

    def whole(self, key: str) -> str:
        """The key in the bucket. Unavailable for one that S3 does not take."""
        whole = self.wire.address.prefix + key
        if len(whole.encode()) > MOST_KEY_BYTES:
            raise Unavailable(f"{key} is longer than the {MOST_KEY_BYTES} bytes that S3 takes")
        return whole

    def get(self, key: str, attempts: int = ATTEMPTS) -> tuple[bytes, Head]:
        """A small object whole. NotHere, or Deleted where a delete marker stands over it."""
        reply = self.wire.call("GET", self.whole(key), attempts=attempts)
        if reply.status != 200:
            raise self.wire.refused(reply, key)
        return reply.body, _head(reply, len(reply.body))

    def open(self, key: str) -> "Body":
        """An object's bytes as they come. NotHere."""
        return Body(self.wire.stream(self.whole(key)), key)

    def head(self, key: str) -> Head | None:
        """How an object stands; None if there is none."""
        reply = self.wire.call("HEAD", self.whole(key))
        if reply.status == 404:
            return None
        if reply.status != 200:
            raise self.wire.refused(reply, key)
        return _head(reply, int(reply.headers.get("content-length", "0")))

    def has_delete_marker(self, key: str) -> bool:
        """Whether somebody deleted it in a bucket that keeps what is deleted. Not every server says so with its 404."""
        whole = self.whole(key)
        query = {"versions": "", "prefix": whole, "encoding-type": "url", "max-keys": "10"}
        reply = self.wire.call("GET", None, query=query)
        return reply.is_fine and whole in parse_deleted(reply.body)

    def put(
        self,
        key: str,
        data: bytes | memoryview | Source,
        *,
        condition: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        """Write one object; its new ETag. `condition` is NEW, or the ETag that it must have: None if that is not so."""
        emulated = condition and not (self.abilities.create_only if condition == NEW else self.abilities.replace_if)
        if not emulated:
            return self._put(key, data, condition, headers or {})
        with self._looking:
            found = self.head(key)
            if (found is not None) if condition == NEW else (found is None or found.etag != condition):
                return None
            return self._put(key, data, "", headers or {})

    def remove(self, key: str) -> None:
        """Delete; in a bucket with versions it gets a delete marker."""
        reply = self.wire.call("DELETE", self.whole(key))
        if reply.status not in (200, 204, 404):
            raise self.wire.refused(reply, key)

    def list(self, prefix: str) -> Iterator[list[tuple[str, int]]]:
        """(key, size) of what begins so, sorted, a page at a time."""
        start = self.whole(prefix)
        cut = len(self.wire.address.prefix)
        query = {"list-type": "2", "prefix": start, "encoding-type": "url", "max-keys": "1000"}
        after = ""
        while True:
            reply = self.wire.call("GET", None, query=query)
            if reply.status != 200:
                raise self.wire.refused(reply, None)
            page = parse_page(reply.body)
            keys = [key for key, _ in page.entries]
            if any(not key.startswith(start) for key in keys) or keys != sorted(keys) or (keys and keys[0] <= after):
                raise Unavailable(f"{self.address} lists what was not asked for")
            yield [(key[cut:], size) for key, size in page.entries]
            if not page.next:
                return
            after = keys[-1] if keys else after
            query["continuation-token"] = page.next

    def copy(self, source: str, target: str) -> bool:
        """Copy within the server, up to 5 GiB; False if the server cannot, NotHere if there is no such source."""
        origin = quote(f"/{self.wire.address.bucket}/{self.whole(source)}")
        headers = {"x-amz-copy-source": origin}
        try:
            reply = self.wire.call("PUT", self.whole(target), headers=headers, attempts=2)
        except Unavailable:
            # What the server cannot do at once may be done by ourselves.
            return False
        if reply.status in (400, 405, 501):
            return False
        # An error may come after the status: the answer was begun before the copy was made.
        if not reply.is_fine or b"<Error" in reply.body[:4096]:
            raise self.wire.refused(reply, source)
        return True

    def _put(
        self, key: str, data: bytes | memoryview | Source, condition: str, headers: Mapping[str, str]
    ) -> str | None:
        named = condition if self.abilities.bare_etags else f'"{condition}"'
        conditions = {"If-None-Match": "*"} if condition == NEW else {"If-Match": named} if condition else {}
        reply = self.wire.call("PUT", self.whole(key), headers={**headers, **conditions}, body=data)
        if reply.is_fine:
            return reply.etag
        if condition and reply.status == 412:
            return self._ours(key, data) if reply.is_ambiguous else None
        if condition and condition != NEW and reply.status == 404 and reply.code != "NoSuchBucket":
            return None
        raise self.wire.refused(reply, key)

    def _ours(self, key: str, data: bytes | memoryview | Source) -> str | None:
        """After an attempt that was not answered: the ETag if it is there after all, by what the server says it holds."""
        found = self.head(key)
        if found is None or isinstance(data, Source) or found.size != len(data):
            return None
        if found.etag == md5(data, usedforsecurity=False).hexdigest():
            return found.etag
        held, head = self.get(key)
        return head.etag if held == data else None


class Body(RawIOBase):
    """A response as a raw stream. One that ends early is Unavailable: never fewer bytes than the server promised."""

    def __init__(self, response: urllib3.BaseHTTPResponse, key: str) -> None:
        self._response, self._key = response, key
        self.etag = response.headers.get("etag", "").strip('"')
        self.mark = response.headers.get(META, "")
        length = response.headers.get("content-length", "")
        self._left = int(length) if length.isdigit() else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        into = memoryview(buffer).cast("B")
        try:
            acknowledge(self._response)
            data = self._response.read(len(into))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"{self._key} broke off: {type(error).__name__}") from error
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0 or (not data and into and self._left > 0):
                raise Unavailable(f"{self._key} came with another length than the server said")
        into[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            # Given back to be used again if all of it was read, closed otherwise.
            if self._left == 0:
                self._response.release_conn()
            else:
                self._response.close()
        super().close()


def _head(reply: Reply, size: int) -> Head:
    values = reply.headers
    return Head(size, reply.etag, values.get(META, ""), values.get("last-modified", ""), values.get("date", ""))
