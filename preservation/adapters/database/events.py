"""Events: appended, then found again by what they are about. Never changed; triggers see to that."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, TextClause, exists, func, select, text

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.tables import IS_RARE, IS_UNSUCCESSFUL, ROUTINE_TYPES, table
from preservation.adapters.database.wire import Wire
from preservation.domain.events import EventOutcome
from preservation.domain.ledger import EncodedEvent, EventFilter, SequencedEvent

_EVENT = table("event")
_TEXT = table("event_text")
_OBJECT = table("event_object")
_AGENT = table("event_agent")
_SEQUENCE = table("ledger_sequence")

_CHUNK = 5000


def append_events(wire: Wire, events: Iterable[EncodedEvent]) -> None:
    for keys, _chunk in insert_events(wire, events):
        wire.insert("event_outbox", ("event_key",), [(key,) for key in keys])


def insert_events(wire: Wire, events: Iterable[EncodedEvent]) -> Iterator[tuple[list[int], list[EncodedEvent]]]:
    """Insert events without a place or a queue, in chunks: (keys, events) of each."""
    stream = iter(events)
    while chunk := list(itertools.islice(stream, _CHUNK)):
        keys = wire.keys("event", len(chunk))
        _insert_chunk(wire, list(zip(keys, chunk, strict=True)))
        yield keys, chunk


def _insert_chunk(wire: Wire, chunk: Sequence[tuple[int, EncodedEvent]]) -> None:
    wire.insert(
        "event",
        ("key", "id", "type", "time", "outcome", "entry"),
        [
            (key, one.event.id, one.event.type.value, microseconds(one.event.time), one.event.outcome.value, one.entry)
            for key, one in chunk
        ],
    )
    texts = [(key, one.salt, one.private) for key, one in chunk if one.salt or one.private]
    # Sets, because an event may name one object in several roles.
    objects = sorted({(linked.id, key, linked.kind) for key, one in chunk for linked in one.event.objects})
    agents = sorted({(agent.id, key) for key, one in chunk for agent in one.event.agents})
    if texts:
        wire.insert("event_text", ("event_key", "salt", "private"), texts)
    if objects:
        wire.insert("event_object", ("object_id", "event_key", "kind"), objects)
    if agents:
        wire.insert("event_agent", ("agent_id", "event_key"), agents)


def events(
    connection: Connection, where: EventFilter, *, after: int, limit: int
) -> Sequence[tuple[int, SequencedEvent]]:
    """Keys are chosen first, from the narrowest index that the filter names; entries are read for one page only.

    On PostgreSQL an event of a transaction that was still open may appear behind a cursor that has moved on.
    """
    if where.since is not None and after == 0:
        # The first page begins near its first event; without the sum SQLite would look for it row by row.
        first = select(func.min(_EVENT.c.key + 0)).where(_EVENT.c.time >= where.since)
        found = connection.execute(first).scalar_one()
        if found is None:
            return []
        after = found - 1
    keys = _keys(where, after, limit)
    query = sequenced().where(_EVENT.c.key.in_(keys)).order_by(_EVENT.c.key)
    return [(row.key, value(row)) for row in connection.execute(query)]


def event(connection: Connection, id: str) -> SequencedEvent | None:
    row = connection.execute(sequenced().where(_EVENT.c.id == id)).one_or_none()
    return None if row is None else value(row)


def sequenced() -> Select[Any]:
    """Events with their place, if they have one, and what they open to."""
    return (
        _columns()
        .select_from(_EVENT)
        .outerjoin(_SEQUENCE, _SEQUENCE.c.event_key == _EVENT.c.key)
        .outerjoin(_TEXT, _TEXT.c.event_key == _EVENT.c.key)
    )


def in_sequence() -> Select[Any]:
    """Events that have a place, in order of their places, and what they open to."""
    return (
        _columns()
        .select_from(_SEQUENCE)
        .join(_EVENT, _EVENT.c.key == _SEQUENCE.c.event_key)
        .outerjoin(_TEXT, _TEXT.c.event_key == _EVENT.c.key)
        .order_by(_SEQUENCE.c.sequence)
    )


def value(row: Row[Any]) -> SequencedEvent:
    """An event from a row of `sequenced`. No row of text: it never had a private part; NULL in it: it was erased."""
    has_text = row.text_key is not None
    return SequencedEvent(
        sequence=row.sequence,
        entry=row.entry,
        salt=row.salt if has_text else b"",
        private=row.private if has_text else b"",
    )


def _columns() -> Select[Any]:
    return select(
        _EVENT.c.key,
        _EVENT.c.id,
        _EVENT.c.type,
        _EVENT.c.time,
        _EVENT.c.outcome,
        _EVENT.c.entry,
        _SEQUENCE.c.sequence,
        _TEXT.c.event_key.label("text_key"),
        _TEXT.c.salt,
        _TEXT.c.private,
    )


def _keys(where: EventFilter, after: int, limit: int) -> Select[Any]:
    """An object's history is walked in order of its own links, an agent's acts likewise, all else in order of the events."""
    facts = _facts(where)
    by_agent = _AGENT.c.agent_id == where.agent
    if where.aip is not None:
        key, chosen = _OBJECT.c.event_key, [_OBJECT.c.object_id == where.aip]
        if where.agent is not None:
            chosen.append(exists().where(_AGENT.c.event_key == key, by_agent))
    elif where.agent is not None:
        key, chosen = _AGENT.c.event_key, [by_agent]
    else:
        return select(_EVENT.c.key).where(_EVENT.c.key > after, *facts).order_by(_EVENT.c.key).limit(limit)
    if facts:
        chosen.append(exists().where(_EVENT.c.key == key, *facts))
    return select(key).distinct().where(key > after, *chosen).order_by(key).limit(limit)


def _facts(where: EventFilter) -> list[ColumnElement[bool] | TextClause]:
    facts: list[ColumnElement[bool] | TextClause] = []
    if where.type is not None:
        facts.append(_EVENT.c.type == where.type)
        # This, and the like below, is what the partial index needs to hear: a parameter alone proves nothing to the planner.
        if where.type not in ROUTINE_TYPES:
            facts.append(text(f"event.{IS_RARE}"))
    if where.outcome is not None:
        facts.append(_EVENT.c.outcome == where.outcome)
        if where.outcome != EventOutcome.SUCCESS.value:
            facts.append(text(f"event.{IS_UNSUCCESSFUL}"))
    if where.since is not None:
        facts.append(_EVENT.c.time >= where.since)
    if where.until is not None:
        facts.append(_EVENT.c.time < where.until)
    return facts
