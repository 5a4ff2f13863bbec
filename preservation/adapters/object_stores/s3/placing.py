"""Bringing staged objects into place, one at a time, and never over something that we did not expect there."""

from collections.abc import Callable, Iterator
from hashlib import sha512
from typing import BinaryIO, cast

from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.intent import INVENTORY
from preservation.adapters.object_stores.s3.wire import Source
from preservation.errors import NotHere, Unavailable

PIECE = 1 << 20
HELD_BYTES = 8 << 20
_ATTEMPTS = 4


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
    """Copy a staged object to where it belongs, and compare. NotHere if it is no longer staged."""
    data = bytearray()
    with bucket.open(source) as stream:
        while len(data) <= HELD_BYTES and (piece := stream.read(PIECE)):
            data += piece
    if len(data) <= HELD_BYTES:
        write_new(bucket, target, memoryview(data), headers, guard)
        is_right = bucket.get(target)[0] == data
    else:
        _place_large(bucket, source, target, headers, guard)
        staged = digest(bucket, source)
        if staged is None:
            raise NotHere(source)
        is_right = digest(bucket, target) == staged
    if not is_right:
        raise Unavailable(f"{bucket.address}: {target} was read back with other bytes than were written")


def digest(bucket: Bucket, key: str) -> str | None:
    """SHA-512 hex of an object, read; None if there is none."""
    try:
        stream = bucket.open(key)
    except NotHere:
        return None
    hashed = sha512()
    with stream:
        while piece := stream.read(PIECE):
            hashed.update(piece)
    return hashed.hexdigest()


def root_inventory(bucket: Bucket, object_root: str) -> tuple[str, str] | None:
    """SHA-512 hex of an object's root inventory, and the ETag that came with these very bytes; None if it is not there."""
    try:
        stream = bucket.open(f"{object_root}/{INVENTORY}")
    except NotHere:
        return None
    hashed = sha512()
    with stream:
        while piece := stream.read(PIECE):
            hashed.update(piece)
    return hashed.hexdigest(), stream.etag


def source_of(bucket: Bucket, key: str, size: int) -> Source:
    """An object as the body of a request, read again for each attempt."""
    return Source(size, lambda: cast("BinaryIO", bucket.open(key)))


def _place_large(bucket: Bucket, source: str, target: str, headers: dict[str, str], guard: Callable[[], None]) -> None:
    found = bucket.head(source)
    if found is None:
        raise NotHere(source)
    body = source_of(bucket, source, found.size)
    for _ in range(_ATTEMPTS):
        there = bucket.head(target)
        condition = NEW if there is None else there.etag
        if there is not None and there.size == found.size and digest(bucket, target) == digest(bucket, source):
            return
        if there is not None:
            guard()
        if bucket.put(target, body, condition=condition, headers=headers) is not None:
            return
    raise Unavailable(f"{bucket.address}: somebody else writes {target}")


def pieces(bucket: Bucket, key: str) -> Iterator[bytes]:
    """An object's bytes, a piece at a time."""
    with bucket.open(key) as stream:
        while piece := stream.read(PIECE):
            yield piece
