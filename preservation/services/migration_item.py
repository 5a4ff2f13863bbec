"""One AIP of a plan, from its files to its new version (CPP-014).

    begun       the item says which version it starts from; from here on the same transfer is asked for
    forgotten   what the journal tells of files that are no longer meant, or have other bytes now
    proven      each file's bytes are read from a replica and compared with their digests, before any tool sees them
    tried       converted, identified again, examined, compared: a batch at a time, two files at once
    kept        what is good, and a line of the journal for each file: a kill costs the files in hand
    made        one version with one more representation, whatever the number of files  (derived_versions)
    ended       the item's outcome, counted in its plan (migration_endings); then the work folder goes

A process that is killed anywhere leaves an item that the next one carries on: the journal, the transfer and the item's state are
each asked before anything is done again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.migration_plans import MigrationItem, MigrationPlan
from preservation.errors import Conflict, DiskFull, InUse, NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, Progress, ScratchFolder
from preservation.ports.migrations import MigrationPlaces, MigrationWork
from preservation.services.derived_versions import DerivedVersions
from preservation.services.held_content import HeldContent, HeldContents
from preservation.services.locations import Locations
from preservation.services.migration_batch import BatchMigrator, Migrated, NotMigrated, ProvenSource
from preservation.services.migration_counts import Counted, counted
from preservation.services.migration_document import NewRepresentation
from preservation.services.migration_endings import ItemEndings, made_version, transfer_id
from preservation.services.migration_entries import entry_of
from preservation.services.migration_meant import meant_files
from preservation.services.replica_set import ReplicaSet

BATCH_FILES = 16
BATCH_BYTES = 64 << 20
# An AIP of which a file cannot be read is tried so often, ever later; then the file is left.
PATIENCE = 3


class Next(StrEnum):
    """What is to be done after a batch. GIVE_UP: the plan is stopped, or has to be, so the AIP ends here."""

    GO_ON = "go on"
    REST = "rest"
    GIVE_UP = "give up"


class Interrupted(Exception):
    """Somebody wants the run to rest: the item stays as it is, to be carried on."""


class PutOff(Exception):
    """This AIP cannot be read or written now; that says nothing of others. `unread`: every replica was asked for a source."""

    def __init__(self, reason: str, *, unread: bool = False) -> None:
        super().__init__(reason)
        self.unread = unread


class _GivenUp(Exception):
    """The plan is stopped."""


def work_name(plan: str, ordinal: int) -> str:
    """What an item's work folder is called."""
    return f"{plan.removeprefix('urn:uuid:')}-{ordinal}"


@dataclass(frozen=True, slots=True)
class ItemRun:
    """The service. `goes_on` is asked between batches, with what this AIP has come to so far."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    versions: DerivedVersions
    migrator: BatchMigrator
    places: MigrationPlaces
    endings: ItemEndings
    plan: MigrationPlan
    suffix: str
    goes_on: Callable[[Counted], Next]

    def run(self, item: MigrationItem, progress: Progress) -> MigrationItem:
        """Bring it to its end; as it then is. The caller keeps everybody else from it.

        Raises Interrupted where `goes_on` wants a rest, PutOff where this AIP has to wait, InUse while somebody else changes it,
        DiskFull where no AIP has room, Unavailable where tools or the database do not answer.
        """
        name = work_name(item.plan, item.ordinal)
        work = self.places.open(name)
        try:
            ended = self._carry_on(item, work, self.places.scratch(name), progress)
        except _GivenUp:
            ended = self.endings.given_up(self._as_it_is(item), work)
        except DiskFull as error:
            # Its own results take room too: a disk that is full without them is full for everybody.
            if work.room() + counted(work).result_bytes // 2 < BATCH_BYTES:
                raise
            ended = self.endings.without_room(item, str(error))
        work.clear()
        return ended

    def _as_it_is(self, item: MigrationItem) -> MigrationItem:
        return self.catalogue.migration_table().item(item.plan, item.ordinal) or item

    def _carry_on(
        self, item: MigrationItem, work: MigrationWork, scratch: ScratchFolder, progress: Progress
    ) -> MigrationItem:
        if (made := made_version(self.catalogue, item)) is not None:
            return self.endings.migrated(item, made, work)
        # A transfer that was left running is of the head still: nothing else can be made before it is settled.
        version = self._head(item.aip)
        if not self.catalogue.migration_table().begin_item(item.plan, item.ordinal, version.number):
            raise Conflict(f"the item {item.ordinal} of {item.plan} has come to its end")
        item = replace(item, base=version.number, attempts=item.attempts + 1)
        counts = self._try_files(item, version, work, scratch, progress)
        if not counts.migrated:
            return self.endings.unchanged(item, work)
        return self.endings.migrated(item, self._make(item, version.number, work, progress), work)

    def _make(self, item: MigrationItem, base: int, work: MigrationWork, progress: Progress) -> int:
        change = NewRepresentation(self.plan, work, self.suffix, self.endings.recorder, self.endings.policy)
        transfer = transfer_id(self.plan.id, item.aip, base)
        try:
            result = self.versions.make(transfer, item.aip, base, change, progress)
        except (InUse, DiskFull):
            raise
        except (Unavailable, Conflict, NotHere) as error:
            raise PutOff(str(error)) from error
        return result.version or base + 1

    def _head(self, aip: str) -> AIPVersion:
        versions = self.catalogue.versions(aip)
        if not versions:
            raise PutOff(f"there is no AIP {aip}")
        return versions[-1]

    def _try_files(
        self,
        item: MigrationItem,
        version: AIPVersion,
        work: MigrationWork,
        scratch: ScratchFolder,
        progress: Progress,
    ) -> Counted:
        """Every file that the plan means; what the journal tells of is not tried again, if it is still so."""
        wanted = {file.logical_path: file for file in meant_files(self.catalogue, self.plan, version)}
        for source in work.sources():
            if source in wanted and work.entry(source)["sha256"] == wanted[source].sha256.hex():
                del wanted[source]
            else:
                work.forget(source)
        counts = counted(work)
        content = HeldContents(self.catalogue, self.replicas, self.locations).of(version, scratch)
        try:
            for batch in _batches(list(wanted.values())):
                self._ask(counts)
                if sum(file.size for file in batch) > work.room():
                    raise DiskFull(f"the results of {version.aip} and their copies have no room here")
                self._try_batch(batch, content, item, work, counts)
                scratch.clear()
                progress.advance(sum(file.size for file in batch))
        finally:
            scratch.clear()
        return counts

    def _ask(self, counts: Counted) -> None:
        match self.goes_on(counts):
            case Next.REST:
                raise Interrupted
            case Next.GIVE_UP:
                raise _GivenUp
            case Next.GO_ON:
                return

    def _try_batch(
        self,
        batch: Sequence[StoredFile],
        content: HeldContent,
        item: MigrationItem,
        work: MigrationWork,
        counts: Counted,
    ) -> None:
        proven: list[ProvenSource] = []
        for file in batch:
            try:
                proven.append(ProvenSource(file, content.path_of(file)[0]))
            except DiskFull:
                raise
            except ReplicaAway as error:
                # It may be there: that is no reason to leave the file, however long it lasts.
                raise PutOff(f"{file.logical_path}: {error}") from error
            except Unavailable as error:
                if item.unread + 1 < PATIENCE:
                    raise PutOff(f"{file.logical_path}: {error}", unread=True) from error
                self._keep(file, NotMigrated("SOURCE-UNREADABLE", str(error)), work, counts)
        for source, (outcome, folder) in zip(proven, self.migrator.migrate(proven, work), strict=True):
            self._keep(source.file, outcome, work, counts)
            work.drop(folder)

    def _keep(self, file: StoredFile, outcome: Migrated | NotMigrated, work: MigrationWork, counts: Counted) -> None:
        entry = entry_of(file, outcome)
        results = [one.kept.path for one in outcome.results] if isinstance(outcome, Migrated) else []
        work.keep(file.logical_path, entry, results)
        counts.take(entry)


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
