"""After a crash: what was committed on a replica is finished and recorded, everything else is undone.

Nothing was acknowledged for a transfer that is still `running`; whether it took place is for the replicas to say. The events of
a finished one come from the AIP's own PREMIS, with the ids that they were made with, so none is recorded twice.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.policies import Policies
from preservation.errors import NotHere, Unavailable
from preservation.ports import Catalogue, Clock, ReplicaStore
from preservation.services.indexing import IndexedVersion, index_version, read_head
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet
from preservation.services.settling import settle, transfer_objects
from preservation.standards.ledger_entry import encode


@dataclass(frozen=True, slots=True)
class Recovered:
    """An interrupted transfer and what became of it."""

    transfer: str
    status: TransferStatus
    aip: str | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """The service. Running it twice is running it once; it may be killed at any point itself."""

    catalogue: Catalogue
    locations: Locations
    replicas: ReplicaSet
    recorder: EventRecorder
    clock: Clock
    policies: Policies

    def recover(self) -> Sequence[Recovered]:
        """Settle the replicas' own transactions first, then every transfer that was running."""
        for store in self.replicas.stores.values():
            # One that cannot be written to has nothing to settle that could be settled now; its content still counts.
            with suppress(Unavailable):
                store.recover()
        running = list(self.catalogue.transfers(TransferStatus.RUNNING))
        return [self._settle(transfer) for transfer in running]

    def _settle(self, transfer: Transfer) -> Recovered:
        aip, number = transfer.target
        holders = [store for store in self.replicas.stores.values() if self._holds(store, transfer)]
        if not holders:
            if self.replicas.away:
                # A replica that is away may hold it: the answer waits until it is back.
                return Recovered(transfer.id, TransferStatus.RUNNING, None)
            return self._fail(transfer)
        indexed = index_version(holders[0], self.locations.object_root(aip), number)
        settled = settle(
            catalogue=self.catalogue,
            recorder=self.recorder,
            policies=self.policies,
            transfer=replace(transfer, package_type=package_type_of(indexed)),
            new=indexed.new,
            held_by=[store.id for store in holders],
            lacking=self.replicas.away,
            known=list(self.replicas.records),
            events=[encode(event, b"") for event in indexed.events],
            now=self.clock.now(),
        )
        return Recovered(transfer.id, settled.status, aip)

    def _holds(self, store: ReplicaStore, transfer: Transfer) -> bool:
        aip, number = transfer.target
        try:
            inventory, _ = read_head(store, self.locations.object_root(aip))
        except (NotHere, Unavailable):
            return False
        block = inventory.versions.get(number)
        return block is not None and block.message == f"transfer {transfer.id}"

    def _fail(self, transfer: Transfer) -> Recovered:
        event = self.recorder.event(
            EventType.INGESTION,
            EventOutcome.FAILURE,
            objects=transfer_objects(transfer),
            detail={"error": "Interrupted", "status": "failed"},
        )
        with self.catalogue.begin() as tx:
            tx.save_transfer(replace(transfer, status=TransferStatus.FAILED))
            tx.append_events([event])
        return Recovered(transfer.id, TransferStatus.FAILED, None)


def package_type_of(indexed: IndexedVersion) -> str | None:
    """What the submission was, as its validation event tells."""
    for event in indexed.events:
        if event.type is EventType.VALIDATION:
            value = event.detail.get("package_type")
            return value if isinstance(value, str) else None
    return None
