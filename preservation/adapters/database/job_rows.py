"""Jobs as rows: one order of columns for every query."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.wire import Values
from preservation.domain.events import Json
from preservation.domain.jobs import QUEUE_OF, Job, JobKind, JobProblem, JobProgress, JobState, NewJob, Queue

# The conditions of the partial indexes; a query that repeats one word for word is answered from its index.
IS_OPEN: Final = "state IN ('queued', 'running')"
HAS_KEY: Final = "key IS NOT NULL"
HAS_SUBJECT: Final = "subject IS NOT NULL"

COLUMNS: Final = (
    "id", "kind", "queue", "state", "subject", "parameters", "collection", "created_by", "key", "created", "due",
    "attempts", "max_attempts", "token", "worker", "lease_until", "heartbeat", "started", "finished", "cancel_requested",
    "progress", "result", "problem", "announced",
)  # fmt: skip
ALL: Final = ", ".join(COLUMNS)


def new_row(new: NewJob, now: datetime) -> Values:
    """In the order of COLUMNS."""
    due = now if new.due is None else new.due
    return (
        new.id,
        new.kind.value,
        QUEUE_OF[new.kind].value,
        JobState.QUEUED.value,
        new.subject,
        encoded(new.parameters),
        new.collection,
        new.created_by,
        new.key,
        microseconds(now),
        microseconds(due),
        *(0, new.attempts_allowed, 0),
        *(None, None, None, None, None),
        0,
        progress_text(JobProgress()),
        *(None, None, None),
    )


def job_of(row: Sequence[Any]) -> Job:
    """The job of a row in the order of COLUMNS."""
    cells: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    for name in ("created", "due", "lease_until", "heartbeat", "started", "finished", "announced"):
        cells[name] = None if cells[name] is None else instant(cells[name])
    for name in ("parameters", "result"):
        cells[name] = None if cells[name] is None else json.loads(cells[name])
    cells["kind"], cells["queue"] = JobKind(cells["kind"]), Queue(cells["queue"])
    cells["state"], cells["cancel_requested"] = JobState(cells["state"]), bool(cells["cancel_requested"])
    cells["progress"] = _progress(json.loads(cells["progress"]))
    cells["problem"] = None if cells["problem"] is None else JobProblem(**json.loads(cells["problem"]))
    return Job(**cells)


def encoded(value: Mapping[str, Json]) -> str:
    """JSON in ASCII: every string can be kept by both databases so, with U+0000 and lone surrogates in it too."""
    return json.dumps(dict(value), separators=(",", ":"), allow_nan=False)


def problem_text(problem: JobProblem) -> str:
    return encoded({"code": problem.code, "detail": problem.detail})


def progress_text(progress: JobProgress) -> str:
    return encoded(
        {
            "phase": progress.phase,
            "done_files": progress.done_files,
            "total_files": progress.total_files,
            "done_bytes": progress.done_bytes,
            "total_bytes": progress.total_bytes,
            "since": None if progress.since is None else microseconds(progress.since),
        }
    )


def _progress(values: dict[str, Any]) -> JobProgress:
    since = values.pop("since")
    return JobProgress(**values, since=None if since is None else instant(since))
