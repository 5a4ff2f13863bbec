"""What timers queue: one job for each due time, whoever asks, however often, and however long nobody asked; and what follows it.

A schedule is a period in UTC that began at a fixed time, so that every scheduler computes the same due times. Its newest due
time is the job's key. A scheduler that was off for a week finds one due time that has passed last, and queues one job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain

from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, JobState, NewJob
from preservation.ports import Catalogue, Clock, Minter

_OPEN = (JobState.QUEUED, JobState.RUNNING)
_MOST_OPEN = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind of job that is due again and again: every `period` (at least a second), `offset` after midnight UTC of 1970-01-01.

    `name` is the schedule's own; two schedules may queue the same kind of job. The period is shorter than the time for which
    ended jobs are kept: the table remembers what was queued, and nothing else does.
    """

    name: str
    kind: JobKind
    period: timedelta
    offset: timedelta = timedelta(0)
    subject: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)

    def last_due(self, now: datetime) -> datetime:
        """The newest due time that is not after `now`."""
        return _EPOCH + self.offset + (now - _EPOCH - self.offset) // self.period * self.period

    def next_due(self, now: datetime) -> datetime:
        """The first due time after `now`."""
        return self.last_due(now) + self.period

    def key(self, due: datetime) -> str:
        """What makes the job of a due time the only one."""
        return f"{self.name} {due.isoformat(timespec='seconds')}"


@dataclass(frozen=True, slots=True)
class JobRequests:
    """The service. Schedulers that ask at the same time do no harm: the table refuses the second job of a due time."""

    catalogue: Catalogue
    minter: Minter
    clock: Clock

    def request(self, schedule: Schedule) -> str | None:
        """Queue the job of the schedule's newest due time; its id, None where that was done, or one before it is still open.

        A run that takes longer than its period is not followed by a queue of others that wait for it.
        """
        now = self.clock.now()
        due = schedule.last_due(now)
        if self._is_open(schedule):
            return None
        job = NewJob(
            id=self.minter.urn(),
            kind=schedule.kind,
            subject=schedule.subject,
            parameters={**schedule.parameters, "schedule": schedule.name},
            key=schedule.key(due),
        )
        with self.catalogue.begin() as tx:
            return job.id if tx.add_job(job, now=now) else None

    def follow(self, job: Job, *, due: datetime | None = None) -> None:
        """Queue the next slice of a job, at once behind whatever waits already, or at `due`.

        Its key names the job that is over: should that one run again, the next is there.
        """
        following = NewJob(
            id=self.minter.urn(),
            kind=job.kind,
            subject=job.subject,
            parameters=job.parameters,
            key=f"slice after {job.id}",
            due=due,
        )
        with self.catalogue.begin() as tx:
            tx.add_job(following, now=self.clock.now())

    def _is_open(self, schedule: Schedule) -> bool:
        table = self.catalogue.job_table()
        open_ones = (table.jobs(kind=schedule.kind, state=state, limit=_MOST_OPEN) for state in _OPEN)
        return any(job.parameters.get("schedule") == schedule.name for job in chain.from_iterable(open_ones))
