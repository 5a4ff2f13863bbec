"""A new version of an AIP that the repository makes from what it holds: with another representation, or without one.

It is made as an ingest makes one, through a transfer of its own, so that locks, attempts, fences, reading back and recovery hold
for it unchanged. Whoever asks gives the transfer's id, made from what is to be done and to which version: asked again, with any
number of processes killed in between, the same version comes of it once.

    accept    the transfer is running, its target decided; one that was left by somebody else is taken over first
    stage     what the change adds, written to every replica
    describe  PREMIS and METS of the new state
    seal      inventory, flush, read back
    commit    the version becomes the head                                  <- from here on a crash is finished, not undone
    record    version, files, copies, events, the transfer's status: one transaction
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import (
    AIPSummary,
    AIPVersion,
    NewAIPVersion,
    StoredFile,
    Transfer,
    TransferStatus,
)
from preservation.domain.ledger import EncodedEvent
from preservation.domain.packages import PackageFile
from preservation.domain.policies import Policies
from preservation.errors import Conflict, NotHere, Superseded, Unsettled
from preservation.ports import Catalogue, Clock, Progress
from preservation.services import writing
from preservation.services.bases import BaseVersion, read_base
from preservation.services.ingest_request import IngestResult
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.recovery import transaction
from preservation.services.replica_set import ReplicaSet
from preservation.services.settling import settle, transfer_objects
from preservation.services.transfer_desk import TransferDesk
from preservation.services.versions import VersionToMake, seal_version, write_digested, write_head_documents
from preservation.standards.aip_documents import Agent, AIPFacts
from preservation.standards.ocfl.content_paths import ContentPaths


@dataclass(frozen=True, slots=True)
class Staging:
    """Where a change puts what it adds. `files` is the state of the version before, `number` that of the one to be."""

    writers: writing.ReplicaWriters
    paths: ContentPaths
    base: BaseVersion
    transfer: Transfer
    files: Sequence[StoredFile]
    held: dict[bytes, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.transfer.target[1]

    def put(self, logical_path: str, chunks: Iterable[bytes]) -> StoredFile:
        """Stage a file; bytes that the AIP holds already are not kept twice."""
        row = write_digested(self.writers, logical_path, self.paths.assign(logical_path), chunks, self.held)
        self.held[row.sha512] = row.content_path
        return row


@dataclass(frozen=True, slots=True)
class ChangedState:
    """What a change makes of an AIP: its whole new state (documents of ours among it do not count), and what is told of it."""

    files: Sequence[StoredFile]
    events: Sequence[EncodedEvent]
    agents: Sequence[Agent] = ()


class Change(Protocol):
    """What is new. It runs under the AIP's lock, and may run again, for another attempt."""

    @property
    def package_type(self) -> str:
        """What the transfer is called ("migration")."""
        ...

    def stage(self, staging: Staging) -> ChangedState:
        """Raises Conflict if the AIP is no longer what the change is for."""
        ...


@dataclass(frozen=True, slots=True)
class DerivedVersions:
    """The service."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    clock: Clock
    policies: Policies
    software: Agent
    desk: TransferDesk

    def make(self, id: str, aip: str, base: int, change: Change, progress: Progress) -> IngestResult:
        """The version that the transfer `id` makes from version `base`; what it came to, if it has come to something already.

        NotHere for an unknown AIP. Conflict if its head is another version than `base`; InUse while somebody works on it;
        Unavailable where it could not be made now, Superseded if somebody else has taken it on.
        """
        with self.desk.working_on(id, aip):
            transfer = self._accept(id, aip, base, change)
            if isinstance(transfer, IngestResult):
                return transfer
            try:
                return self._store(transfer, change, progress)
            except (Unsettled, Superseded):
                # It stays as running: recovery sees whether a replica holds the version.
                raise
            except Exception as error:
                # Nothing is at any replica yet: whatever went wrong, nobody has to find that out again.
                self.desk.fail(transfer, error)
                raise

    def _accept(self, id: str, aip: str, base: int, change: Change) -> Transfer | IngestResult:
        known = self.catalogue.transfer(id)
        taken = self.desk.take_over(known) if known is not None else None
        if isinstance(taken, IngestResult):
            return taken
        self.desk.recovery.settle_left(aip, but=id)
        summary = self.catalogue.aip(aip)
        if summary is None:
            raise NotHere(f"there is no AIP {aip}")
        if summary.head != base:
            raise Conflict(f"{aip} is at version {summary.head}, no longer at {base}")
        transfer = taken or Transfer(id, TransferStatus.RUNNING, summary.collection, self.clock.now(), attempt=1)
        transfer = replace(transfer, package_type=change.package_type, aip=aip, version=base + 1)
        accepted = self.recorder.event(
            EventType.TRANSFER,
            EventOutcome.SUCCESS,
            objects=transfer_objects(transfer),
            detail={"carrier": change.package_type, "package_type": change.package_type},
            time=transfer.created,
        )
        with self.catalogue.begin() as tx:
            tx.save_transfer(transfer, taken_on=True)
            if known is None:
                tx.append_events([accepted])
        return transfer

    def _store(self, transfer: Transfer, change: Change, progress: Progress) -> IngestResult:
        aip, number = transfer.target
        object_root = self.locations.object_root(aip)
        base = read_base(self.catalogue, self.replicas, aip, object_root)
        if base.inventory.head != number - 1:
            raise Conflict(f"{aip} got its version {number} from somebody else")
        summary = self.catalogue.aip(aip)
        if summary is None:
            raise NotHere(f"there is no AIP {aip}")
        with writing.begin(
            [store for store in self.replicas.writable.values() if store.id in base.replicas],
            tx=transaction(transfer),
            object_root=object_root,
            version=number,
            base=base.inventory_digest,
            source_path=_nowhere,
        ) as writers:
            files = list(self.catalogue.files(aip))
            staging = Staging(writers, ContentPaths(number), base, transfer, files, dict(base.held))
            changed = change.stage(staging)
            return self._write(staging, changed, summary, progress)

    def _write(self, staging: Staging, changed: ChangedState, summary: AIPSummary, progress: Progress) -> IngestResult:
        transfer, writers, base = staging.transfer, staging.writers, staging.base
        now = self.clock.now()
        facts = AIPFacts(
            aip=summary.id,
            title=base.title,
            version=staging.number,
            created=base.created,
            version_created=now,
            collection=summary.collection,
            collection_code=self._code(summary.collection),
            transfer=transfer.id,
            software=self.software.name,
            software_version=self.software.version,
        )
        files = write_head_documents(
            writers,
            staging.paths,
            facts,
            changed.files,
            held=staging.held,
            events=[one.event for one in changed.events],
            agents=[self.software, *changed.agents],
        )
        message = f"transfer {transfer.id}"
        made = seal_version(
            writers,
            VersionToMake(
                object_id=summary.id,
                number=staging.number,
                base=base.inventory,
                created=now,
                message=message,
                user_name=self.software.name,
                user_address=self.locations.repository,
                files=files,
            ),
            progress,
        )
        self.desk.check_ours(transfer)
        try:
            writers.commit()
        except Conflict:
            raise
        except Exception as error:
            raise Unsettled(str(error)) from error
        version = AIPVersion(
            aip=summary.id,
            number=staging.number,
            created=now,
            inventory_digest=made.inventory_digest,
            file_count=len(files),
            bytes=sum(file.size for file in files),
            transfer=transfer.id,
            message=message,
        )
        try:
            return self._record(transfer, version, summary, files, writers, changed.events)
        except Superseded:
            raise
        except Exception as error:
            # Replicas hold the version already: recovery records it.
            raise Unsettled(str(error)) from error

    def _record(
        self,
        transfer: Transfer,
        version: AIPVersion,
        summary: AIPSummary,
        files: Sequence[StoredFile],
        writers: writing.ReplicaWriters,
        events: Sequence[EncodedEvent],
    ) -> IngestResult:
        settled = settle(
            catalogue=self.catalogue,
            recorder=self.recorder,
            policies=self.policies,
            transfer=transfer,
            new=NewAIPVersion(
                version=version,
                collection=summary.collection,
                title=summary.title,
                files=files,
                dublin_core=tuple(self.catalogue.dublin_core(summary.id)),
            ),
            held_by=writers.replicas,
            lacking={**self.replicas.missed, **writers.dropped},
            known=self.replicas.expected,
            events=events,
            now=self.clock.now(),
        )
        return IngestResult(
            transfer=transfer.id,
            status=settled.status,
            aip=summary.id,
            version=version.number,
            findings=(),
            files=version.file_count,
            bytes=version.bytes,
            copies=settled.copies,
            wanted=settled.wanted,
        )

    def _code(self, collection: str) -> str:
        return next((one.code for one in self.catalogue.collections() if one.id == collection), collection)


def _nowhere(file: PackageFile) -> None:
    """What is made here was never a file of a package."""
    del file
