"""The ledger's part of a catalogue, in memory: transactions that commit whole or not at all, in one order.

What the ledger services do not ask for is not here: this is no whole `ports.Catalogue`.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from preservation.domain.holdings import AIPSummary, AIPVersion
from preservation.domain.ledger import EncodedEvent, EventFilter, SequencedEvent
from preservation.errors import Conflict
from preservation.ports import Catalogue
from preservation.ports.event_index import IndexedEvent, agent_link, object_link
from preservation.standards.ledger_entry import decode


@dataclass(slots=True)
class MemoryState:
    """Rows. `order[n]` is the key (index into `events`) of the event with the leaf index n."""

    events: list[SequencedEvent] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    checkpoint: tuple[int, bytes, str] | None = None
    versions: list[AIPVersion] = field(default_factory=list)

    def copy(self) -> "MemoryState":
        return MemoryState(list(self.events), list(self.order), self.checkpoint, list(self.versions))


class MemoryTransaction:
    """Changes a copy of the state."""

    def __init__(self, state: MemoryState) -> None:
        self.state = state
        self.waiting = [key for key, event in enumerate(state.events) if event.sequence is None]

    def append_events(self, events: Iterable[EncodedEvent]) -> None:
        for one in events:
            self.state.events.append(SequencedEvent(None, one.entry, one.salt, one.private))

    def take_unsequenced(self, limit: int) -> Sequence[tuple[int, bytes]]:
        return [(key, self.state.events[key].entry) for key in self.waiting[:limit]]

    def assign_sequence(self, first: int, event_keys: Sequence[int]) -> None:
        if first != len(self.state.order):
            raise Conflict(f"the tree has {len(self.state.order)} leaves, not {first}")
        for sequence, key in enumerate(event_keys, start=first):
            self.state.events[key] = replace(self.state.events[key], sequence=sequence)
            self.state.order.append(key)

    def save_checkpoint(self, size: int, root: bytes, note: str) -> None:
        held = self.state.checkpoint
        if held is not None and (held[0] > size or (held[0] == size and held[1] != root)):
            raise Conflict("another checkpoint is there")
        self.state.checkpoint = (size, root, note)

    def restore_events(self, events: Iterable[tuple[int, EncodedEvent]]) -> None:
        for sequence, one in events:
            if sequence != len(self.state.order):
                raise Conflict(f"event {sequence} is out of order")
            self.state.order.append(len(self.state.events))
            self.state.events.append(SequencedEvent(sequence, one.entry, one.salt, one.private))

    def restore_texts(self, texts: Iterable[tuple[int, bytes, bytes]]) -> None:
        for sequence, salt, private in texts:
            key = self.state.order[sequence]
            if self.state.events[key].private == b"":
                self.state.events[key] = replace(self.state.events[key], salt=salt, private=private)


class MemoryEventIndex:
    """What entries say, as the database would repeat it."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def events(self, *, after: int, limit: int) -> Sequence[IndexedEvent]:
        rows = [IndexedEvent(key, *_indexed(event), event.entry) for key, event in self._rows() if key > after]
        return rows[:limit]

    def links(self) -> Iterator[tuple[int, str]]:
        for key, row in self._rows():
            event = decode(row.entry, None, b"")
            yield from {(key, object_link(one.kind, one.id)) for one in event.objects}
            yield from {(key, agent_link(one.id)) for one in event.agents}

    def unplaced(self, limit: int) -> Sequence[str]:
        return []

    def _rows(self) -> Iterator[tuple[int, SequencedEvent]]:
        for key, row in enumerate(self._state.events, start=1):
            with suppress(ValueError):
                decode(row.entry, None, b"")
                yield key, row


class MemoryCatalogue:
    """`watch` is called with "begin", "before-commit" and "after-commit" of each transaction; it may raise."""

    def __init__(self) -> None:
        self.state = MemoryState()
        self.watch: Callable[[str], None] = lambda _moment: None
        self._lock = threading.RLock()

    @property
    def port(self) -> Catalogue:
        """As the ledger services know it."""
        return cast("Catalogue", self)

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            self.watch("begin")
            transaction = MemoryTransaction(self.state.copy())
            yield transaction
            self.watch("before-commit")
            self.state = transaction.state
            self.watch("after-commit")

    def append(self, *events: EncodedEvent) -> None:
        """Events of some act, committed."""
        with self.begin() as transaction:
            transaction.append_events(events)

    def ledger_size(self) -> int:
        return len(self.state.order)

    def ledger_entries(self, first: int, limit: int) -> Sequence[SequencedEvent]:
        rows = [self.state.events[key] for key in self.state.order[first : first + limit]]
        return [row for row in rows if row.sequence is not None]

    def checkpoint(self) -> tuple[int, bytes, str] | None:
        return self.state.checkpoint

    def event(self, id: str) -> SequencedEvent | None:
        return next((row for row in self.state.events if decode(row.entry, None, b"").id == id), None)

    def events(self, where: EventFilter, *, after: int = 0, limit: int = 100) -> Sequence[tuple[int, SequencedEvent]]:
        rows = [(key, row) for key, row in enumerate(self.state.events, start=1) if key > after]
        return [(key, row) for key, row in rows if _is_about(row, where.aip)][:limit]

    def versions(self, aip: str) -> Sequence[AIPVersion]:
        return [version for version in self.state.versions if version.aip == aip]

    def versions_of(self, aips: Sequence[str]) -> Mapping[str, Sequence[AIPVersion]]:
        return {aip: found for aip in aips if (found := self.versions(aip))}

    def event_index(self) -> "MemoryEventIndex":
        return MemoryEventIndex(self.state)

    def aips(self, *, after: str | None = None, limit: int = 100) -> Sequence[AIPSummary]:
        return []

    def tamper(self, sequence: int, **changes: object) -> None:
        """What the database's triggers are there to refuse."""
        key = self.state.order[sequence]
        row = self.state.events[key]
        values = {"sequence": row.sequence, "entry": row.entry, "salt": row.salt, "private": row.private} | changes
        self.state.events[key] = SequencedEvent(**values)  # type: ignore[arg-type]


def _indexed(row: SequencedEvent) -> tuple[str, str, datetime, str]:
    event = decode(row.entry, None, b"")
    return event.id, event.type.value, event.time, event.outcome.value


def _is_about(row: SequencedEvent, aip: str | None) -> bool:
    return aip is None or any(linked.id == aip for linked in decode(row.entry, None, b"").objects)
