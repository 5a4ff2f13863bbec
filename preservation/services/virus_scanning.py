"""Looking for malware in what is held, again and again, by newer signatures (CPP-007): told, never removed.

found       the AIPs whose head was not scanned within the policy's time, or in another version
scanned     their files, proven against their digests first
recorded    one event for each AIP, with what follows from it, in one transaction; nothing of the AIP changes

A scanner that cannot scan ends the run: nothing is recorded of what it did not look at.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile

from preservation.domain.events import Json, LinkedObject
from preservation.domain.filed_examinations import VirusRecord
from preservation.domain.holdings import AIPVersion
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.domain.virus_names import is_unscanned
from preservation.errors import NotHere
from preservation.ports import Catalogue, Clock, Progress, ScratchFolder
from preservation.ports.examination import VirusScanner
from preservation.services.held_batches import Batch, CannotRead, Page, heads_left, listed, proven_batches
from preservation.services.held_content import HeldContents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet
from preservation.services.virus_record import virus_event, virus_record

BATCH_FILES = 256
BATCH_COPIED = 256 << 20
GROUP_AIPS = 64
PAGE = 256
SHOWN_FILES = 500


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
        self,
        progress: Progress,
        *,
        aip: str | None = None,
        limit: int | None = None,
        again: bool = False,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> VirusReport:
        """Scan up to `limit` AIPs that are due, or the one named; `again`: due or not.
        No further one is begun once `may_begin` says no.

        NotHere for an unknown AIP. Unavailable if the scanner cannot scan; what was scanned until then is recorded.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        report = VirusReport(self.scanner.describe())
        waiting: list[tuple[EncodedEvent, VirusRecord]] = []
        progress.begin("virus scan", None)
        try:
            for one in takewhile(lambda _: may_begin(), self._due(aip, limit, again=again)):
                try:
                    waiting.append(self._scan(self.catalogue.versions(one)[-1], report, progress))
                except CannotRead as error:
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

        def page_after(after: str | None) -> Page:
            return table.to_be_scanned(before=before, after=after, limit=PAGE, aip=aip)

        return heads_left(page_after, but=self.locations.repository, limit=limit)

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

    def _batches(self, version: AIPVersion) -> Iterator[Batch]:
        """What came in, and what was made of it."""
        content = HeldContents(self.catalogue, self.replicas, self.locations).of(version, self.scratch)
        files = (file for _, file in listed(self.catalogue, version.aip, version.number) if not file.is_document)
        return proven_batches(content, files, most_files=BATCH_FILES, most_copied=BATCH_COPIED)

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
