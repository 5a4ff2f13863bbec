"""After a crash: what was committed on a replica is finished and recorded, everything else is undone.

Nothing was acknowledged for a transfer that is still `running`; whether it took place is for the replicas to say. The events of
a finished one come from the AIP's own PREMIS, with the ids that they were made with, so none is recorded twice.

A process holds the lock of the transfer that it works on. Where the lock is free, the process is gone, or cut off: the transfer
is taken over, which fences that process off (`transfer_desk`), before the replicas are asked.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from preservation.domain.events import Event, EventOutcome, EventType
from preservation.domain.holdings import ReplicaState, Transfer, TransferStatus
from preservation.domain.policies import Policies
from preservation.errors import NotHere, Superseded, Unavailable
from preservation.ports import Catalogue, Clock, Locks, ReplicaStore
from preservation.services.indexing import IndexedVersion, index_version, read_head
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet
from preservation.services.settling import settle, transfer_objects
from preservation.standards.ledger_entry import encode
from preservation.standards.ocfl.inventory import InvalidInventory, parse


@dataclass(frozen=True, slots=True)
class Recovered:
    """An interrupted transfer and what became of it: still `running` where no replica that answers holds it.

    `in_doubt` are the replicas that may hold it all the same, each with the reason why nobody can tell.
    """

    transfer: str
    status: TransferStatus
    aip: str | None
    attempt: int = 0
    in_doubt: Mapping[str, str] = field(default_factory=dict)


def transaction(transfer: Transfer) -> str:
    """The name under which an attempt stages its version: one of its own, so that each can be fenced off by itself."""
    return f"{transfer.id.removeprefix('urn:uuid:')}-{transfer.attempt}"


def check_ours(catalogue: Catalogue, transfer: Transfer) -> None:
    """Raises Superseded if somebody else has taken the transfer on."""
    recorded = catalogue.transfer(transfer.id)
    if recorded is None or recorded.attempt != transfer.attempt:
        raise Superseded(f"{transfer.id} was taken on by somebody else")


@dataclass(frozen=True, slots=True)
class Recovery:
    """The service. Running it twice is running it once; it may be killed at any point itself."""

    catalogue: Catalogue
    locations: Locations
    replicas: ReplicaSet
    recorder: EventRecorder
    clock: Clock
    policies: Policies
    locks: Locks

    def recover(self) -> Sequence[Recovered]:
        """Settle the replicas' own transactions first, then every transfer that was running and that nobody works on.

        One that was deposited with the service is left to its job, which carries it on.
        """
        for store in self.replicas.stores.values():
            # One that cannot be written to has nothing to settle that could be settled now; its content still counts.
            with suppress(Unavailable):
                store.recover()
        recovered: list[Recovered] = []
        for transfer in list(self.catalogue.transfers(TransferStatus.RUNNING)):
            with self.locks.try_hold(f"transfer:{transfer.id}") as is_free:
                if is_free and self.catalogue.deposit(transfer.id) is None:
                    # Somebody who works on it without its lock is not in our way: theirs is the newer attempt.
                    with suppress(Superseded):
                        recovered.extend(self._recover(transfer.id))
        return recovered

    def settle_left(self, aip: str, *, but: str) -> None:
        """See to every other submission to an AIP that was left running, so that a version can follow. The caller has its lock.

        Raises Unavailable where somebody is at one, or where a replica that cannot be asked may hold what it was to become.
        """
        for left in list(self.catalogue.transfers(TransferStatus.RUNNING)):
            if left.aip != aip or left.id == but:
                continue
            with self.locks.try_hold(f"transfer:{left.id}") as is_free:
                if not is_free or any(one.in_doubt for one in self._recover(left.id)):
                    raise Unavailable(f"an interrupted submission to {aip} waits for a replica that is away")

    def _recover(self, id: str) -> Sequence[Recovered]:
        # It may have come to its end before the lock was ours.
        transfer = self.catalogue.transfer(id)
        if transfer is None or transfer.status is not TransferStatus.RUNNING:
            return []
        taken = self.take_over(transfer)
        is_undone = taken.status is TransferStatus.RUNNING and not taken.in_doubt
        if is_undone and self.catalogue.deposit(id) is None:
            return [self._fail(replace(transfer, attempt=taken.attempt))]
        return [taken]

    def take_over(self, transfer: Transfer) -> Recovered:
        """Fence off whoever had a running transfer, and record it if a replica holds it. The caller has its lock.

        It stays `running`, with the attempt that is ours now, if no replica that answers holds it; with `in_doubt` it must
        stay so, because one that does not may. Doing it again goes on where this was cut off. Raises Superseded.
        """
        in_doubt = self._beyond_reach()
        stores = list(self.replicas.stores.values())
        if in_doubt and not any(self._may_hold(store, transfer) for store in stores):
            # Nothing can be decided now: attempts are not counted while everybody waits.
            return Recovered(transfer.id, TransferStatus.RUNNING, None, transfer.attempt, in_doubt)
        earlier, transfer = transfer, replace(transfer, attempt=transfer.attempt + 1)
        with self.catalogue.begin() as tx:
            tx.save_transfer(transfer, taken_on=True)
        holders: list[ReplicaStore] = []
        for store in stores:
            try:
                for attempt in range(earlier.attempt + 1):
                    store.fence(transaction(replace(earlier, attempt=attempt)))
                if self._holds(store, transfer):
                    holders.append(store)
            except Unavailable as error:
                # What it holds now may not be all that it comes to hold.
                in_doubt[store.id] = str(error)
        return self._settle(transfer, holders, in_doubt)

    def _beyond_reach(self) -> dict[str, str]:
        """The replicas that cannot be asked: those that are away, and those that were added since we looked."""
        known = self.replicas.records
        added = [one for one in self.catalogue.replicas() if one.id not in known]
        return {
            **self.replicas.away,
            **{one.id: "it was added meanwhile" for one in added if one.state is not ReplicaState.RETIRED},
        }

    def _settle(self, transfer: Transfer, holders: Sequence[ReplicaStore], in_doubt: dict[str, str]) -> Recovered:
        aip, number = transfer.target
        indexed: IndexedVersion | None = None
        for store in holders:
            try:
                indexed = index_version(store, self.locations.object_root(aip), number)
                break
            except (NotHere, Unavailable, InvalidInventory) as error:
                in_doubt[store.id] = f"it holds {aip} v{number}, but not all of it can be read: {error}"
        if indexed is None:
            return Recovered(transfer.id, TransferStatus.RUNNING, None, transfer.attempt, in_doubt)
        held_by = [store.id for store in holders]
        settled = settle(
            catalogue=self.catalogue,
            recorder=self.recorder,
            policies=self.policies,
            transfer=replace(transfer, package_type=package_type_of(indexed) or transfer.package_type),
            new=indexed.new,
            # They have read it back before they committed it; what became of it since is for the next fixity run.
            held_by=held_by,
            lacking={replica: reason for replica, reason in in_doubt.items() if replica not in held_by},
            known=self.replicas.expected,
            events=[encode(_as_recovered(event), b"") for event in indexed.events],
            now=self.clock.now(),
        )
        return Recovered(transfer.id, settled.status, aip, transfer.attempt)

    def _may_hold(self, store: ReplicaStore, transfer: Transfer) -> bool:
        try:
            return self._holds(store, transfer)
        except Unavailable:
            return False

    def _holds(self, store: ReplicaStore, transfer: Transfer) -> bool:
        """Whether a replica that was fenced holds the version. Raises Unavailable if that cannot be found out.

        A root inventory that is damaged cannot tell. The version's own can: the fence has left only what was committed.
        """
        aip, number = transfer.target
        root = self.locations.object_root(aip)
        try:
            inventory, _ = read_head(store, root)
        except (NotHere, Unavailable):
            own = f"{root}/v{number}/inventory.json"
            try:
                inventory = parse(store.read(own))
            except NotHere:
                return False
            except InvalidInventory as error:
                raise Unavailable(f"{own} is not a valid inventory: {error}") from error
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


def _as_recovered(event: Event) -> Event:
    """An event of a finished version without the link that says that all of the version was looked into.

    What was found was lost with the process, so that it has to be found again.
    """
    return replace(event, objects=tuple(one for one in event.objects if one.kind != "aip version"))
