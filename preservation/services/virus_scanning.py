"""Looking for malware in what is held, again and again, by newer signatures (CPP-007): told, never removed.

found       the AIPs whose head was not scanned within the policy's time, or in another version
scanned     their files, proven against their digests first
recorded    one event for each AIP, with what follows from it, in one transaction; nothing of the AIP changes

A scanner that cannot scan ends the run: nothing is recorded of what it did not look at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from preservation.domain.events import Json, LinkedObject
from preservation.domain.filed_examinations import VirusRecord
from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.domain.virus_names import is_unscanned
from preservation.errors import DiskFull, NotHere, Unavailable
from preservation.ports import Catalogue, Clock, Progress, ScratchFolder
from preservation.ports.examination import VirusScanner
from preservation.services.access_sources import find_holders
from preservation.services.format_review_content import ReviewedContent
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet
from preservation.services.virus_record import virus_event, virus_record

BATCH_FILES = 256
BATCH_COPIED = 256 << 20
GROUP_AIPS = 64
PAGE = 256
FILE_PAGE = 500
SHOWN_FILES = 500

_Batch = Sequence[tuple[StoredFile, str]]


@dataclass(slots=True)
class VirusReport:
    """What a run tells: AIPs and files that were scanned, the first infected ones, and which AIPs wait, and why.

    `unscanned` files could not be looked into: they are encrypted, or beyond the scanner's limits.
    """

    scanner: str = ""
    aips: int = 0
    files: int = 0
    infected: int = 0
    unscanned: int = 0
    found: list[tuple[str, str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)

    def described(self, most: int) -> dict[str, Json]:
        """As commands and jobs show it, with so many infected files and AIPs that wait."""
        return {
            "scanner": self.scanner,
            "scanned_aips": self.aips,
            "files": self.files,
            "infected": self.infected,
            "unscanned": self.unscanned,
            "infected_files": [{"aip": aip, "path": path, "name": name} for aip, path, name in self.found[:most]],
            "waiting": [{"aip": aip, "reason": reason} for aip, reason in self.waiting[:most]],
        }


class _CannotRead(Exception):
    """A file of the AIP can be had from no replica now."""


@dataclass(frozen=True, slots=True)
class HeldVirusScan:
    """The service. One at a time for a scratch folder."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    clock: Clock
    policies: Policies
    scanner: VirusScanner
    scratch: ScratchFolder

    def run(
        self, progress: Progress, *, aip: str | None = None, limit: int | None = None, again: bool = False
    ) -> VirusReport:
        """Scan up to `limit` AIPs that are due, or the one named; `again`: due or not.

        NotHere for an unknown AIP. Unavailable if the scanner cannot scan; what was scanned until then is recorded.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        report = VirusReport(self.scanner.describe())
        waiting: list[tuple[EncodedEvent, VirusRecord]] = []
        progress.begin("virus scan", None)
        try:
            for one in self._due(aip, limit, again=again):
                try:
                    waiting.append(self._scan(self.catalogue.versions(one)[-1], report, progress))
                except _CannotRead as error:
                    report.waiting.append((one, str(error)))
                if len(waiting) >= GROUP_AIPS:
                    self._flush(waiting)
        finally:
            self._flush(waiting)
        progress.end()
        return report

    def _due(self, aip: str | None, limit: int | None, *, again: bool) -> Iterator[str]:
        now = self.clock.now()
        before = now if again else now - timedelta(days=self.policies.formats.viruses.again_days)
        table = self.catalogue.examination_table()
        count = 0
        after: str | None = None
        while page := table.to_be_scanned(before=before, after=after, limit=PAGE, aip=aip):
            for one, _ in page:
                if one == self.locations.repository:
                    continue
                if count == limit:
                    return
                count += 1
                yield one
            after = page[-1][0]

    def _scan(self, version: AIPVersion, report: VirusReport, progress: Progress) -> tuple[EncodedEvent, VirusRecord]:
        found: list[tuple[str, str]] = []
        files = unscanned = 0
        for batch in self._batches(version):
            for (file, _), answer in zip(batch, self.scanner.scan([path for _, path in batch]), strict=True):
                if answer is not None and is_unscanned(answer):
                    unscanned += 1
                elif answer is not None:
                    found.append((file.logical_path, answer))
            files += len(batch)
            progress.advance(sum(file.size for file, _ in batch))
        event = virus_event(
            self.recorder,
            _objects(version),
            scanner=report.scanner,
            files=files,
            found=found,
            unscanned=unscanned,
            policy=self.policies.versions.get("formats"),
        )
        record = virus_record(event.event, event.private)
        if record is None:
            raise ValueError("an event of a virus scan that is about no version")
        report.aips += 1
        report.files += files
        report.infected += len(found)
        report.unscanned += unscanned
        report.found += [(version.aip, path, name) for path, name in found[: SHOWN_FILES - len(report.found)]]
        return event, record

    def _batches(self, version: AIPVersion) -> Iterator[_Batch]:
        """What came in, and what was made of it, with the path of proven bytes until the next batch is asked for."""
        content = ReviewedContent(
            object_root=self.locations.object_root(version.aip),
            holders=find_holders(self.catalogue, self.replicas, version),
            away=[f"{self.replicas.name(replica)}: {reason}" for replica, reason in self.replicas.away.items()],
            scratch=self.scratch,
        )
        batch: list[tuple[StoredFile, str]] = []
        copied = 0
        after = 0
        try:
            while (
                page := self.catalogue.files_page(version.aip, version=version.number, after=after, limit=FILE_PAGE)
            ) is not None and page.files:
                for number, file in page.files:
                    after = number
                    if file.original_path is None and file.source is None:
                        continue
                    path, size = _path_of(content, file)
                    batch.append((file, path))
                    copied += size
                    if len(batch) >= BATCH_FILES or copied >= BATCH_COPIED:
                        yield batch
                        self.scratch.clear()
                        batch, copied = [], 0
            if batch:
                yield batch
        finally:
            self.scratch.clear()

    def _flush(self, waiting: list[tuple[EncodedEvent, VirusRecord]]) -> None:
        if waiting:
            with self.catalogue.begin() as tx:
                for _, record in waiting:
                    tx.save_virus_record(record)
                tx.append_events([event for event, _ in waiting])
        waiting.clear()


def _objects(version: AIPVersion) -> Sequence[LinkedObject]:
    digest = f"sha512:{version.inventory_digest}"
    return [
        LinkedObject(id=version.aip, kind="aip", version=version.number, digest=digest),
        LinkedObject(id=version_id(version.aip, version.number), kind="aip version"),
    ]


def _path_of(content: ReviewedContent, file: StoredFile) -> tuple[str, int]:
    try:
        return content.path_of(file)
    except DiskFull:
        raise
    except Unavailable as error:
        raise _CannotRead(f"{file.logical_path}: {error}") from error
