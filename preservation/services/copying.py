"""Copying the files of one OCFL version from replicas that have them to one that lacks them, verified on the way (CPP-011).

Several files at a time, each read once: its digest is taken while it is copied, and a source whose bytes are not the logged ones
is passed over. A file up to 1 MiB is staged only once it is known to be right.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256, sha512

from preservation.errors import NotHere, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.object_files import ObjectFile
from preservation.services.reading_back import StagedFile
from preservation.services.writing import ReplicaWriters

PIECE = 1 << 20
CHUNK_FILES = 32


@dataclass(frozen=True, slots=True)
class FileCopier:
    """Fills one version. `known` are the bytes of files that are no content, by path; `sources` are asked in their order."""

    writers: ReplicaWriters
    object_root: str
    known: Mapping[str, bytes]
    sources: Sequence[ReplicaStore]
    advance: Callable[[int], None]

    def copy(self, files: Sequence[ObjectFile], copiers: ThreadPoolExecutor) -> tuple[Sequence[StagedFile], int]:
        """What was staged, for reading it back, and its bytes. Unavailable if no source has a file's logged bytes."""
        chunks = [files[start : start + CHUNK_FILES] for start in range(0, len(files), CHUNK_FILES)]
        jobs = [copiers.submit(self._copy_chunk, chunk) for chunk in chunks]
        try:
            copied = [one for job in jobs for one in job.result()]
        finally:
            for job in jobs:
                job.cancel()
            # None may still be writing when the version is undone.
            for job in jobs:
                if not job.cancelled():
                    job.exception()
        return [staged for staged, _ in copied], sum(size for _, size in copied)

    def _copy_chunk(self, files: Sequence[ObjectFile]) -> list[tuple[StagedFile, int]]:
        return [self._copy_file(file) for file in files]

    def _copy_file(self, file: ObjectFile) -> tuple[StagedFile, int]:
        data = self.known.get(file.path)
        if data is not None:
            self._put(file.path, data)
            return StagedFile(file.path, sha256(data).digest()), len(data)
        reasons: list[str] = []
        for source in self.sources:
            try:
                return self._pour(source, file)
            except (Unavailable, NotHere) as error:
                reasons.append(str(error))
                self._stop_if_lost()
        raise Unavailable(f"no copy of {file.path} agrees with the ledger: {'; '.join(reasons)}")

    def _pour(self, source: ReplicaStore, file: ObjectFile) -> tuple[StagedFile, int]:
        with source.open(f"{self.object_root}/{file.path}") as stream:
            pieces = _pieces(stream.read)
            first = next(pieces, b"")
            if len(first) < PIECE:
                return self._pour_small(source, file, first)
            return self._pour_large(source, file, first, pieces)

    def _pour_small(self, source: ReplicaStore, file: ObjectFile, data: bytes) -> tuple[StagedFile, int]:
        digest = sha256(data).digest()
        if (digest if len(file.digest) == len(digest) else sha512(data).digest()) != file.digest:
            raise Unavailable(f"{source.id} has other bytes")
        self._put(file.path, data)
        return StagedFile(file.path, digest), len(data)

    def _pour_large(
        self, source: ReplicaStore, file: ObjectFile, first: bytes, rest: Iterator[bytes]
    ) -> tuple[StagedFile, int]:
        digest, recorded, size = sha256(), sha512(), 0
        is_long = len(file.digest) == recorded.digest_size
        is_right = False
        sink = self.writers.create(file.path)
        try:
            piece = first
            while piece:
                digest.update(piece)
                if is_long:
                    recorded.update(piece)
                sink.write(piece)
                size += len(piece)
                self.advance(len(piece))
                piece = next(rest, b"")
            is_right = (recorded if is_long else digest).digest() == file.digest
        finally:
            sink.close()
            if not is_right and self.writers.replicas:
                self.writers.discard(file.path)
        if not is_right:
            raise Unavailable(f"{source.id} has other bytes")
        return StagedFile(file.path, digest.digest()), size

    def _put(self, path: str, data: bytes) -> None:
        self.writers.put(path, data)
        self._stop_if_lost()
        self.advance(len(data))

    def _stop_if_lost(self) -> None:
        """A replica that failed takes no part any more: what is written after that goes nowhere."""
        if not self.writers.replicas:
            raise Unavailable("; ".join(self.writers.dropped.values()))


def _pieces(read: Callable[[int], bytes | None]) -> Iterator[bytes]:
    """Pieces of 1 MiB, only the last of them shorter."""
    while True:
        piece = read(PIECE) or b""
        while 0 < len(piece) < PIECE and (more := read(PIECE - len(piece))):
            piece += more
        if not piece:
            return
        yield piece
