"""What a job goes through: each step is one statement that holds only while what it relies on is so.

The token is the fence. It rises with every lease, and every report names it, so that a worker which was taken for dead
changes no row when it comes back.
"""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.job_rows import (
    ALL,
    COLUMNS,
    HAS_KEY,
    IS_OPEN,
    encoded,
    job_of,
    new_row,
    problem_text,
    progress_text,
)
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.events import Json
from preservation.domain.jobs import FARTHEST, Job, JobProblem, JobProgress, JobState, NewJob, Queue
from preservation.errors import Conflict, NotHere

# With two parameters, both the present time.
_MAY_BE_LEASED: Final = (
    f"{IS_OPEN} AND due <= ? AND cancel_requested = 0 AND attempts < max_attempts"
    " AND (state = 'queued' OR lease_until < ?)"
)
# Whoever was told of it has heard: should the lease run out, a broker is to be told at once.
_LEASE: Final = (
    "UPDATE job SET state = 'running', token = token + 1, attempts = attempts + 1, worker = ?, started = ?,"
    " heartbeat = ?, lease_until = ?, progress = ?, announced = NULL"
)
_IS_MINE: Final = "WHERE id = ? AND token = ? AND state = 'running'"
_WAITS: Final = "worker = NULL, heartbeat = NULL, lease_until = NULL, announced = NULL"
_LOST: Final = JobProblem("WorkerLost", "its workers did not come back from any of its attempts")


def add_job(wire: Wire, new: NewJob, now: datetime) -> bool:
    marks = ", ".join("?" * len(COLUMNS))
    statement = f"INSERT INTO job ({ALL}) VALUES ({marks}) ON CONFLICT (key) WHERE {HAS_KEY} DO NOTHING"
    return wire.run(statement, *new_row(new, now)) == 1


def lease(
    wire: Wire, queues: Collection[Queue], worker: str, *, now: datetime, until: datetime, id: str | None
) -> Job | None:
    """The queues are tried in the order of their oldest job. On PostgreSQL a row that another worker is just taking is
    passed over, so that nobody waits."""
    instant = microseconds(now)
    lease = (worker, instant, instant, microseconds(until), progress_text(JobProgress()))
    if id is not None:
        names = sorted(queue.value for queue in queues)
        marks = ", ".join("?" * len(names))
        condition = f"WHERE id = ? AND queue IN ({marks}) AND {_MAY_BE_LEASED}"
        return (
            _one(wire, f"{_LEASE} {condition} RETURNING {ALL}", *lease, id, *names, instant, instant) if names else None
        )
    skip = " FOR UPDATE SKIP LOCKED" if wire.postgresql else ""
    oldest = f"SELECT id FROM job WHERE queue = ? AND {_MAY_BE_LEASED} ORDER BY due, id LIMIT 1{skip}"
    for queue in _by_oldest(wire, queues, instant):
        found = _one(wire, f"{_LEASE} WHERE id = ({oldest}) RETURNING {ALL}", *lease, queue, instant, instant)
        if found is not None:
            return found
    return None


def beat(wire: Wire, id: str, token: int, *, now: datetime, until: datetime, progress: JobProgress) -> bool:
    row = wire.one(
        f"UPDATE job SET heartbeat = ?, lease_until = ?, progress = ? {_IS_MINE} RETURNING cancel_requested",
        *(microseconds(now), microseconds(until), progress_text(progress)),
        *(id, token),
    )
    if row is None:
        raise _lost(id)
    return bool(row[0])


def succeed(wire: Wire, id: str, token: int, *, now: datetime, result: Mapping[str, Json]) -> None:
    changes = "state = 'succeeded', finished = ?, lease_until = NULL, result = ?, problem = NULL"
    if not wire.run(f"UPDATE job SET {changes} {_IS_MINE}", microseconds(now), encoded(result), id, token):
        raise _lost(id)


def fail(wire: Wire, id: str, token: int, *, now: datetime, problem: JobProblem, retry_at: datetime | None) -> JobState:
    row = wire.one(f"SELECT attempts, max_attempts, cancel_requested FROM job {_IS_MINE}{_locked(wire)}", id, token)
    if row is None:
        raise _lost(id)
    attempts, max_attempts, unwanted = row
    if retry_at is None or attempts >= max_attempts:
        return _end(wire, id, token, JobState.FAILED, now=now, problem=problem)
    if unwanted:
        return _end(wire, id, token, JobState.CANCELLED, now=now, problem=problem)
    changes = f"state = 'queued', due = ?, problem = ?, {_WAITS}"
    wire.run(f"UPDATE job SET {changes} {_IS_MINE}", microseconds(retry_at), problem_text(problem), id, token)
    return JobState.QUEUED


def hand_back(wire: Wire, id: str, token: int, *, now: datetime, due: datetime | None) -> None:
    row = wire.one(f"SELECT cancel_requested FROM job {_IS_MINE}{_locked(wire)}", id, token)
    if row is None:
        raise _lost(id)
    if row[0]:
        _end(wire, id, token, JobState.CANCELLED, now=now)
        return
    changes = f"state = 'queued', due = ?, attempts = attempts - 1, {_WAITS}"
    wire.run(f"UPDATE job SET {changes} {_IS_MINE}", microseconds(due or now), id, token)


def cancelled(wire: Wire, id: str, token: int, *, now: datetime) -> None:
    _end(wire, id, token, JobState.CANCELLED, now=now)


def cancel(wire: Wire, id: str, *, now: datetime) -> Job:
    found = _one(
        wire,
        "UPDATE job SET cancel_requested = 1,"
        " finished = CASE WHEN state = 'queued' THEN ? ELSE finished END,"
        " state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END"
        f" WHERE id = ? AND {IS_OPEN} RETURNING {ALL}",
        *(microseconds(now), id),
    )
    return _there(wire, id, found, "has ended")


def retry(wire: Wire, id: str, *, now: datetime) -> Job:
    found = _one(
        wire,
        "UPDATE job SET state = 'queued', due = ?, attempts = 0, cancel_requested = 0, finished = NULL, result = NULL,"
        f" problem = NULL, {_WAITS} WHERE id = ? AND state IN ('failed', 'cancelled') RETURNING {ALL}",
        *(microseconds(now), id),
    )
    return _there(wire, id, found, "has not failed, and was not cancelled")


def settle_abandoned(wire: Wire, *, now: datetime) -> Sequence[Job]:
    """Rows that somebody else is changing are left to the next call."""
    skip = " FOR UPDATE SKIP LOCKED" if wire.postgresql else ""
    rows = wire.rows(
        "SELECT id, token, cancel_requested FROM job WHERE state = 'running' AND lease_until < ?"
        f" AND (cancel_requested = 1 OR attempts >= max_attempts) ORDER BY id{skip}",
        microseconds(now),
    )
    settled: list[Job] = []
    for one, token, unwanted in rows:
        if unwanted:
            _end(wire, one, token, JobState.CANCELLED, now=now)
        else:
            _end(wire, one, token, JobState.FAILED, now=now, problem=_LOST)
        settled += [job_of(row) for row in wire.rows(f"SELECT {ALL} FROM job WHERE id = ?", one)]
    return settled


def bring_forward(wire: Wire, *, now: datetime) -> int:
    """One look into an index for each queue, and one at what runs. A worker that lives sets its lease right by itself."""
    present, farthest = microseconds(now), microseconds(now + FARTHEST)
    changed = sum(
        wire.run(
            f"UPDATE job SET due = ?, announced = NULL WHERE queue = ? AND {IS_OPEN} AND state = 'queued' AND due > ?",
            *(present, queue.value, farthest),
        )
        for queue in Queue
    )
    return changed + wire.run(
        "UPDATE job SET lease_until = ? WHERE state = 'running' AND lease_until > ?", farthest, farthest
    )


def announced(wire: Wire, ids: Collection[str], *, now: datetime) -> None:
    """In the order of ids, so that two callers cannot wait for each other in a ring."""
    instant = microseconds(now)
    wire.many(f"UPDATE job SET announced = ? WHERE id = ? AND {IS_OPEN}", [(instant, one) for one in sorted(set(ids))])


def forget(wire: Wire, *, ended_before: datetime, limit: int) -> int:
    ended = "state IN ('succeeded', 'failed', 'cancelled') AND finished < ?"
    return wire.run(
        f"DELETE FROM job WHERE id IN (SELECT id FROM job WHERE {ended} LIMIT ?)", microseconds(ended_before), limit
    )


def _by_oldest(wire: Wire, queues: Collection[Queue], instant: int) -> list[str]:
    """One look into the index for each queue, however many jobs wait."""
    names = sorted({queue.value for queue in queues})
    one = f"SELECT due FROM job WHERE queue = ? AND {_MAY_BE_LEASED} ORDER BY due LIMIT 1"
    if len(names) < 2:
        return names
    (row,) = wire.rows(
        f"SELECT {', '.join(f'({one})' for _ in names)}",
        *(value for name in names for value in (name, instant, instant)),
    )
    oldest = [(due, name) for due, name in zip(row, names, strict=True) if due is not None]
    return [name for _due, name in sorted(oldest)]


def _end(
    wire: Wire, id: str, token: int, state: JobState, *, now: datetime, problem: JobProblem | None = None
) -> JobState:
    kept: Value = None if problem is None else problem_text(problem)
    changes = "state = ?, finished = ?, lease_until = NULL, problem = coalesce(?, problem)"
    if not wire.run(f"UPDATE job SET {changes} {_IS_MINE}", state.value, microseconds(now), kept, id, token):
        raise _lost(id)
    return state


def _one(wire: Wire, statement: str, *parameters: Value) -> Job | None:
    row = wire.one(statement, *parameters)
    return None if row is None else job_of(row)


def _locked(wire: Wire) -> str:
    """SQLite's writers are alone anyway."""
    return " FOR UPDATE" if wire.postgresql else ""


def _lost(id: str) -> Conflict:
    return Conflict(f"the lease of {id} is lost: somebody else has taken it, or it has ended")


def _there(wire: Wire, id: str, found: Job | None, otherwise: str) -> Job:
    if found is not None:
        return found
    if wire.one("SELECT 1 FROM job WHERE id = ?", id) is None:
        raise NotHere(f"there is no job {id}")
    raise Conflict(f"job {id} {otherwise}")
