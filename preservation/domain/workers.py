"""The processes that do the service's work, as they tell of themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from preservation.domain.jobs import Queue

BEAT_EVERY = timedelta(seconds=15)
# Five beats missed: the process is gone, or so stuck that it might as well be.
SILENT_AFTER = timedelta(seconds=75)


class WorkerKind(StrEnum):
    """WORKER runs jobs; SCHEDULER queues what is due; API answers requests."""

    WORKER = "worker"
    SCHEDULER = "scheduler"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process, from its start to its end. `name` is what leases carry; `queues` are those that it serves."""

    id: str
    name: str
    kind: WorkerKind
    host: str
    pid: int
    queues: frozenset[Queue]
    started: datetime
    beat: datetime

    def is_alive(self, now: datetime) -> bool:
        """Whether it was heard of lately; not in a time that is yet to come, as a clock that was ahead has left it behind."""
        return abs(now - self.beat) <= SILENT_AFTER
