"""Reading back what was staged, from the medium: nothing is published that was not read as it was written.

It may begin while more is still being staged: `ReadBackAhead` flushes and reads what is complete, so that at the end only the
last part is left to do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256
from io import FileIO, RawIOBase
from threading import Lock
from typing import Protocol, Self

from preservation.errors import NotHere, Unavailable
from preservation.ports import VersionWriter

PIECE = 1 << 20
CHUNK = 256
CHUNK_BYTES = 8 << 20
READERS = 2
OPENED_AHEAD = 64
BATCH_FILES = 2048
BATCH_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class StagedFile:
    """What `read_back` compares with: a path in the OCFL object, and the digest taken when the bytes came in.

    `size` in bytes decides how the work is shared out; 0 if it is not known.
    """

    path: str
    sha256: bytes
    size: int = 0


class Flushing(Protocol):
    """What `ReadBackAhead` needs of the writers."""

    def flush(self) -> None: ...

    def read_back(self, files: Sequence[StagedFile], advance: Callable[[int], None]) -> None: ...


class ReadBackAhead:
    """Takes staged files in any order and has them read back a batch at a time, in a thread of its own.

    As a context manager it waits for that thread at the end. Whatever failed there is raised by the next call or at the end.
    """

    def __init__(self, writers: Flushing) -> None:
        self._writers = writers
        self._waiting: list[StagedFile] = []
        self._bytes = 0
        self._thread = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.shutdown(cancel_futures=True)
        job = self._under_way
        # One that had not begun is given up: its files are read back with the rest.
        if job is not None and not job.cancelled() and exception[0] is None:
            job.result()

    def add(self, file: StagedFile) -> None:
        """A file that is complete, and that nobody looks at any more."""
        self._waiting.append(file)
        self._bytes += file.size
        if len(self._waiting) < BATCH_FILES and self._bytes < BATCH_BYTES:
            return
        if self._under_way is not None:
            if not self._under_way.done():
                return
            self._under_way.result()
        self._under_way = self._thread.submit(self._read, self._waiting)
        self._waiting, self._bytes = [], 0

    def _read(self, files: Sequence[StagedFile]) -> None:
        self._writers.flush()
        self._writers.read_back(files, _unwatched)


def read_back(
    writers: Mapping[str, VersionWriter], files: Sequence[StagedFile], advance: Callable[[int], None], turn: Lock
) -> Iterator[tuple[str, str]]:
    """(replica, reason) for each replica that did not give a file back as it was written."""
    with ThreadPoolExecutor(READERS) as readers:
        jobs = [
            (replica, readers.submit(_read_chunk, writer, chunk, advance, turn))
            for chunk in _chunks(files)
            for replica, writer in writers.items()
        ]
        for replica, job in jobs:
            reason = job.result()
            if reason is not None:
                yield replica, reason


def _unwatched(amount: int) -> None:
    """What is read ahead is not shown: people see how much has come in."""


def _chunks(files: Sequence[StagedFile]) -> Iterator[Sequence[StagedFile]]:
    """Small files many at a time, large ones each for itself."""
    chunk: list[StagedFile] = []
    size = 0
    for file in files:
        if chunk and (len(chunk) >= CHUNK or size + file.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file.size
    if chunk:
        yield chunk


def _read_chunk(
    writer: VersionWriter, files: Sequence[StagedFile], advance: Callable[[int], None], turn: Lock
) -> str | None:
    """What is wrong with the first file that was not read back as it was written; None if all were."""
    buffer = bytearray(PIECE)
    streams: list[RawIOBase] = []
    amount = 0
    try:
        with turn if len(files) > 1 else nullcontext():
            for start in range(0, len(files), OPENED_AHEAD):
                batch = files[start : start + OPENED_AHEAD]
                # Opening a file starts its way from the medium; by the time that the last is open, the first is here.
                streams = []
                for file in batch:
                    streams.append(writer.open_sealed(file.path))
                for file, stream in zip(batch, streams, strict=True):
                    digest, size = _digest(stream, buffer, file.size)
                    stream.close()
                    if digest != file.sha256:
                        return f"{file.path} was read back with another digest than it was written with"
                    amount += size
    except (Unavailable, NotHere) as error:
        return str(error)
    except OSError as error:
        return f"what was staged cannot be read back: {error.strerror}"
    finally:
        for stream in streams:
            stream.close()
    advance(amount)
    return None


def _digest(stream: RawIOBase, buffer: bytearray, expected: int) -> tuple[bytes, int]:
    view = memoryview(buffer)
    count = stream.readinto(buffer) or 0
    digest, size = sha256(view[:count]), count
    if count == expected < PIECE and isinstance(stream, FileIO):
        # A file gives less than it is asked for at its end only: there is nothing behind.
        return digest.digest(), size
    while count:
        count = stream.readinto(buffer) or 0
        digest.update(view[:count])
        size += count
    return digest.digest(), size
