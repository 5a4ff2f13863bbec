"""Jobs looked for, and counted."""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.job_rows import ALL, HAS_SUBJECT, IS_OPEN, job_of
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.jobs import FARTHEST, QUEUE_OF, START_PROMISE, Job, JobKind, JobState, Queue, QueueFigures

_DAY = timedelta(days=1)
_ANNOUNCED_AGAIN = 100


def job(wire: Wire, id: str) -> Job | None:
    found = _jobs(wire, "WHERE id = ?", id)
    return found[0] if found else None


def jobs(
    wire: Wire,
    *,
    state: JobState | None,
    kind: JobKind | None,
    subject: str | None,
    collections: Collection[str] | None,
    created_by: str | None,
    before: str | None,
    limit: int,
) -> Sequence[Job]:
    conditions: list[str] = []
    values: list[Value] = []

    def where(condition: str, *given: Value) -> None:
        conditions.append(condition)
        values.extend(given)

    if state is not None:
        where("state = ?", state.value)
        if not state.is_final:
            where(IS_OPEN)
    if kind is not None:
        where("kind = ? AND queue = ?", kind.value, QUEUE_OF[kind].value)
    if subject is not None:
        where(f"{HAS_SUBJECT} AND subject = ?", subject)
    if before is not None:
        where("id < ?", before)
    if collections is not None:
        names = sorted(set(collections))
        seen = [
            *([f"collection IN ({', '.join('?' * len(names))})"] if names else []),
            *(["created_by = ?"] if created_by else []),
        ]
        where(f"({' OR '.join(seen)})" if seen else "1 = 0", *names, *([created_by] if created_by else []))
    elif created_by is not None:
        where("created_by = ?", created_by)
    clause = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    return _jobs(wire, f"{clause}ORDER BY id DESC LIMIT ?", *values, limit)


def abandoned(wire: Wire, *, now: datetime) -> Sequence[Job]:
    return _jobs(wire, "WHERE state = 'running' AND lease_until < ? ORDER BY id", microseconds(now))


def unannounced(wire: Wire, *, now: datetime, before: datetime, limit: int) -> Sequence[Job]:
    """Oldest first within each queue. Those that nobody will lease again are none of a broker's business.

    Of those that were announced before, only the oldest are announced again: what waits because there is much to do is in the
    broker already, and would fill it with a message more for each of its pauses.
    """
    present, ahead = microseconds(now), now + FARTHEST
    condition = (
        f"WHERE queue = ? AND {IS_OPEN} AND due <= ? AND cancel_requested = 0 AND attempts < max_attempts"
        " AND (state = 'queued' OR lease_until < ?)"
    )
    found: list[Job] = []
    for queue in Queue:
        given, order = (queue.value, present, present), "ORDER BY due, id LIMIT ?"
        new = _jobs(wire, f"{condition} AND announced IS NULL {order}", *given, limit)
        oldest = _jobs(wire, f"{condition} {order}", *given, min(limit, _ANNOUNCED_AGAIN))
        again = [one for one in oldest if one.announced and (one.announced < before or one.announced > ahead)]
        found += sorted([*new, *again], key=lambda one: (one.due, one.id))[:limit]
    return found


def late(wire: Wire, *, now: datetime, limit: int) -> Sequence[Job]:
    found: list[Job] = []
    for queue, promise in START_PROMISE.items():
        found += _jobs(
            wire,
            f"WHERE queue = ? AND {IS_OPEN} AND state = 'queued' AND due < ? ORDER BY due, id LIMIT ?",
            *(queue.value, microseconds(now - promise), limit),
        )
    return sorted(found, key=lambda one: (one.due, one.id))[:limit]


def figures(wire: Wire, *, now: datetime) -> Sequence[QueueFigures]:
    """Answered from two indexes, without a look at the rows."""
    rows = wire.rows(
        f"SELECT queue, state, count(*), min(due) FROM job WHERE {IS_OPEN} GROUP BY queue, state"
        " UNION ALL SELECT queue, state, count(*), NULL FROM job"
        " WHERE state IN ('succeeded', 'failed', 'cancelled') AND finished >= ? GROUP BY queue, state",
        microseconds(now - _DAY),
    )
    return [
        QueueFigures(Queue(queue), JobState(state), count, None if oldest is None else instant(oldest))
        for queue, state, count, oldest in sorted(rows, key=lambda row: (row[0], row[1]))
    ]


def failures(wire: Wire, *, since: datetime, limit: int) -> Sequence[Job]:
    return _jobs(
        wire,
        "WHERE state = 'failed' AND finished >= ? ORDER BY finished DESC, id DESC LIMIT ?",
        microseconds(since),
        limit,
    )


def transfers_without_job(wire: Wire, *, limit: int) -> Sequence[str]:
    rows = wire.rows(
        "SELECT transfer.id FROM transfer JOIN deposit ON deposit.transfer = transfer.id"
        " WHERE transfer.status IN ('accepted', 'running') AND NOT EXISTS"
        f" (SELECT 1 FROM job WHERE {HAS_SUBJECT} AND subject = transfer.id AND {IS_OPEN}) ORDER BY transfer.id LIMIT ?",
        limit,
    )
    return [row[0] for row in rows]


def _jobs(wire: Wire, clauses: str, *values: Value) -> list[Job]:
    return [job_of(row) for row in wire.rows(f"SELECT {ALL} FROM job {clauses}", *values)]
