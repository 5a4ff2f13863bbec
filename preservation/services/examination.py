"""Characterisation and validation of what is held (CPP-009, CPP-010): a job, for whatever was not examined when it came in.

found       the AIPs of whose head no event says that it was examined; again: those that these very tools did not examine
examined    those of their files that were not, proven against their digests before any tool looks
recorded    what was found, as events and as rows, in one transaction; nothing of the AIP changes

An AIP of which a file cannot be read now waits, and the next run takes it. AIPs are recorded in groups, and a large one in
parts: a run that is killed loses the answers of one group at most, and the next one goes on behind what is recorded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from preservation.domain.content_kinds import kind_of
from preservation.domain.events import LinkedObject
from preservation.domain.examinations import FileToExamine, Kind, Validity
from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.errors import NotHere
from preservation.ports import Catalogue, Clock, Progress, ScratchFolder
from preservation.ports.examination import Examiner
from preservation.services.examination_record import ACT, SOUND, ExaminationRecord, ExaminationTerms, filed
from preservation.services.examination_report import ExaminationReport
from preservation.services.held_batches import Batch, CannotRead, Page, heads_left, listed, proven_batches
from preservation.services.held_content import HeldContents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet

BATCH_FILES = 256
BATCH_COPIED = 256 << 20
GROUP_FILES = 512
GROUP_AIPS = 256
GROUP_PARTS = 5
PAGE = 256


@dataclass(slots=True)
class _Group:
    """What waits to be recorded together: events by the AIP version that they are about."""

    events: dict[tuple[str, int], list[EncodedEvent]] = field(default_factory=dict)
    files: int = 0
    parts: int = 0

    def add(self, version: AIPVersion, events: Sequence[EncodedEvent]) -> None:
        self.events.setdefault((version.aip, version.number), []).extend(events)
        self.parts += len(events)

    @property
    def is_full(self) -> bool:
        return len(self.events) >= GROUP_AIPS or self.files >= GROUP_FILES


@dataclass(frozen=True, slots=True)
class HeldExamination:
    """The service. One at a time for a scratch folder."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    clock: Clock
    policies: Policies
    examiner: Examiner
    scratch: ScratchFolder

    def run(
        self,
        progress: Progress,
        *,
        aip: str | None = None,
        limit: int | None = None,
        again: bool = False,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> ExaminationReport:
        """Examine up to `limit` AIPs that were not yet, or the one named; `again`: those that these tools did not examine.
        No further one is begun once `may_begin` says no.

        Whatever ends the run, what is done is recorded. NotHere for an unknown AIP. Unavailable if no tool starts; DiskFull if
        a copy for a tool has no room.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        kinds = self.policies.formats.examination.kinds
        terms = ExaminationTerms(self.examiner.tools(), kinds, self.policies.versions.get("formats"))
        report = ExaminationReport()
        group = _Group()
        progress.begin("examination", None)
        try:
            for one in takewhile(lambda _: may_begin(), self._unexamined(terms.agent if again else ACT, aip, limit)):
                try:
                    self._examine(self.catalogue.versions(one)[-1], terms, group, report, progress, again=again)
                except CannotRead as error:
                    report.waiting.append((one, str(error)))
                if group.is_full:
                    self._flush(group)
        finally:
            self._flush(group)
        progress.end()
        return report

    def _unexamined(self, agent: str, aip: str | None, limit: int | None) -> Iterator[str]:
        def page_after(after: str | None) -> Page:
            return self.catalogue.heads_without_act([agent], after=after, limit=PAGE, aip=aip)

        return heads_left(page_after, but=self.locations.repository, limit=limit)

    def _examine(
        self,
        version: AIPVersion,
        terms: ExaminationTerms,
        group: _Group,
        report: ExaminationReport,
        progress: Progress,
        *,
        again: bool,
    ) -> None:
        known = self.catalogue.examination_table().validities(version.aip, version.number)
        record = ExaminationRecord(
            self.recorder, terms, objects=_objects(version), done=[_done(version)], time=self.clock.now()
        )
        for batch in self._batches(version, terms.kinds, {} if again else known):
            answers = self.examiner.examine([_to_examine(file, path) for file, path in batch])
            for (file, _), one in zip(batch, answers, strict=True):
                was_sound = known.get(file.logical_path) in SOUND
                record.add(file.logical_path, one, was_sound=was_sound)
                report.add(version.aip, file.logical_path, one, was_sound=was_sound)
            group.files += len(batch)
            progress.advance(sum(file.size for file, _ in batch))
            if record.waiting >= GROUP_PARTS:
                group.add(version, record.take())
                self._flush(group)
        group.add(version, record.finish())
        report.aips += 1

    def _batches(self, version: AIPVersion, kinds: frozenset[Kind], known: Mapping[str, Validity]) -> Iterator[Batch]:
        content = HeldContents(self.catalogue, self.replicas, self.locations).of(version, self.scratch)
        files = (
            file
            for _, file in listed(self.catalogue, version.aip, version.number)
            if file.logical_path not in known and is_examined(file, kinds)
        )
        return proven_batches(content, files, most_files=BATCH_FILES, most_copied=BATCH_COPIED)

    def _flush(self, group: _Group) -> None:
        if group.events:
            with self.catalogue.begin() as tx:
                for (aip, number), events in group.events.items():
                    time = events[0].event.time
                    tx.save_examinations(aip, number, time, filed(one.private for one in events))
                    tx.append_events(events)
        group.events, group.files, group.parts = {}, 0, 0


def is_examined(file: StoredFile, kinds: frozenset[Kind]) -> bool:
    """Whether a file is one to look into: content, not a document that we made, of one of the kinds."""
    found = file.format
    return not file.is_document and kind_of(found.puid if found else None, found.mime if found else "") in kinds


def _to_examine(file: StoredFile, path: str) -> FileToExamine:
    return FileToExamine(path, file.format.puid, file.format.mime) if file.format else FileToExamine(path, None)


def _objects(version: AIPVersion) -> Sequence[LinkedObject]:
    digest = f"sha512:{version.inventory_digest}"
    return [LinkedObject(id=version.aip, kind="aip", version=version.number, digest=digest)]


def _done(version: AIPVersion) -> LinkedObject:
    return LinkedObject(id=version_id(version.aip, version.number), kind="aip version")
