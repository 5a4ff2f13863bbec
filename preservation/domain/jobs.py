"""Jobs: requests to do work that outlive the process that made them. The table of jobs is the truth; brokers carry ids only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from preservation.domain.events import Json


class Queue(StrEnum):
    """Kinds of work that wait apart, so that a flood of one cannot starve another."""

    INGEST = "ingest"
    FIXITY = "fixity"
    COPIES = "copies"
    ACCESS = "access"
    UPKEEP = "upkeep"
    MIGRATION = "migration"


class JobKind(StrEnum):
    """What is to be done. The subject is named by its id in `Job.subject`."""

    CHECK = "check"  # a transfer: validate it, keep nothing, wait for a person
    INGEST = "ingest"  # a transfer
    FIXITY = "fixity"  # copies that are due, or one AIP, or one replica
    PLAN_CHECKS = "plan-checks"  # when copies are due, after policy, collections or replicas have changed
    SYNC = "sync"  # a replica
    COMPARE = "compare"  # a replica's listing and the catalogue
    CHALLENGE = "challenge"  # an AIP: read it, and answer a peer
    ASK_PEERS = "ask-peers"  # about the copies that other organisations keep
    EXPORT = "export"  # an AIP
    FORMAT_REVIEW = "format-review"
    REIDENTIFY = "reidentify"  # formats of what is held, by an engine with new signatures
    EXAMINE = "examine"  # what is held and was not examined
    VIRUS_SCAN = "virus-scan"  # what is held, by newer signatures
    PLAN_MIGRATION = "plan-migration"  # write a plan of a format migration down, and try a sample
    MIGRATE = "migrate"  # such a plan: a slice of one of its lanes
    REVERT_MIGRATION = "revert-migration"  # take back what a plan has made, or a representation of an AIP
    PROPOSE_MIGRATIONS = "propose-migrations"  # plans that the policy wants, and what came in for those that stay open
    DROPS = "drops"  # look for packages in the watched places
    RECORD = "record"  # put collections, policies and people into the repository's own AIP
    CLEANUP = "cleanup"  # remove what is past its time: uploads never submitted, exports, ended sessions


QUEUE_OF: Mapping[JobKind, Queue] = MappingProxyType(
    {
        JobKind.CHECK: Queue.INGEST,
        JobKind.INGEST: Queue.INGEST,
        JobKind.FIXITY: Queue.FIXITY,
        JobKind.PLAN_CHECKS: Queue.UPKEEP,
        JobKind.SYNC: Queue.COPIES,
        JobKind.COMPARE: Queue.COPIES,
        JobKind.CHALLENGE: Queue.ACCESS,
        JobKind.ASK_PEERS: Queue.COPIES,
        JobKind.EXPORT: Queue.ACCESS,
        JobKind.FORMAT_REVIEW: Queue.UPKEEP,
        JobKind.REIDENTIFY: Queue.UPKEEP,
        JobKind.EXAMINE: Queue.UPKEEP,
        JobKind.VIRUS_SCAN: Queue.UPKEEP,
        JobKind.PLAN_MIGRATION: Queue.UPKEEP,
        JobKind.MIGRATE: Queue.MIGRATION,
        JobKind.REVERT_MIGRATION: Queue.MIGRATION,
        JobKind.PROPOSE_MIGRATIONS: Queue.UPKEEP,
        JobKind.DROPS: Queue.UPKEEP,
        JobKind.RECORD: Queue.UPKEEP,
        JobKind.CLEANUP: Queue.UPKEEP,
    }
)

# Within how long a job must have been started once it is due. Later is an alarm: nothing waits silently.
START_PROMISE: Mapping[Queue, timedelta] = MappingProxyType(
    {
        Queue.INGEST: timedelta(minutes=15),
        Queue.ACCESS: timedelta(minutes=5),
        Queue.UPKEEP: timedelta(minutes=15),
        Queue.COPIES: timedelta(hours=1),
        Queue.FIXITY: timedelta(hours=6),
        Queue.MIGRATION: timedelta(hours=6),
    }
)

# A transfer that was acknowledged outlives an outage of a night: with the pauses of `backoff`, some seven hours. What new
# signatures touch waits as long for the work of those before them.
MAX_ATTEMPTS: Mapping[JobKind, int] = MappingProxyType({JobKind.CHECK: 16, JobKind.INGEST: 16, JobKind.REIDENTIFY: 16})
_OTHER_ATTEMPTS = 5
_FIRST_BACKOFF = timedelta(seconds=10)
_LONGEST_BACKOFF = timedelta(hours=1)
# Nobody queues a job for later than this, or leases one for longer: what says so was written by a clock that was ahead.
FARTHEST = timedelta(hours=2)


class JobState(StrEnum):
    """queued -> running -> succeeded | failed | cancelled; running -> queued again, after a failure or when handed back."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return not TRANSITIONS[self]


TRANSITIONS: Mapping[JobState, frozenset[JobState]] = MappingProxyType(
    {
        JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
        JobState.RUNNING: frozenset({JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}),
        JobState.SUCCEEDED: frozenset(),
        JobState.FAILED: frozenset(),
        JobState.CANCELLED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a running job has come. Totals are None where they are not known yet. `since` is when this phase began."""

    phase: str = ""
    done_files: int = 0
    total_files: int | None = None
    done_bytes: int = 0
    total_bytes: int | None = None
    since: datetime | None = None

    def bytes_per_second(self, now: datetime) -> float | None:
        if self.since is None or now <= self.since:
            return None
        return self.done_bytes / (now - self.since).total_seconds()

    def seconds_left(self, now: datetime) -> float | None:
        rate = self.bytes_per_second(now)
        if not rate or self.total_bytes is None:
            return None
        return max(0, self.total_bytes - self.done_bytes) / rate


@dataclass(frozen=True, slots=True)
class JobProblem:
    """Why an attempt did not come to its end. `code` is the exception's class or a word of ours; `detail` is for people."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be queued.

    `subject` is the id of what it is about: a transfer, an AIP, a replica. `key` makes it the only one: a second job with
    the same key is not queued ("fixity 2026-11-22T00:00Z" for a timer's due time, "ingest urn:uuid:..." for a transfer).
    `due` is the earliest start, within FARTHEST, None for now. `collection` limits who may see it; None is for those with rights
    everywhere.
    """

    id: str
    kind: JobKind
    subject: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    collection: str | None = None
    created_by: str | None = None
    key: str | None = None
    due: datetime | None = None
    max_attempts: int | None = None

    @property
    def attempts_allowed(self) -> int:
        """How often it may be tried: what was said, else what its kind is worth."""
        return self.max_attempts or MAX_ATTEMPTS.get(self.kind, _OTHER_ATTEMPTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the table has it.

    `token` counts the leases ever given: the newest holder has the highest, and only that one may report (fencing).
    `attempts` counts those that did not end by being handed back. `lease_until`, `worker` and `heartbeat` are of the
    running attempt. `announced` is when a broker was last told; None where it was not.
    """

    id: str
    kind: JobKind
    queue: Queue
    state: JobState
    created: datetime
    due: datetime
    subject: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    collection: str | None = None
    created_by: str | None = None
    key: str | None = None
    attempts: int = 0
    max_attempts: int = _OTHER_ATTEMPTS
    token: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    heartbeat: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    cancel_requested: bool = False
    progress: JobProgress = field(default_factory=JobProgress)
    result: Mapping[str, Json] | None = None
    problem: JobProblem | None = None
    announced: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether it waits longer than its queue promises."""
        return self.state is JobState.QUEUED and now - self.due > START_PROMISE[self.queue]


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One queue and state in numbers. `oldest_due` is that of the job that is due longest."""

    queue: Queue
    state: JobState
    count: int
    oldest_due: datetime | None


def backoff(attempts: int) -> timedelta:
    """How long to wait before the attempt after this many: 10 s, doubled each time, an hour at most."""
    doubled: int = 2 ** max(0, min(attempts, 20) - 1)
    return min(_FIRST_BACKOFF * doubled, _LONGEST_BACKOFF)
