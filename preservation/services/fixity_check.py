"""Fixity: read every byte of a copy from its medium and say which of the four outcomes it is (CPP-003).

We read the bytes even where a store offers a checksum of its own: that says what the store believes, which is the thing
under test.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from preservation.domain.fixity import Damaged, FixityResult, Missing, Unreadable
from preservation.errors import ReplicaAway, Unavailable
from preservation.ports import Progress, ReplicaStore
from preservation.services.fixity_reading import Chunk, check_chunk, check_file

CHUNK_FILES = 256
CHUNK_BYTES = 32 << 20
READERS = 4
STRANGER = "a file that does not belong here"

__all__ = ["READERS", "STRANGER", "CopyReport", "check_copy", "check_file"]


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


def check_copy(
    store: ReplicaStore,
    object_root: str,
    files: Mapping[str, bytes],
    progress: Progress,
    readers: ThreadPoolExecutor,
    *,
    read_only: AbstractSet[str] | None = None,
) -> CopyReport:
    """Check one OCFL object on one replica against what it must consist of; files that do not belong are damage too.

    `files` maps paths below the object root to digests: 32 bytes are a SHA-256, 64 a SHA-512. With `read_only` just the files
    under these keys are read; of the others it is only seen whether they are there. The caller must not hold one of the
    readers. Raises ReplicaAway: of a replica that is not there nothing can be said.
    """
    try:
        listed = list(store.list(object_root))
    except ReplicaAway:
        raise
    except Unavailable as error:
        return CopyReport(0, 0, [Unreadable(object_root, str(error))], [])
    problems: list[FixityResult] = []
    strangers: list[FixityResult] = []
    below = len(object_root) + 1
    digests = [files.get(key[below:]) for key, _ in listed]
    if len(digests) != len(files) or None in digests:
        strangers = [Damaged(key, "", STRANGER) for (key, _), digest in zip(listed, digests, strict=True) if not digest]
        seen = {key for key, _ in listed}
        absent = [key for path in files if (key := f"{object_root}/{path}") not in seen]
        if read_only is not None:
            problems += [Missing(key) for key in absent if key not in read_only]
        # What was not listed is asked for all the same: only that tells a missing file from one that cannot be reached.
        listed = [entry for entry, digest in zip(listed, digests, strict=True) if digest] + [(key, 0) for key in absent]
    if read_only is not None:
        listed = [entry for entry in listed if entry[0] in read_only]
    chunks = list(_chunks(listed, [files[key[below:]] for key, _ in listed]))
    if len(chunks) == 1:
        tallies = [check_chunk(store, chunks[0], progress)]
    else:
        jobs = [readers.submit(check_chunk, store, chunk, progress) for chunk in chunks]
        tallies = [job.result() for job in jobs]
    problems.extend(problem for tally in tallies for problem in tally.problems)
    problems.extend(strangers)
    if any(isinstance(problem, Missing) for problem in problems):
        # Nothing is missing from a replica that is not there: an unmounted folder looks empty.
        store.check_identity()
    return CopyReport(
        files=len(files),
        bytes=sum(tally.bytes for tally in tallies),
        problems=problems,
        transient=[key for tally in tallies for key in tally.transient],
    )


def _chunks(listed: Sequence[tuple[str, int]], digests: Sequence[bytes]) -> Iterator[Chunk]:
    start, amount = 0, 0
    for index, (_, size) in enumerate(listed):
        if index > start and (index - start >= CHUNK_FILES or amount + size > CHUNK_BYTES):
            yield Chunk(listed[start:index], digests[start:index])
            start, amount = index, 0
        amount += size
    if start < len(listed):
        yield Chunk(listed[start:], digests[start:])
