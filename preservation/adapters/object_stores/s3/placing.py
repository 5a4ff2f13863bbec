"""Bringing staged objects into place, one at a time, and never over something that we did not expect there."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import md5, sha512
from typing import BinaryIO, cast

from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.intent import INVENTORY
from preservation.adapters.object_stores.s3.lanes import Lanes
from preservation.adapters.object_stores.s3.uploads import Upload
from preservation.adapters.object_stores.s3.wire import Source
from preservation.errors import NotHere, Unavailable

PIECE = 1 << 20
HELD_BYTES = 8 << 20
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """An object as a reading found it: SHA-512 hex, and the ETag and our mark that came with these very bytes."""

    digest: str
    etag: str
    mark: str


def anybody() -> None:
    """Guards a key that nobody else knows of."""


def write_new(
    bucket: Bucket, key: str, data: bytes | memoryview, headers: dict[str, str], guard: Callable[[], None] = anybody
) -> None:
    """Write where only we may: what lies there already is ours from before, or was left by one who was fenced off.

    Replaced on the condition that it is what we looked at, and only after `guard`, which raises if we are the one that was.
    """
    for _ in range(_ATTEMPTS):
        if bucket.put(key, data, condition=NEW, headers=headers) is not None:
            return
        found = bucket.head(key)
        if found is None:
            continue
        if found.size == len(data) and bucket.get(key)[0] == data:
            return
        guard()
        if bucket.put(key, data, condition=found.etag, headers=headers) is not None:
            return
    raise Unavailable(f"{bucket.address}: somebody else writes {key}")


def place(
    bucket: Bucket, source: str, target: str, headers: dict[str, str], guard: Callable[[], None] = anybody
) -> None:
    """Copy a staged object that can be held to where it belongs, and compare. NotHere if it is no longer staged."""
    data = b"".join(pieces(bucket, source))
    write_new(bucket, target, data, headers, guard)
    if bucket.get(target)[0] != data:
        raise _changed(bucket, target)


def place_large(
    bucket: Bucket,
    lanes: Lanes,
    source: str,
    target: str,
    *,
    mark: str,
    headers: dict[str, str],
    guard: Callable[[], None],
) -> None:
    """As `place`, for what is too large for one request (S3 takes 5 GiB): in parts, each with its own Content-MD5.

    It gives work to the lanes: never to be called in one.
    """
    upload = Upload(bucket, lanes, target, mark=mark, guard=guard, headers=headers)
    sent = sha512()
    try:
        for piece in pieces(bucket, source):
            sent.update(piece)
            upload.write(piece)
        upload.finish()
    except BaseException:
        upload.abandon()
        raise
    there = look(bucket, target)
    if there is None or there.digest != sent.hexdigest():
        raise _changed(bucket, target)


def look(bucket: Bucket, key: str) -> Found | None:
    """An object, read; None if there is none."""
    try:
        stream = bucket.open(key)
    except NotHere:
        return None
    hashed = sha512()
    with stream:
        while piece := stream.read(PIECE):
            hashed.update(piece)
    return Found(hashed.hexdigest(), stream.etag, stream.mark)


def root_inventory(bucket: Bucket, object_root: str) -> Found | None:
    """An object's root inventory; None if it is not there."""
    return look(bucket, f"{object_root}/{INVENTORY}")


def body_of(bucket: Bucket, key: str) -> tuple[memoryview | Source, str]:
    """An object as the body of a request, and the SHA-512 of what it was when it was read. NotHere.

    What is small is held; anything else is read again for each attempt, and arrives as it was read here or not at all.
    """
    strong, arrival, held, size = sha512(), md5(usedforsecurity=False), bytearray(), 0
    for piece in pieces(bucket, key):
        strong.update(piece)
        arrival.update(piece)
        size += len(piece)
        if size <= HELD_BYTES:
            held += piece
    if size <= HELD_BYTES:
        return memoryview(held), strong.hexdigest()
    arrives = b64encode(arrival.digest()).decode()
    return Source(size, lambda: cast("BinaryIO", bucket.open(key)), arrives), strong.hexdigest()


def set_down(bucket: Bucket, key: str, body: bytes | memoryview | Source, digest: str, headers: dict[str, str]) -> None:
    """Write these bytes until a reading finds them there; several may do the same at once. What differs is replaced."""
    condition = NEW
    for _ in range(_ATTEMPTS):
        bucket.put(key, body, condition=condition, headers=headers)
        there = look(bucket, key)
        if there is not None and there.digest == digest:
            return
        condition = there.etag if there is not None else NEW
    raise _changed(bucket, key)


def pieces(bucket: Bucket, key: str) -> Iterator[bytes]:
    """An object's bytes, a piece at a time."""
    with bucket.open(key) as stream:
        while piece := stream.read(PIECE):
            yield piece


def _changed(bucket: Bucket, key: str) -> Unavailable:
    return Unavailable(f"{bucket.address}: {key} was read back with other bytes than were written")
