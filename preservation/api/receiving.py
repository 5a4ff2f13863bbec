"""The body of an upload's PATCH: written as it comes, or held back until it agrees with its checksum."""

import base64
import binascii
import hashlib
from contextlib import ExitStack, suppress

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from preservation.api import problem_types as kinds
from preservation.api.problems import Problem
from preservation.domain.deposits import Upload
from preservation.errors import Unavailable
from preservation.ports import UploadSink
from preservation.services.uploads import Uploads

# What is gathered before it is written: fewer, larger writes.
_GATHERED = 1 << 20
# Of many clients at once: what waits for its checksum is in memory.
_MAX_CHECKED = 8 << 20
ALGORITHMS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}


async def received(
    request: Request, service: Uploads, upload: Upload, offset: int, expected: "tuple[str, bytes] | None"
) -> int:
    """Write what comes, a piece at a time; where the upload stands after it, durably. What came before a line broke is kept."""
    held = ExitStack()
    try:
        sink = await run_in_threadpool(held.enter_context, service.continuing(upload, offset))
        if expected is None:
            await _written(request, _Living(service, upload, sink), upload.length - offset)
        else:
            await run_in_threadpool(sink.write, await _compared(request, upload.length - offset, expected))
    except ClientDisconnect as error:
        # Nobody is there to read this; the log is told what kind of end it was.
        raise Problem(kinds.MALFORMED, "The line broke before all of it came.") from error
    else:
        return sink.offset
    finally:
        await run_in_threadpool(held.close)


class _Living:
    """A sink whose upload lives longer by each write: one request may bring bytes for days, and its line break at any of them."""

    def __init__(self, service: Uploads, upload: Upload, sink: UploadSink) -> None:
        self._service, self._upload, self._sink = service, upload, sink

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        # Where that cannot be noted now, the next write does; the bytes are there all the same.
        with suppress(Unavailable):
            self._upload = self._service.lives_on(self._upload)


async def _written(request: Request, sink: _Living, left: int) -> None:
    kept = bytearray()
    try:
        async for piece in request.stream():
            left -= len(piece)
            if left < 0:
                raise Problem(kinds.TOO_LARGE, "More bytes came than the upload was said to have.")
            kept += piece
            if len(kept) >= _GATHERED:
                await run_in_threadpool(sink.write, bytes(kept))
                kept.clear()
    finally:
        if kept:
            await run_in_threadpool(sink.write, bytes(kept))


async def _compared(request: Request, left: int, expected: tuple[str, bytes]) -> bytes:
    """All of a piece that comes with its checksum: nothing of it may be kept if it does not agree."""
    kept = bytearray()
    async for piece in request.stream():
        kept += piece
        if len(kept) > min(left, _MAX_CHECKED):
            raise Problem(
                kinds.TOO_LARGE, "More bytes came than were expected, or than are taken with a checksum at once."
            )
    digest = await run_in_threadpool(ALGORITHMS[expected[0]], kept)
    if digest.digest() != expected[1]:
        raise Problem(kinds.BAD_CHECKSUM)
    return bytes(kept)


def digest_of_piece(header: str | None) -> tuple[str, bytes] | None:
    """The algorithm and digest that `Upload-Checksum` states. Problem 422 for what states none."""
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Problem(kinds.WRONG_USE, f"Checksums are by {' or '.join(ALGORITHMS)}.")
    return algorithm, decoded(value, "Upload-Checksum")


def decoded(value: str, where: str) -> bytes:
    """The bytes of a header's base64. Problem 422, naming the header."""
    try:
        return base64.b64decode(value.encode("ascii", "strict"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise Problem(kinds.WRONG_USE, f"{where} is not in base64.") from error
