"""Events: appended, then found again by what they are about. Never changed; triggers see to that."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.tables import table
from preservation.adapters.database.wire import Wire
from preservation.domain.ledger import EncodedEvent, SequencedEvent

_EVENT = table("event")
_TEXT = table("event_text")
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
