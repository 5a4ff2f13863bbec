"""What the events of a ledger say of transfers and copies: rebuilt as the services that recorded them did it."""

from dataclasses import replace
from datetime import datetime

from preservation.domain.events import Event, EventOutcome, EventType
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, ReplicaState, Transfer, TransferStatus
from preservation.services.repair_limits import HELD, RELEASED
from preservation.services.replica_changes import ATTACHED, DRAINING, KEPT, RETIRED

# What acts on replicas leave them as. One that came to be as any other is may be anywhere: that is not for events to say.
_STATE_AFTER = {
    DRAINING: ReplicaState.DRAINING,
    HELD: ReplicaState.HELD,
    KEPT: None,
    RELEASED: None,
    RETIRED: ReplicaState.RETIRED,
}


def batch_of(event: Event) -> tuple[str, str] | None:
    """The fixity batch that an event records, and its file's digest ("sha256:<hex>")."""
    batch, digest = event.detail.get("batch"), event.detail.get("file")
    if event.type is EventType.FIXITY_CHECK and isinstance(batch, str) and isinstance(digest, str):
        return batch, digest
    return None


class History:
    """What passing events leave behind: transfers, copies, and what was decided about replicas (`states`, by id)."""

    def __init__(self) -> None:
        self.transfers: dict[str, Transfer] = {}
        self.copies: dict[str, dict[str, CopyRecord]] = {}
        self.states: dict[str, ReplicaState] = {}

    def see(self, event: Event) -> None:
        """Take one event into account."""
        linked = {one.kind: one for one in event.objects}
        if "transfer" in linked:
            self._transfer(event)
        if "replica" in linked and "aip" not in linked:
            self._replica(linked["replica"].id, event.detail.get("act"))
        if event.type is EventType.REPLICATION and "aip" in linked and "replica" in linked:
            aip, replica = linked["aip"], linked["replica"]
            if aip.version is not None:
                self._write(aip.id, replica.id, aip.version, event)

    def check(self, aip: str, replica: str, version: int, state: CopyState, time: datetime) -> None:
        """Take one line of a fixity batch into account."""
        held = self.copies.setdefault(aip, {}).get(replica) or CopyRecord(aip, replica, version, state)
        checked = held.checked if state is CopyState.UNREADABLE else time
        self.copies[aip][replica] = replace(held, state=state, checked=checked)

    def adopt(self, version: AIPVersion, collection: str) -> None:
        """A version that was committed and never recorded: recovery does that, for a transfer that is running."""
        if version.transfer is not None:
            known = self.transfers.get(version.transfer)
            if known is None or known.status in (TransferStatus.RUNNING, TransferStatus.FAILED):
                self.transfers[version.transfer] = Transfer(
                    id=version.transfer,
                    status=TransferStatus.RUNNING,
                    collection=collection,
                    created=known.created if known is not None else version.created,
                    aip=version.aip,
                    version=version.number,
                )

    def _replica(self, replica: str, act: object) -> None:
        if act == ATTACHED and self.states.get(replica) is ReplicaState.RETIRED:
            # Nobody had looked after what it holds.
            del self.states[replica]
            for copies in self.copies.values():
                if replica in copies and copies[replica].state is CopyState.INTACT:
                    copies[replica] = replace(copies[replica], state=CopyState.PENDING)
        if not isinstance(act, str) or act not in _STATE_AFTER:
            return
        state = _STATE_AFTER[act]
        if state is None:
            self.states.pop(replica, None)
        else:
            self.states[replica] = state

    def _write(self, aip: str, replica: str, version: int, event: Event) -> None:
        """What a copy came to by one replication, as `settling` and `replication` record it."""
        copies = self.copies.setdefault(aip, {})
        if event.outcome is EventOutcome.SUCCESS:
            copies[replica] = CopyRecord(aip, replica, version, CopyState.INTACT, event.time, event.time)
            return
        copy = copies.get(replica) or CopyRecord(aip, replica, 0, CopyState.PENDING)
        if event.outcome is EventOutcome.WARNING:
            copy = replace(copy, version=version, written=event.time)
        elif copy.state is CopyState.INTACT:
            copy = replace(copy, state=CopyState.PENDING)
        copies[replica] = copy

    def _transfer(self, event: Event) -> None:
        linked = {one.kind: one for one in event.objects}
        transfer = linked["transfer"].id
        known = self.transfers.get(transfer)
        if known is None:
            known = Transfer(
                id=transfer,
                status=TransferStatus.RUNNING,
                collection=linked["collection"].id if "collection" in linked else "",
                created=event.time,
                aip=linked["aip"].id if "aip" in linked else None,
                version=linked["aip"].version if "aip" in linked else None,
            )
        package_type, status = event.detail.get("package_type"), event.detail.get("status")
        if isinstance(package_type, str):
            known = replace(known, package_type=package_type)
        if isinstance(status, str):
            known = replace(known, status=TransferStatus(status))
        self.transfers[transfer] = known
