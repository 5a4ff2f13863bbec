"""Objects of one bucket below a prefix: the calls that a watched bucket needs; their failures as our exceptions."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase

import urllib3
from minio import Minio
from minio.commonconfig import ComposeSource, CopySource
from minio.error import MinioException, S3Error

from preservation.domain.drops import BucketDrop
from preservation.errors import NotHere, Unavailable

_SECONDS = 60.0
_RETRIES = 2
_ABSENT = ("NoSuchKey", "NoSuchObject", "ResourceNotFound")
# The most that S3 copies in one call; larger objects are copied in parts.
_COPIED_AT_ONCE = 5 << 30


@dataclass(frozen=True, slots=True)
class Stored:
    """An object below the prefix. `etag` differs once its content does."""

    key: str
    size: int
    etag: str
    changed: datetime


@dataclass(frozen=True, slots=True)
class DropKeys:
    """Who may open the bucket. Never shown."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return "DropKeys(...)"


class Objects:
    """Keys are relative to the drop's prefix. Raises Unavailable, and NotHere where it says so."""

    def __init__(self, drop: BucketDrop, keys: DropKeys) -> None:
        self._bucket, self._prefix = drop.bucket, drop.prefix
        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=10, read=_SECONDS),
            retries=urllib3.Retry(total=_RETRIES, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        )
        self._client = Minio(
            drop.endpoint,
            access_key=keys.access_key,
            secret_key=keys.secret_key,
            secure=drop.secure,
            region=drop.region,
            http_client=pool,
        )

    def listed(self, below: str = "") -> Iterator[Stored]:
        """Every object whose key begins so, by key."""
        with self._translated("cannot be listed"):
            for one in self._client.list_objects(self._bucket, prefix=self._prefix + below, recursive=True):
                yield self._stored(one.object_name, one.size, one.etag, one.last_modified)

    def top(self, below: str = "") -> Iterator[tuple[str, Stored | None]]:
        """The first level: (name, the object), and (name with its slash, None) for what has keys below it."""
        with self._translated("cannot be listed"):
            prefix = self._prefix + below
            for one in self._client.list_objects(self._bucket, prefix=prefix, recursive=False):
                name = str(one.object_name).removeprefix(prefix)
                if one.is_dir:
                    yield name, None
                elif name:
                    yield name, self._stored(one.object_name, one.size, one.etag, one.last_modified)

    def found(self, key: str) -> Stored | None:
        """How an object stands now."""
        try:
            with self._translated("does not answer"):
                one = self._client.stat_object(self._bucket, self._prefix + key)
        except NotHere:
            return None
        return self._stored(one.object_name, one.size, one.etag, one.last_modified)

    def open(self, key: str, etag: str | None = None) -> RawIOBase:
        """The bytes of an object, of that very content if an ETag is named. NotHere if there is none."""
        headers: dict[str, str | list[str] | tuple[str]] | None = {"If-Match": f'"{etag}"'} if etag else None
        with self._translated("cannot be read"):
            return _Body(self._client.get_object(self._bucket, self._prefix + key, request_headers=headers))

    def read(self, key: str, most: int) -> bytes | None:
        """All of a small object; None if there is none. Asked first: not every server says so in a way that is understood."""
        if self.found(key) is None:
            return None
        with self.open(key) as stream:
            pieces, left = [], most
            while left > 0 and (piece := stream.read(left)):
                pieces.append(piece)
                left -= len(piece)
            return b"".join(pieces)

    def write(self, key: str, data: bytes, content_type: str) -> None:
        with self._translated("cannot be written to"):
            self._client.put_object(
                self._bucket, self._prefix + key, io.BytesIO(data), len(data), content_type=content_type
            )

    def copy(self, source: Stored, target: str) -> bool:
        """Copy an object within the bucket; False if its content is another one now. Not every server asks for that: so we do."""
        now = self.found(source.key)
        if now is None or (now.etag, now.size) != (source.etag, source.size):
            return False
        origin = self._prefix + source.key
        try:
            with self._translated("cannot be copied within"):
                if source.size > _COPIED_AT_ONCE:
                    parts = [ComposeSource(self._bucket, origin, match_etag=source.etag)]
                    self._client.compose_object(self._bucket, self._prefix + target, parts)
                else:
                    self._client.copy_object(
                        self._bucket,
                        self._prefix + target,
                        CopySource(self._bucket, origin, match_etag=source.etag),
                    )
        except NotHere:
            return False
        return True

    def remove(self, key: str) -> None:
        with self._translated("cannot be removed from"):
            self._client.remove_object(self._bucket, self._prefix + key)

    def _stored(self, name: str | None, size: int | None, etag: str | None, changed: datetime | None) -> Stored:
        key = str(name).removeprefix(self._prefix)
        return Stored(key, size or 0, (etag or "").strip('"'), changed or datetime(1970, 1, 1, tzinfo=UTC))

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except S3Error as error:
            if error.code in _ABSENT:
                raise NotHere(f"{self._bucket}: there is no such object") from error
            raise Unavailable(f"the bucket {self._bucket} {what}: {error.code}") from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unavailable(f"the bucket {self._bucket} {what}: {type(error).__name__}") from error


class _Body(RawIOBase):
    """A response as a raw stream, its connection given back at the end."""

    def __init__(self, response: "urllib3.BaseHTTPResponse") -> None:
        self._response = response

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        try:
            data = self._response.read(len(buffer))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"the bucket broke off: {type(error).__name__}") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
            self._response.release_conn()
        super().close()
