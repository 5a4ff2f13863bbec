"""Checking a transfer: all of its bytes are read and held against what it promises; nothing is kept."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import RawIOBase
from threading import Lock

from preservation.domain.digests import hasher
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding
from preservation.domain.packages import DublinCore, PackageLimits, PackageType, PlacedFile
from preservation.errors import Unavailable
from preservation.ports import PackageReader, Progress
from preservation.services.submission import Submission, compare, examine

PIECE = 1 << 20
READERS = 2


@dataclass(frozen=True, slots=True)
class TransferReport:
    """The answer. `valid` is true if no finding is an error; `files` and `bytes` count all that were read."""

    package_type: PackageType
    valid: bool
    findings: tuple[Finding, ...]
    dublin_core: DublinCore
    files: int
    bytes: int


def check(reader: PackageReader, *, limits: PackageLimits, progress: Progress | None = None) -> TransferReport:
    """Examine a package and verify every digest that it promises.

    Raises Unavailable if a file cannot be read: that is no answer about the package (DESIGN, promise 5).
    """
    submission = examine(reader, limits)
    notes = FindingLog()
    for finding in submission.findings:
        notes.add(finding)
    if progress is not None:
        progress.begin("checking", submission.total_bytes)
    reading = _Reading(reader, submission, progress)
    with ThreadPoolExecutor(READERS) as pool:
        for done in [pool.submit(reading.run) for _ in range(READERS)]:
            for finding in done.result():
                notes.add(finding)
    if progress is not None:
        progress.end()
    return TransferReport(
        package_type=submission.package_type,
        valid=not notes.has_errors,
        findings=notes.findings(),
        dublin_core=submission.dublin_core,
        files=len(submission.files),
        bytes=submission.total_bytes,
    )


class _Reading:
    """Work shared by a few threads: each takes the next file until none is left, or one of them failed."""

    def __init__(self, reader: PackageReader, submission: Submission, progress: Progress | None) -> None:
        self._reader = reader
        self._submission = submission
        self._progress = progress
        self._lock = Lock()
        self._files: Iterator[PlacedFile] = iter(submission.files)

    def run(self) -> list[Finding]:
        findings: list[Finding] = []
        buffer = bytearray(PIECE)
        try:
            while (placed := self._next()) is not None:
                findings.extend(self._check(placed, buffer))
        except BaseException:
            with self._lock:
                self._files = iter(())
            raise
        return findings

    def _next(self) -> PlacedFile | None:
        with self._lock:
            return next(self._files, None)

    def _check(self, placed: PlacedFile, buffer: bytearray) -> Sequence[Finding]:
        hashers = {algorithm: hasher(algorithm) for algorithm, _ in placed.expected}
        view = memoryview(buffer)
        size = 0
        with self._reader.open(placed.file) as stream:
            while count := _read_into(stream, view, placed):
                for one in hashers.values():
                    one.update(view[:count])
                size += count
                if self._progress is not None:
                    self._progress.advance(count)
        if size != placed.file.size:
            raise Unavailable(f"{placed.file.path!r} changed while it was read")
        found = {algorithm: one.digest() for algorithm, one in hashers.items()}
        return compare(self._submission, placed, found)


def _read_into(stream: RawIOBase, view: memoryview, placed: PlacedFile) -> int:
    try:
        return stream.readinto(view) or 0
    except OSError as error:
        raise Unavailable(f"{placed.file.path!r} cannot be read: {error.strerror}") from error
