"""Reading stored files for a fixity check: small ones many at a time, large or odd ones each for itself in pieces."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import Protocol

from preservation.domain.fixity import Damaged, FixityResult, Intact, Missing, Unreadable
from preservation.errors import Deleted, NotHere, ReplicaAway, Unavailable
from preservation.ports import Progress, ReplicaStore

PIECE = 1 << 20


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """Files for one reader: (key, size) as the store lists them, and the digest that each must have."""

    objects: Sequence[tuple[str, int]]
    digests: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one reader found of its files: what is not intact, and what was only on second reading."""

    bytes: int
    problems: Sequence[FixityResult]
    transient: Sequence[str]


def check_chunk(store: ReplicaStore, chunk: Chunk, progress: Progress) -> Tally:
    """Read each file of the chunk. Intact ones are only counted. Raises ReplicaAway."""
    problems: list[FixityResult] = []
    transient: list[str] = []
    read = told = 0
    # Closed at once, whatever happens: it holds descriptors and memory of the store's.
    with closing(store.read_cold(chunk.objects)) as views:
        for (key, size), expected, data in zip(chunk.objects, chunk.digests, views, strict=True):
            if data is not None and _algorithm(expected)(data).digest() == expected:
                read += size
            else:
                result, again = (
                    (_read(store, key, expected), True) if data is not None else check_file(store, key, expected)
                )
                if not isinstance(result, Intact):
                    problems.append(result)
                    continue
                read += result.size
                if again:
                    transient.append(key)
            if read - told >= PIECE:
                progress.advance(read - told)
                told = read
    progress.advance(read - told)
    return Tally(read, problems, transient)


def check_file(store: ReplicaStore, key: str, expected: bytes) -> tuple[FixityResult, bool]:
    """Read one file; if it differs, read it once more, since memory and buses err too. The flag tells of a second reading.

    `expected` is a SHA-256 (32 bytes) or a SHA-512 (64). Raises ReplicaAway.
    """
    result = _read(store, key, expected)
    if isinstance(result, Damaged):
        return _read(store, key, expected), True
    return result, False


def _read(store: ReplicaStore, key: str, expected: bytes) -> FixityResult:
    piece = bytearray(PIECE)
    view = memoryview(piece)
    digest = _algorithm(expected)()
    size = 0
    try:
        with store.open_cold(key) as stream:
            while count := stream.readinto(piece):
                digest.update(view[:count])
                size += count
    except NotHere as error:
        return Missing(key, is_deleted=isinstance(error, Deleted))
    except ReplicaAway:
        raise
    except Unavailable as error:
        return Unreadable(key, str(error))
    except OSError as error:
        return Unreadable(key, error.strerror or type(error).__name__)
    found = digest.digest()
    return Intact(key, size) if found == expected else Damaged(key, expected.hex(), found.hex())


def _algorithm(expected: bytes) -> Callable[..., _Hash]:
    """Told from the length of the digest."""
    return sha512 if len(expected) == 64 else sha256
