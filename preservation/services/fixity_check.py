"""Fixity: read every byte of a copy from its medium and say which of the four outcomes it is (CPP-003).

We read the bytes even where a store offers a checksum of its own: that says what the store believes, which is the thing
under test.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import Protocol

from preservation.domain.fixity import Damaged, FixityResult, Intact, Missing, Unreadable
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import Progress, ReplicaStore
from preservation.services.object_files import ObjectFile

PIECE = 1 << 20
CHUNK_FILES = 128
CHUNK_BYTES = 32 << 20
READERS = 4
STRANGER = "a file that does not belong here"


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was found of one copy. `problems` holds everything that is not intact; `transient` were right on second reading."""

    files: int
    bytes: int
    problems: Sequence[FixityResult]
    transient: Sequence[str]

    def all_of(self, kind: type[FixityResult]) -> list[FixityResult]:
        """The problems of one outcome."""
        return [problem for problem in self.problems if isinstance(problem, kind)]


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(slots=True)
class _Tally:
    """What one reader found of its files."""

    bytes: int
    problems: list[FixityResult]
    transient: list[str]


def check_copy(
    store: ReplicaStore,
    object_root: str,
    files: Sequence[ObjectFile],
    progress: Progress,
    readers: ThreadPoolExecutor,
    *,
    read_only: AbstractSet[str] | None = None,
) -> CopyReport:
    """Check one OCFL object on one replica against what it must consist of; files that do not belong are damage too.

    With `read_only` just the files under these keys are read; of the others it is only seen whether they are there. The caller
    must not hold one of the readers. Raises ReplicaAway: of a replica that is not there nothing can be said.
    """
    try:
        held = dict(store.list(object_root))
    except ReplicaAway:
        raise
    except Unavailable as error:
        return CopyReport(0, 0, [Unreadable(object_root, str(error))], [])
    problems: list[FixityResult] = []
    wanted = files
    if read_only is not None:
        wanted = [file for file in files if f"{object_root}/{file.path}" in read_only]
        keys = (f"{object_root}/{file.path}" for file in files)
        problems += [Missing(key) for key in keys if key not in held and key not in read_only]
    chunks = list(_chunks(object_root, wanted, held))
    if len(chunks) == 1:
        tallies = [_check_chunk(store, object_root, chunks[0], progress)]
    else:
        jobs = [readers.submit(_check_chunk, store, object_root, chunk, progress) for chunk in chunks]
        tallies = [job.result() for job in jobs]
    for file in files:
        held.pop(f"{object_root}/{file.path}", None)
    problems.extend(problem for tally in tallies for problem in tally.problems)
    problems.extend(Damaged(key, "", STRANGER) for key in held)
    if any(isinstance(problem, Missing) for problem in problems):
        # Nothing is missing from a replica that is not there: an unmounted folder looks empty.
        store.check_identity()
    return CopyReport(
        files=len(files),
        bytes=sum(tally.bytes for tally in tallies),
        problems=problems,
        transient=[key for tally in tallies for key in tally.transient],
    )


def check_file(store: ReplicaStore, key: str, expected: bytes) -> tuple[FixityResult, bool]:
    """Read one file; if it differs, read it once more, since memory and buses err too. The flag tells of a second reading.

    `expected` is a SHA-256 (32 bytes) or a SHA-512 (64). Raises ReplicaAway.
    """
    return _twice(store, key, expected, bytearray(PIECE))


def _twice(store: ReplicaStore, key: str, expected: bytes, buffer: bytearray) -> tuple[FixityResult, bool]:
    result = _read(store, key, expected, buffer)
    if isinstance(result, Damaged):
        return _read(store, key, expected, buffer), True
    return result, False


def _chunks(object_root: str, files: Sequence[ObjectFile], held: dict[str, int]) -> Iterator[Sequence[ObjectFile]]:
    chunk: list[ObjectFile] = []
    size = 0
    for file in files:
        length = held.get(f"{object_root}/{file.path}", 0)
        if chunk and (len(chunk) >= CHUNK_FILES or size + length > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += length
    if chunk:
        yield chunk


def _check_chunk(store: ReplicaStore, object_root: str, files: Sequence[ObjectFile], progress: Progress) -> _Tally:
    buffer = bytearray(PIECE)
    tally = _Tally(0, [], [])
    told = 0
    for file in files:
        result, again = _twice(store, f"{object_root}/{file.path}", file.digest, buffer)
        if not isinstance(result, Intact):
            tally.problems.append(result)
            continue
        tally.bytes += result.size
        if again:
            tally.transient.append(result.key)
        if tally.bytes - told >= PIECE:
            progress.advance(tally.bytes - told)
            told = tally.bytes
    progress.advance(tally.bytes - told)
    return tally


def _read(store: ReplicaStore, key: str, expected: bytes, piece: bytearray) -> FixityResult:
    view = memoryview(piece)
    digest: _Hash = sha512() if len(expected) == 64 else sha256()
    size = 0
    try:
        with store.open_cold(key) as stream:
            while count := stream.readinto(piece):
                digest.update(view[:count])
                size += count
    except NotHere:
        return Missing(key)
    except ReplicaAway:
        raise
    except Unavailable as error:
        return Unreadable(key, str(error))
    except OSError as error:
        return Unreadable(key, error.strerror or type(error).__name__)
    found = digest.digest()
    return Intact(key, size) if found == expected else Damaged(key, expected.hex(), found.hex())
