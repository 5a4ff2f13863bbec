"""One pass over the bytes that come in: read once, digested, compared with what was promised, written to every replica.

Files are handled in chunks by a few threads. hashlib and the system calls release the interpreter's lock, so that two large
files keep two cores busy. Small ones are taken by one thread at a time: there the lock would change hands at every call, which
costs more than the second core gives, and the engine that identifies formats, in processes of its own, has use for that core.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import sha256, sha512
from io import RawIOBase

from preservation.domain.digests import CONTENT_ALGORITHM, SECOND_ALGORITHM, Hasher, hasher
from preservation.domain.findings import Finding
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.packages import PlacedFile
from preservation.errors import Unavailable
from preservation.ports import FormatIdentifier, PackageReader, Progress
from preservation.services.reading_back import ReadBackAhead, StagedFile
from preservation.services.writing import ReplicaWriters

PIECE = 1 << 20
CHUNK_FILES = 128
CHUNK_BYTES = 4 << 20
WORKERS = 2
IDENTIFYING = 2

Compare = Callable[[PlacedFile, Mapping[str, bytes]], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read and staged."""

    placed: PlacedFile
    content_path: str
    size: int
    sha512: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Staged:
    """What staging brought: the rows of the new state, in order, and what was found wrong on the way."""

    files: list[StoredFile]
    findings: list[Finding]
    unidentified: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Intake:
    """What staging works with. `held` maps raw SHA-512 to the content path of an earlier version."""

    reader: PackageReader
    writers: ReplicaWriters
    identifier: FormatIdentifier | None
    compare: Compare
    held: Mapping[bytes, str]
    progress: Progress


def stage(intake: Intake, files: Iterable[tuple[PlacedFile, str]]) -> Staged:
    """Read, digest, compare and write every file; `files` pairs each with its content path.

    Raises Unavailable if a source file cannot be read or if no replica is left to write to.
    """
    result = Staged(files=[], findings=[], unidentified=0, bytes=0)
    unidentified = 0
    total = 0
    held = dict(intake.held)
    with (
        ThreadPoolExecutor(WORKERS) as takers,
        ThreadPoolExecutor(IDENTIFYING) as identifiers,
        ReadBackAhead(intake.writers) as ahead,
    ):
        pending: list[Future[tuple[list[Taken], list[Finding], Future[Sequence[FormatIdentification | str]] | None]]]
        pending = []
        chunks = _chunks(files)
        while True:
            while len(pending) < 3 * WORKERS and (chunk := next(chunks, None)) is not None:
                pending.append(takers.submit(_take_chunk, intake, chunk, identifiers))
            if not pending:
                break
            taken, findings, answers = pending.pop(0).result()
            result.findings.extend(findings)
            formats = answers.result() if answers is not None else ()
            for index, one in enumerate(taken):
                answer = formats[index] if formats else None
                found = answer if isinstance(answer, FormatIdentification) else None
                unidentified += found is None or found.puid is None
                total += one.size
                row = _row(one, found, intake.writers, held)
                result.files.append(row)
                if row.content_path == one.content_path:
                    ahead.add(StagedFile(row.content_path, row.sha256, row.size))
    return Staged(files=result.files, findings=result.findings, unidentified=unidentified, bytes=total)


def _row(
    taken: Taken, found: FormatIdentification | None, writers: ReplicaWriters, held: dict[bytes, str]
) -> StoredFile:
    content_path = held.setdefault(taken.sha512, taken.content_path)
    if content_path != taken.content_path:
        # These bytes are stored already. Only now, because the engine has looked at the staged file.
        writers.discard(taken.content_path)
    return StoredFile(
        logical_path=taken.placed.logical_path,
        content_path=content_path,
        size=taken.size,
        sha512=taken.sha512,
        sha256=taken.sha256,
        original_path=taken.placed.file.path,
        modified=taken.placed.file.modified,
        format=found,
    )


def _chunks(files: Iterable[tuple[PlacedFile, str]]) -> Iterator[list[tuple[PlacedFile, str]]]:
    chunk: list[tuple[PlacedFile, str]] = []
    size = 0
    for placed, content_path in files:
        if chunk and (len(chunk) >= CHUNK_FILES or size + placed.file.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((placed, content_path))
        size += placed.file.size
    if chunk:
        yield chunk


def _take_chunk(
    intake: Intake, chunk: Sequence[tuple[PlacedFile, str]], identifiers: ThreadPoolExecutor
) -> tuple[list[Taken], list[Finding], Future[Sequence[FormatIdentification | str]] | None]:
    buffer = bytearray(PIECE)
    taken: list[Taken] = []
    findings: list[Finding] = []
    amount = 0
    with intake.writers.turn if len(chunk) > 1 and intake.identifier is not None else nullcontext():
        for placed, content_path in chunk:
            one, found = _take(intake, placed, content_path, buffer)
            taken.append(one)
            findings.extend(found)
            amount += one.size
    answers = None
    if intake.identifier is not None and not findings:
        paths = [intake.writers.local_path(one.content_path, one.placed.file) for one in taken]
        answers = identifiers.submit(intake.identifier.identify, paths)
    intake.progress.advance(amount)
    return taken, findings, answers


def _take(intake: Intake, placed: PlacedFile, content_path: str, buffer: bytearray) -> tuple[Taken, Sequence[Finding]]:
    others: dict[str, Hasher] = {}
    if placed.expected:
        others = {
            algorithm: hasher(algorithm)
            for algorithm, _ in placed.expected
            if algorithm not in (CONTENT_ALGORITHM, SECOND_ALGORITHM)
        }
    with intake.reader.open(placed.file) as stream:
        size = count = _read(stream, buffer, placed)
        if count < PIECE and count == placed.file.size:
            data = memoryview(buffer)[:count]
            first, second = sha512(data), sha256(data)
            for other in others.values():
                other.update(data)
            intake.writers.put(content_path, data)
        else:
            first, second = sha512(), sha256()
            size = 0
            sink = intake.writers.create(content_path)
            try:
                while count:
                    data = memoryview(buffer)[:count]
                    _update(first, second, others, data)
                    sink.write(data)
                    size += count
                    count = _read(stream, buffer, placed)
            finally:
                sink.close()
    if size != placed.file.size:
        raise Unavailable(f"{placed.file.path} changed its size while it was being read")
    one = Taken(placed, content_path, size, first.digest(), second.digest())
    findings: Sequence[Finding] = ()
    if placed.expected:
        known = {CONTENT_ALGORITHM: one.sha512, SECOND_ALGORITHM: one.sha256}
        known |= {algorithm: other.digest() for algorithm, other in others.items()}
        findings = intake.compare(placed, known)
    return one, findings


def _read(stream: RawIOBase, buffer: bytearray, placed: PlacedFile) -> int:
    try:
        return stream.readinto(buffer) or 0
    except OSError as error:
        raise Unavailable(f"{placed.file.path!r} cannot be read: {error.strerror}") from error


def _update(first: Hasher, second: Hasher, others: Mapping[str, Hasher], data: memoryview) -> None:
    first.update(data)
    second.update(data)
    for other in others.values():
        other.update(data)
