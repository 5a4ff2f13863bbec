"""Pages of events: keys are chosen first, from the narrowest index that the filter names; entries are read for one page only.

An object's history is walked in order of its own links, an agent's acts likewise, all else in order of the events. By the driver
itself, since a page of events is asked for often.
"""

# Only constants of this module are put into statements.
# ruff: noqa: S608

from collections.abc import Sequence

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.tables import IS_RARE, IS_UNSUCCESSFUL, ROUTINE_TYPES
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.events import EventOutcome
from preservation.domain.ledger import EventFilter, SequencedEvent

_PAGE = (
    "SELECT event.key, event.entry, s.sequence, t.event_key, t.salt, t.private FROM event"
    " LEFT JOIN ledger_sequence s ON s.event_key = event.key LEFT JOIN event_text t ON t.event_key = event.key WHERE "
)
_BY_AGENT = "agent_id = ?"


def events(wire: Wire, where: EventFilter, *, after: int, limit: int) -> Sequence[tuple[int, SequencedEvent]]:
    """(cursor, event) in order of recording.

    On PostgreSQL an event of a transaction that was still open may appear behind a cursor that has moved on.
    """
    if where.since is not None and after == 0:
        # The first page begins near its first event; without the sum SQLite would look for it row by row.
        found = wire.one("SELECT min(key + 0) FROM event WHERE time >= ?", microseconds(where.since))
        if found is None or found[0] is None:
            return []
        after = found[0] - 1
    condition, parameters = _condition(where, after, int(limit))
    return [
        (key, _value(entry, sequence, text_key, salt, private))
        for key, entry, sequence, text_key, salt, private in wire.rows(_PAGE + condition, *parameters)
    ]


def _value(
    entry: bytes, sequence: int | None, text_key: int | None, salt: bytes | None, private: bytes | None
) -> SequencedEvent:
    """No row of text: it never had a private part; NULL in it: it was erased."""
    if text_key is None:
        return SequencedEvent(sequence, entry, b"", b"")
    return SequencedEvent(sequence, entry, salt or b"", private)


def _condition(where: EventFilter, after: int, limit: int) -> tuple[str, list[Value]]:
    """What selects a page, and its parameters.

    The limit is part of the statement: to PostgreSQL one that is a parameter might be any, and it would plan each time anew.
    """
    facts, values = _facts(where)
    told = "".join(f" AND {fact}" for fact in facts)
    if where.aip is not None:
        walk, chosen = "event_object", ["object_id = ?"]
        given: list[Value] = [where.aip]
        if where.agent is not None:
            chosen.append(
                f"EXISTS (SELECT 1 FROM event_agent a WHERE a.event_key = event_object.event_key AND a.{_BY_AGENT})"
            )
            given.append(where.agent)
    elif where.agent is not None:
        walk, chosen, given = "event_agent", [_BY_AGENT], [where.agent]
    else:
        return f"event.key > ?{told} ORDER BY event.key LIMIT {limit}", [after, *values]
    if facts:
        chosen.append(f"EXISTS (SELECT 1 FROM event WHERE event.key = {walk}.event_key{told})")
        given += values
    conditions = " AND ".join(chosen)
    keys = (
        f"SELECT DISTINCT event_key FROM {walk} WHERE event_key > ? AND {conditions} ORDER BY event_key LIMIT {limit}"
    )
    return f"event.key IN ({keys}) ORDER BY event.key", [after, *given]


def _facts(where: EventFilter) -> tuple[list[str], list[Value]]:
    facts: list[str] = []
    values: list[Value] = []
    if where.type is not None:
        facts.append("event.type = ?")
        values.append(where.type)
        # This, and the like below, is what the partial index needs to hear: a parameter alone proves nothing to the planner.
        if where.type not in ROUTINE_TYPES:
            facts.append(f"event.{IS_RARE}")
    if where.outcome is not None:
        facts.append("event.outcome = ?")
        values.append(where.outcome)
        if where.outcome != EventOutcome.SUCCESS.value:
            facts.append(f"event.{IS_UNSUCCESSFUL}")
    for bound, compare in ((where.since, ">="), (where.until, "<")):
        if bound is not None:
            facts.append(f"event.time {compare} ?")
            values.append(microseconds(bound))
    return facts, values
