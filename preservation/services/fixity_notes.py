"""What a run found, gathered and recorded in batches: lines, events, and copies with the times at which they are due next."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from preservation.domain.fixity_schedule import FixitySchedule
from preservation.domain.holdings import CopyRecord, CopyState, FixityLine, Transfer
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, Clock, Minter, ReplicaStore
from preservation.services.fixity_batches import record_batch
from preservation.services.fixity_copies import CheckedCopy
from preservation.services.fixity_events import FixityEvents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.promotion import now_preserved

BATCH = 1000
# A crash costs at most so much repeated work. Shorter batches would fill the ledger: there would be one entry for each.
BATCH_TIME = timedelta(hours=1)


@dataclass(slots=True)
class FixityNotes:
    """For one thread. `stores` are all replicas that can be reached: each gets the lines of every batch."""

    catalogue: Catalogue
    recorder: EventRecorder
    minter: Minter
    clock: Clock
    policies: Policies
    schedule: FixitySchedule
    stores: Sequence[ReplicaStore]
    since: datetime
    lines: list[FixityLine] = field(default_factory=list)
    copies: list[CopyRecord] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    events: list[EncodedEvent] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether it is time to record."""
        return len(self.lines) >= BATCH or self.clock.now() - self.since > BATCH_TIME

    def note(self, store: ReplicaStore, copy: CopyRecord, checked: CheckedCopy, *, is_known: bool = False) -> None:
        """What was found of one copy. `is_known`: it is as bad as it was, which its line tells without an event of its own."""
        now = self.clock.now()
        version, state = checked.version, checked.state
        if not self.lines:
            self.since = now
        self.lines.append(
            FixityLine(copy.aip, version.number, store.id, now, state, version.inventory_digest, checked.report.bytes)
        )
        # Not to have been able to look is no check: the time of the last firm answer stays.
        when = copy.checked if state is CopyState.UNREADABLE else now
        is_behind = copy.state is CopyState.PENDING and version.number == copy.version
        kept = CopyState.PENDING if is_behind and state is CopyState.INTACT else state
        self.copies.append(replace(copy, version=version.number, state=kept, checked=when))
        events = FixityEvents(self.recorder)
        if (state is not CopyState.INTACT and not is_known) or checked.report.transient:
            self.events.extend(events.found(store.id, checked, copy))
        elif state is CopyState.INTACT and copy.state not in (CopyState.INTACT, CopyState.PENDING):
            preserved = now_preserved(self.catalogue, self.policies, version, store.id)
            self.transfers.extend(preserved)
            self.events.append(events.intact_again(store.id, version, preserved))

    def flush(self) -> None:
        """Record what has gathered; nothing, if nothing has."""
        now = self.clock.now()
        collections = self.catalogue.collections_of(sorted({copy.aip for copy in self.copies})) if self.copies else {}
        record_batch(
            self.catalogue,
            self.recorder,
            self.minter,
            self.stores,
            self.lines,
            copies=[self.schedule.planned(copy, collections.get(copy.aip, ""), now) for copy in self.copies],
            transfers=self.transfers,
            events=self.events,
            policy=self.policies.versions.get("fixity"),
            now=now,
        )
        self.lines, self.copies, self.transfers, self.events = [], [], [], []
