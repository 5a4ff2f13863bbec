"""What is said of events beside their entries, read through from end to end. Keeps `ports.event_index.EventIndex`."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine

from preservation.adapters.database.columns import instant
from preservation.adapters.database.engine import reader
from preservation.adapters.database.wire_transactions import reading
from preservation.ports.event_index import IndexedEvent, agent_link, object_link

_PAGE = 5000
_EVENTS = "SELECT key, id, type, time, outcome, entry FROM event WHERE key > ? ORDER BY key LIMIT ?"
# By the tables' own keys: nothing is sorted, and no page is read twice.
_OBJECTS = (
    "SELECT object_id, event_key, kind FROM event_object WHERE (object_id, event_key, kind) > (?, ?, ?)"
    " ORDER BY object_id, event_key, kind LIMIT ?"
)
_AGENTS = (
    "SELECT agent_id, event_key FROM event_agent WHERE (agent_id, event_key) > (?, ?)"
    " ORDER BY agent_id, event_key LIMIT ?"
)
_UNPLACED = (
    "SELECT event.id FROM event LEFT JOIN ledger_sequence s ON s.event_key = event.key"
    " LEFT JOIN event_outbox o ON o.event_key = event.key"
    " WHERE s.event_key IS NULL AND o.event_key IS NULL ORDER BY event.key LIMIT ?"
)


class DatabaseEventIndex:
    """Safe to call from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def events(self, *, after: int, limit: int) -> Sequence[IndexedEvent]:
        with reading(self._reader) as wire:
            rows = wire.rows(_EVENTS, after, limit)
        return [
            IndexedEvent(key, name, kind, instant(time), outcome, bytes(entry))
            for key, name, kind, time, outcome, entry in rows
        ]

    def links(self) -> Iterator[tuple[int, str]]:
        object_id, event_key, kind = "", 0, ""
        while True:
            with reading(self._reader) as wire:
                objects = wire.rows(_OBJECTS, object_id, event_key, kind, _PAGE)
            if not objects:
                break
            yield from ((key, object_link(kind, name)) for name, key, kind in objects)
            object_id, event_key, kind = objects[-1]
        agent_id, event_key = "", 0
        while True:
            with reading(self._reader) as wire:
                agents = wire.rows(_AGENTS, agent_id, event_key, _PAGE)
            if not agents:
                break
            yield from ((key, agent_link(name)) for name, key in agents)
            agent_id, event_key = agents[-1]

    def unplaced(self, limit: int) -> Sequence[str]:
        with reading(self._reader) as wire:
            return [name for (name,) in wire.rows(_UNPLACED, limit)]
