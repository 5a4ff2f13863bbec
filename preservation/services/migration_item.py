"""One AIP of a plan, from its files to its new version (CPP-014).

    begun       the item says which version it starts from; from here on the same transfer is asked for
    proven      each file's bytes are read from a replica and compared with their digests, before any tool sees them
    tried       converted, identified again, examined, compared: a batch at a time, two files at once
    kept        what is good, and a line of the journal for each file: a kill costs the files in hand
    made        one version with one more representation, whatever the number of files  (derived_versions)
    ended       the item's outcome, counted in its plan; then the work folder goes

A process that is killed anywhere leaves an item that the next one carries on: the journal, the transfer and the item's state are
each asked before anything is done again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.examinations import Validity
from preservation.domain.holdings import AIPVersion, StoredFile, TransferStatus
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_plans import ItemState, MigrationItem, MigrationPlan
from preservation.errors import Conflict, DiskFull, NotHere, Unavailable
from preservation.ports import Catalogue, Clock, Progress, ScratchFolder
from preservation.ports.migrations import MigrationPlaces, MigrationTable, MigrationWork
from preservation.services.derived_versions import DerivedVersions
from preservation.services.held_content import HeldContent, HeldContents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.migration_batch import BatchMigrator, Migrated, NotMigrated, ProvenSource
from preservation.services.migration_document import (
    Counted,
    NewRepresentation,
    counted,
    is_content,
    plan_detail,
)
from preservation.services.migration_entries import entry_of
from preservation.services.replica_set import ReplicaSet

BATCH_FILES = 16
BATCH_BYTES = 64 << 20
# An AIP of which a file cannot be read waits so often for a replica to come back; then the file is left.
PATIENCE = 3
NO_ROOM = "NO-ROOM"

_MADE = (TransferStatus.STORED, TransferStatus.PRESERVED)
_MOST_SHOWN = 1000


class Interrupted(Exception):
    """Somebody wants the run to rest: the item stays as it is, to be carried on."""


def transfer_id(plan: str, aip: str, base: int) -> str:
    """Of what a plan does to a version of an AIP: asked for again, it is the same transfer."""
    return uuid5(NAMESPACE_URL, f"{plan}/{version_id(aip, base)}").urn


def work_name(plan: str, ordinal: int) -> str:
    """What an item's work folder is called."""
    return f"{plan.removeprefix('urn:uuid:')}-{ordinal}"


@dataclass(frozen=True, slots=True)
class ItemRun:
    """The service. `goes_on` is asked between batches, with what this AIP has come to so far."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    clock: Clock
    versions: DerivedVersions
    migrator: BatchMigrator
    places: MigrationPlaces
    plan: MigrationPlan
    suffix: str
    policy: str | None
    goes_on: Callable[[Counted], bool]

    @property
    def table(self) -> MigrationTable:
        return self.catalogue.migration_table()

    def run(self, item: MigrationItem, progress: Progress) -> MigrationItem:
        """Bring it to its end; as it then is. The caller keeps everybody else from it.

        Raises Interrupted where `goes_on` says no, Unavailable where replicas, tools or the database do not answer, InUse while
        somebody else changes the AIP.
        """
        name = work_name(item.plan, item.ordinal)
        work = self.places.open(name)
        try:
            ended = self._carry_on(item, work, self.places.scratch(name), progress)
        except DiskFull as error:
            ended = self._ended(item, ItemState.FAILED, Counted(0, 0, 0, 0, 0, {NO_ROOM: 1}), str(error))
        work.clear()
        return ended

    def _carry_on(
        self, item: MigrationItem, work: MigrationWork, scratch: ScratchFolder, progress: Progress
    ) -> MigrationItem:
        if (made := self._made(item)) is not None:
            return self._migrated(item, made, work)
        # A transfer that was left running is of the head still: nothing else can be made before it is settled.
        version = self._head(item.aip)
        if not self.table.begin_item(item.plan, item.ordinal, version.number):
            raise Conflict(f"the item {item.ordinal} of {item.plan} has come to its end")
        item = replace(item, base=version.number, attempts=item.attempts + 1)
        counts = self._try_files(item, version, work, scratch, progress)
        if not counts.migrated:
            return self._ended(item, ItemState.UNCHANGED, counts, "", work)
        change = NewRepresentation(self.plan, work, self.suffix, self.recorder, self.policy)
        transfer = transfer_id(self.plan.id, item.aip, version.number)
        result = self.versions.make(transfer, item.aip, version.number, change, progress)
        return self._migrated(item, result.version or version.number + 1, work)

    def _made(self, item: MigrationItem) -> int | None:
        """The version that an earlier attempt has made."""
        if item.base is None:
            return None
        known = self.catalogue.transfer(transfer_id(self.plan.id, item.aip, item.base))
        return known.version if known is not None and known.status in _MADE else None

    def _head(self, aip: str) -> AIPVersion:
        versions = self.catalogue.versions(aip)
        if not versions:
            raise NotHere(f"there is no AIP {aip}")
        return versions[-1]

    def _try_files(
        self,
        item: MigrationItem,
        version: AIPVersion,
        work: MigrationWork,
        scratch: ScratchFolder,
        progress: Progress,
    ) -> Counted:
        """Every file that the plan means; what the journal tells of is not tried again."""
        known = {source: work.entry(source)["sha256"] for source in work.sources()}
        counts = counted(work)
        wanted = [
            file
            for file in meant_files(self.catalogue, self.plan, version)
            if known.get(file.logical_path) != file.sha256.hex()
        ]
        content = HeldContents(self.catalogue, self.replicas, self.locations).of(version, scratch)
        try:
            for batch in _batches(wanted):
                if not self.goes_on(counts):
                    raise Interrupted
                if sum(file.size for file in batch) > work.room():
                    raise DiskFull(f"the results of {version.aip} and their copies have no room here")
                self._try_batch(batch, content, item.attempts, work, counts)
                scratch.clear()
                progress.advance(sum(file.size for file in batch))
        finally:
            scratch.clear()
        return counted(work)

    def _try_batch(
        self, batch: Sequence[StoredFile], content: HeldContent, attempts: int, work: MigrationWork, counts: Counted
    ) -> None:
        proven: list[ProvenSource] = []
        for file in batch:
            try:
                proven.append(ProvenSource(file, content.path_of(file)[0]))
            except DiskFull:
                raise
            except Unavailable as error:
                if attempts < PATIENCE:
                    raise
                self._keep(file, NotMigrated("SOURCE-UNREADABLE", str(error)), work, counts)
        for source, (outcome, folder) in zip(proven, self.migrator.migrate(proven, work), strict=True):
            self._keep(source.file, outcome, work, counts)
            work.drop(folder)

    def _keep(self, file: StoredFile, outcome: Migrated | NotMigrated, work: MigrationWork, counts: Counted) -> None:
        entry = entry_of(file, outcome)
        results = [one.kept.path for one in outcome.results] if isinstance(outcome, Migrated) else []
        work.keep(file.logical_path, entry, results)
        counts.take(entry)

    def _migrated(self, item: MigrationItem, version: int, work: MigrationWork) -> MigrationItem:
        item = replace(item, version=version, representation=self._representation(item.aip, version))
        return self._ended(item, ItemState.MIGRATED, counted(work), "")

    def _representation(self, aip: str, version: int) -> str | None:
        """The one that the version has and the one before had not: the last by its number."""
        names = [one.name for one in self.catalogue.representations(aip, version)]
        numbers = [int(name[3:]) for name in names if name.startswith("rep") and name[3:].isdigit()]
        return f"rep{max(numbers)}" if numbers else None

    def _ended(
        self, item: MigrationItem, state: ItemState, counts: Counted, reason: str, work: MigrationWork | None = None
    ) -> MigrationItem:
        now = self.clock.now()
        ended = replace(
            item,
            state=state,
            done=counts.migrated,
            failed=counts.failed,
            left=counts.left,
            done_bytes=counts.bytes,
            result_bytes=counts.result_bytes,
            reasons=counts.reasons,
            ended=now,
        )
        # What became a version has its event with that version.
        events = [] if state is ItemState.MIGRATED else [self._event(ended, reason, work)]
        self.table.end_item(ended, now=now, events=events)
        return ended

    def _event(self, item: MigrationItem, reason: str, work: MigrationWork | None) -> EncodedEvent:
        codes: dict[str, Json] = dict(item.reasons)
        private: dict[str, Json] = {"reason": reason} if reason else {}
        if work is not None:
            private["files"] = [
                {"path": source, "code": entry["code"], "detail": entry["detail"]}
                for source in work.sources()[:_MOST_SHOWN]
                if "code" in (entry := work.entry(source))
            ]
        objects = [LinkedObject(id=item.aip, kind="aip", version=item.base), LinkedObject(id=self.plan.id, kind="plan")]
        if item.base is not None:
            objects.append(LinkedObject(id=version_id(item.aip, item.base), kind="aip version"))
        return self.recorder.event(
            EventType.MIGRATION,
            EventOutcome.FAILURE,
            objects=objects,
            detail={
                **plan_detail(self.plan),
                "files": 0,
                "failed": item.failed,
                "left": item.left,
                "codes": codes,
                "state": item.state.value,
            },
            private=private,
            policy=self.policy,
        )


def meant_files(catalogue: Catalogue, plan: MigrationPlan, version: AIPVersion) -> list[StoredFile]:
    """The files of a version that a plan is for, in the order of their paths.

    Content in one of the rule's formats, of which there is no result in the target's yet, and of the validity that is selected.
    """
    rule, wanted = plan.rule, plan.selection.validity
    meant: list[StoredFile] = []
    done: set[str] = set()
    for file in catalogue.files(version.aip, version.number):
        puid = file.format.puid if file.format is not None else None
        if file.source is not None and puid == rule.target:
            # A result, even where the rule goes from a format to itself.
            done.add(file.source)
        elif puid in rule.sources and is_content(file.logical_path):
            meant.append(file)
    if wanted is not None:
        found = catalogue.examination_table().validities(version.aip, version.number)
        meant = [file for file in meant if found.get(file.logical_path, Validity.UNKNOWN) is wanted]
    return [file for file in meant if file.logical_path not in done]


def _batches(files: Sequence[StoredFile]) -> Iterator[Sequence[StoredFile]]:
    batch: list[StoredFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= BATCH_FILES or size + file.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
