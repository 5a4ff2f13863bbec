"""How much is repaired on a replica before a person must look: a failing disk is not repaired to death.

What was repaired is counted from the events of the last day, so that no restart and no other process begins anew. Where the
limit is reached the replica is `held`: nothing more is repaired on it, by anybody, until `release_repairs`; it is still read,
checked, and written to by what comes in.
"""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from preservation.domain.events import EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.domain.ledger import EventFilter
from preservation.domain.replication_policy import RepairLimits
from preservation.errors import Conflict, WrongUse
from preservation.ports import Catalogue, Clock
from preservation.services.ledger_recording import EventRecorder
from preservation.standards.ledger_entry import decode

DAY = timedelta(days=1)
HELD = "repairs held"
RELEASED = "repairs released"
HELD_REASON = "repairs on this replica are held until somebody has looked: `preservation replica release`"
DRAINED_REASON = "this replica is being drained: nothing is repaired on it"

_PAGE = 1000


def repairs_since(catalogue: Catalogue, replica: str, since: datetime, *, most: int) -> int:
    """How many copies were repaired on a replica, or could not be, in hours counted apart; no more than `most` are looked for."""
    seen: set[tuple[str, datetime]] = set()
    after = 0
    while len(seen) < most:
        where = EventFilter(aip=replica, type=EventType.RECOVERY.value, since=since)
        page = catalogue.events(where, after=after, limit=_PAGE)
        for cursor, row in page:
            after = cursor
            event = decode(row.entry, None, b"")
            hour = event.time.replace(minute=0, second=0, microsecond=0)
            seen.update((one.id, hour) for one in event.objects if one.kind == "aip")
        if len(page) < _PAGE:
            break
    return len(seen)


def counted_from(catalogue: Catalogue, replica: str, now: datetime) -> datetime:
    """Since when repairs count: a day ago, or since somebody let them go on."""
    released = catalogue.note_table().noted(RELEASED).get(replica)
    day_ago = now - DAY
    return max(day_ago, datetime.fromisoformat(released)) if isinstance(released, str) else day_ago


@dataclass(slots=True)
class RepairGate:
    """Asked before each copy is repaired. For one thread, for one run."""

    catalogue: Catalogue
    recorder: EventRecorder
    clock: Clock
    limits: RepairLimits
    _most: dict[str, int] = field(default_factory=dict)
    _count: dict[str, int] = field(default_factory=dict)

    def refusal(self, replica: str) -> str:
        """Why no copy may be repaired on the replica now; "" if one may, which is counted with that."""
        record = next((one for one in self.catalogue.replicas() if one.id == replica), None)
        if record is None or record.state is ReplicaState.HELD:
            return HELD_REASON
        if record.state is ReplicaState.DRAINING:
            return DRAINED_REASON
        if replica not in self._count:
            self._most[replica] = self.limits.most(self._copies(replica))
            since = counted_from(self.catalogue, replica, self.clock.now())
            self._count[replica] = repairs_since(self.catalogue, replica, since, most=self._most[replica])
        if self._count[replica] >= self._most[replica]:
            self._hold(record, self._count[replica])
            return HELD_REASON
        self._count[replica] += 1
        return ""

    def _copies(self, replica: str) -> int:
        kept = self.catalogue.figure_table().kept()
        figures = kept.replicas if kept is not None else self.catalogue.replica_figures(self.clock.now())
        return next((one.copies for one in figures if one.replica == replica), 0)

    def _hold(self, record: ReplicaRecord, repairs: int) -> None:
        event = self.recorder.event(
            EventType.MODIFICATION,
            EventOutcome.WARNING,
            objects=[LinkedObject(id=record.id, kind="replica")],
            detail={"act": HELD, "repairs": repairs},
            private={"name": record.name},
        )
        # Where somebody has drained or retired it, or holds it already, that stands.
        with suppress(Conflict), self.catalogue.begin() as tx:
            tx.save_replica(replace(record, state=ReplicaState.HELD), was=record.state)
            tx.append_events([event])


def release_repairs(
    catalogue: Catalogue, recorder: EventRecorder, record: ReplicaRecord, now: datetime, *, by: str | None = None
) -> ReplicaRecord:
    """A person has looked: repairs go on, counted from now. WrongUse if they are not held. `by` is an account's id."""
    if record.state is not ReplicaState.HELD:
        raise WrongUse(f"repairs on {record.name} are not held")
    released = replace(record, state=ReplicaState.ACTIVE)
    event = recorder.event(
        EventType.MODIFICATION,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=record.id, kind="replica")],
        detail={"act": RELEASED},
        private={"name": record.name},
        agents=[LinkedAgent(by, "implementer")] if by is not None else (),
    )
    catalogue.note_table().note(RELEASED, record.id, now.isoformat(), now=now)
    with catalogue.begin() as tx:
        tx.save_replica(released, was=record.state)
        tx.append_events([event])
    return released
