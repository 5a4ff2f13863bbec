"""Jobs."""

from datetime import datetime
from typing import Any

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_TIME, EXAMPLE_URN, NEXT, URN, Shape, example
from preservation.domain.jobs import JobKind, JobState, Queue

_JOB: dict[str, Any] = {
    "id": EXAMPLE_URN,
    "kind": "export",
    "queue": "access",
    "state": "running",
    "subject": EXAMPLE_URN,
    "collection": EXAMPLE_URN,
    "created_by": EXAMPLE_URN,
    "created": EXAMPLE_TIME,
    "due": EXAMPLE_TIME,
    "started": EXAMPLE_TIME,
    "finished": None,
    "attempts": 1,
    "max_attempts": 5,
    "cancel_requested": False,
    "is_late": False,
    "progress": {
        "phase": "export",
        "done_files": 12,
        "total_files": 41,
        "done_bytes": 25_165_824,
        "total_bytes": 83_886_080,
        "bytes_per_second": 52_428_800.0,
        "seconds_left": 1.1,
    },
    "result": None,
    "problem": None,
}


class Progress(Shape):
    """How far it has come. Totals are null where they are not known yet."""

    phase: str
    done_files: int = Field(ge=0)
    total_files: int | None
    done_bytes: int = Field(ge=0)
    total_bytes: int | None
    bytes_per_second: float | None
    seconds_left: float | None


class JobFailure(Shape):
    """Why the last attempt did not come to its end."""

    code: str
    detail: str


class Job(Shape):
    """A job: work that goes on after the request that asked for it."""

    model_config = example(**_JOB)

    id: URN
    kind: JobKind
    queue: Queue
    state: JobState
    subject: str | None = Field(description="The id of what it is about.")
    collection: URN | None
    created_by: URN | None
    created: datetime
    due: datetime = Field(description="The earliest start.")
    started: datetime | None
    finished: datetime | None
    attempts: int = Field(ge=0)
    max_attempts: int = Field(ge=1)
    cancel_requested: bool
    is_late: bool = Field(description="It waits longer than its queue promises.")
    progress: Progress
    result: dict[str, Any] | None = Field(description="What it came to; its members depend on its kind.")
    problem: JobFailure | None


class JobPage(Shape):
    """A page of jobs, newest first."""

    model_config = example(items=[_JOB], next=None)

    items: list[Job]
    next: str | None = NEXT
