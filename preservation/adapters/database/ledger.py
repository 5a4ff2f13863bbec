"""Places in the tree, and what was signed over them."""

import itertools
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, func, select

from preservation.adapters.database.events import insert_events
from preservation.adapters.database.tables import table
from preservation.adapters.database.wire import Wire
from preservation.domain.ledger import EncodedEvent, SequencedEvent
from preservation.errors import Conflict

_SEQUENCE = table("ledger_sequence")
_CHECKPOINT = table("checkpoint")
_OUTBOX = table("event_outbox")

_EVENT = table("event")
_TEXT = table("event_text")

_COLUMNS = ("sequence", "event_key")

# No row of text: the event never had a private part; NULL in it: it was erased.
_ENTRIES = (
    select(_SEQUENCE.c.sequence, _EVENT.c.entry, _TEXT.c.event_key, _TEXT.c.salt, _TEXT.c.private)
    .select_from(_SEQUENCE)
    .join(_EVENT, _EVENT.c.key == _SEQUENCE.c.event_key)
    .outerjoin(_TEXT, _TEXT.c.event_key == _EVENT.c.key)
    .where(_SEQUENCE.c.sequence.between(bindparam("first"), bindparam("last")))
    .order_by(_SEQUENCE.c.sequence)
)


def take_unsequenced(wire: Wire, limit: int) -> Sequence[tuple[int, bytes]]:
    found = wire.rows(
        "SELECT event.key, event.entry FROM event_outbox JOIN event ON event.key = event_outbox.event_key"
        " ORDER BY event_outbox.event_key LIMIT ?",
        limit,
    )
    return [(key, bytes(entry)) for key, entry in found]


def assign_sequence(wire: Wire, first: int, event_keys: Sequence[int]) -> None:
    """Also raises Conflict where one of the events has a place already, or is none.

    Of two sequencers that saw one size only one can win: on SQLite the second begins after the first has committed and
    sees the new size; on PostgreSQL it waits at the first's leaf index, the primary key, and then finds it taken.
    """
    if (size := _size(wire)) != first:
        raise Conflict(f"the ledger holds {size} events: leaf {first} cannot come next")
    wire.insert("ledger_sequence", _COLUMNS, enumerate(event_keys, first))
    taken = wire.run(
        "DELETE FROM event_outbox WHERE event_key IN"
        " (SELECT event_key FROM ledger_sequence WHERE sequence BETWEEN ? AND ?)",
        first,
        first + len(event_keys) - 1,
    )
    if taken != len(event_keys):
        raise Conflict(f"only {taken} of {len(event_keys)} events were waiting for a place")


def restore_events(wire: Wire, events: Iterable[tuple[int, EncodedEvent]]) -> None:
    """Conflict unless the places follow the present size without a gap."""
    pairs, copies = itertools.tee(events)
    expected = itertools.count(_size(wire))
    places = (place for place, _event in pairs)
    for keys, _chunk in insert_events(wire, (event for _place, event in copies)):
        rows = [(place, key) for place, key in zip(itertools.islice(places, len(keys)), keys, strict=True)]
        for place, _key in rows:
            if place != (wanted := next(expected)):
                raise Conflict(f"leaf {place} is given where leaf {wanted} must come next")
        wire.insert("ledger_sequence", _COLUMNS, rows)


def restore_texts(wire: Wire, texts: Iterable[tuple[int, bytes, bytes]]) -> None:
    wire.many(
        "INSERT INTO event_text (event_key, salt, private) SELECT event_key, ?, ? FROM ledger_sequence WHERE sequence = ?"
        " ON CONFLICT DO NOTHING",
        [(salt, private, place) for place, salt, private in texts],
    )


def save_checkpoint(wire: Wire, size: int, root: bytes, note: str) -> None:
    """The same size and root again is fine, with another note too (another signature over one tree): the newest counts."""
    wire.lock("checkpoint")
    newest = wire.one("SELECT size, root, note FROM checkpoint ORDER BY key DESC LIMIT 1")
    if newest is not None:
        if newest[0] > size:
            raise Conflict(f"a checkpoint of size {newest[0]} is signed already: {size} would go back")
        if newest[0] == size and bytes(newest[1]) != root:
            raise Conflict(f"a checkpoint of size {size} with another root is signed already")
        if newest[0] == size and newest[2] == note:
            return
    (key,) = wire.keys("checkpoint", 1)
    wire.run("INSERT INTO checkpoint (key, size, root, note) VALUES (?, ?, ?, ?)", key, size, root, note)


def unproven(connection: Connection) -> int:
    """Two small counts: the outbox is empty but for a second after each act."""
    waiting = connection.execute(select(func.count()).select_from(_OUTBOX)).scalar_one()
    signed = connection.execute(select(_CHECKPOINT.c.size).order_by(_CHECKPOINT.c.key.desc()).limit(1)).scalar()
    return int(waiting) + ledger_size(connection) - int(signed or 0)


def ledger_size(connection: Connection) -> int:
    last = connection.execute(select(func.max(_SEQUENCE.c.sequence))).scalar_one()
    return 0 if last is None else last + 1


def ledger_entries(connection: Connection, first: int, limit: int) -> Sequence[SequencedEvent]:
    """Only what the tree is made of, and by position: verification reads every entry there is."""
    rows = connection.execute(_ENTRIES, {"first": first, "last": first + limit - 1})
    return [
        SequencedEvent(sequence, entry, b"", b"") if key is None else SequencedEvent(sequence, entry, salt, private)
        for sequence, entry, key, salt, private in rows
    ]


def checkpoint(connection: Connection) -> tuple[int, bytes, str] | None:
    query = select(_CHECKPOINT).order_by(_CHECKPOINT.c.key.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.size, row.root, row.note)


def _size(wire: Wire) -> int:
    last = wire.rows("SELECT max(sequence) FROM ledger_sequence")[0][0]
    return 0 if last is None else int(last) + 1
