"""The table of jobs, and the bell that tells workers of a new one."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, JobProblem, JobProgress, JobState, Queue, QueueFigures
from preservation.domain.ledger import EncodedEvent


class JobWatch(Protocol):
    """Tells cheaply whether `lease` would find something. It keeps a connection of its own; for one thread at a time."""

    def is_due(self, now: datetime) -> bool:
        """Whether a job in the queues may be leased at `now`. True may be out of date at once; `lease` decides.

        Nothing is written, and where nothing has changed since the last call SQLite is not even asked: a worker may call it
        every 100 ms. After Unavailable it may be called again, and connects anew.
        """
        ...


class JobTable(Protocol):
    """Jobs in the database. Every method is one transaction, durable when it returns; safe for threads and processes.

    Jobs are made by `CatalogueTransaction.add_job`, in the transaction of what they are about. Times are given by the caller.
    An `event` is appended in the transaction of what it tells.
    Raises Unavailable when the database does not answer.
    """

    def job(self, id: str) -> Job | None: ...

    def jobs(
        self,
        *,
        state: JobState | None = None,
        kind: JobKind | None = None,
        subject: str | None = None,
        collections: Collection[str] | None = None,
        created_by: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Job]:
        """Newest first, by id; `before` is the last id of the page before.

        With `collections` only jobs of these, and those that `created_by` made.
        """
        ...

    def lease(
        self, queues: Collection[Queue], worker: str, *, now: datetime, until: datetime, id: str | None = None
    ) -> Job | None:
        """Take the job that is due longest in one of the queues (or the one named, if it is due), else None.

        Takes a queued job, or a running one whose lease ran out before `now`: its token and attempts rise by one, so that
        whoever had it can no longer report. A job whose cancellation is wanted, or that has had all its attempts, is never
        leased: `settle_abandoned` sees to those. Two callers never get the same lease.
        """
        ...

    def watch(self, queues: Collection[Queue]) -> AbstractContextManager[JobWatch]:
        """What a worker's loop polls with, for as long as the loop runs:

        with table.watch(queues) as watch:
            while not stop.wait(0.15):
                while watch.is_due(clock.now()) and (job := table.lease(queues, worker, now=..., until=...)):
                    ...
        """
        ...

    def beat(self, id: str, token: int, *, now: datetime, until: datetime, progress: JobProgress) -> bool:
        """Keep the lease and tell how far it has come; whether somebody wants it cancelled. Conflict if the lease is lost."""
        ...

    def succeed(self, id: str, token: int, *, now: datetime, result: Mapping[str, Json]) -> None:
        """running -> succeeded. Conflict if the lease is lost."""
        ...

    def fail(self, id: str, token: int, *, now: datetime, problem: JobProblem, retry_at: datetime | None) -> JobState:
        """running -> queued, due at `retry_at`; -> failed if that is None or no attempt is left; the state that it has now.

        -> cancelled where it would be queued and somebody wants it cancelled. Conflict if the lease is lost.
        """
        ...

    def hand_back(self, id: str, token: int, *, now: datetime, due: datetime | None = None) -> None:
        """running -> queued, due at once, the attempt not counted: a worker that stops cleanly. Conflict if the lease is lost.

        `due` is later where somebody else is at what the job is about. -> cancelled where somebody wants it cancelled.
        """
        ...

    def cancelled(self, id: str, token: int, *, now: datetime) -> None:
        """running -> cancelled, by the worker that saw the wish. Conflict if the lease is lost."""
        ...

    def cancel(self, id: str, *, now: datetime, event: EncodedEvent | None = None) -> Job:
        """queued -> cancelled at once; running: the wish is noted. Conflict if it has ended, NotHere if there is none."""
        ...

    def retry(self, id: str, *, now: datetime, event: EncodedEvent | None = None) -> Job:
        """A failed or cancelled job is queued once more, its attempts counted from nothing. Conflict in any other state."""
        ...

    def settle_abandoned(self, *, now: datetime) -> Sequence[Job]:
        """End running jobs whose lease ran out and that may not be leased again: failed (no attempt left), or cancelled.

        Those that ended, as they now are.
        """
        ...

    def bring_forward(self, *, now: datetime) -> int:
        """Jobs that wait for a time which was written by a clock that was ahead (beyond domain.jobs.FARTHEST): those that are
        queued are due now, leases end after that time unless they are kept. How many there were."""
        ...

    def abandoned(self, *, now: datetime) -> Sequence[Job]:
        """Running jobs whose lease ran out."""
        ...

    def unannounced(self, *, now: datetime, before: datetime, limit: int = 1000) -> Sequence[Job]:
        """Queued jobs that are due, or running ones whose lease ran out, and that no broker was told of since `before`.

        `limit` of each queue at most, so that a flood in one keeps no other from being told of. Of those announced before only
        the oldest of each queue.
        """
        ...

    def announced(self, ids: Collection[str], *, now: datetime) -> None:
        """Note that a broker was told."""
        ...

    def figures(self, *, now: datetime) -> Sequence[QueueFigures]:
        """Counts of the queued and running, and of those ended within the last day, by queue and state."""
        ...

    def late(self, *, now: datetime, limit: int = 100) -> Sequence[Job]:
        """Queued jobs that wait longer than their queue promises (domain.jobs.START_PROMISE), oldest first."""
        ...

    def failures(self, *, since: datetime, limit: int = 1000) -> Sequence[Job]:
        """Jobs that failed for good since then, newest end first."""
        ...

    def transfers_without_job(self, *, limit: int = 1000) -> Sequence[str]:
        """Deposited transfers that are accepted or running while no job about them is queued or running: nobody sees to them."""
        ...

    def forget(self, *, ended_before: datetime, limit: int = 10_000) -> int:
        """Delete ended jobs that are old: they are no truth to be kept, the events are. How many went."""
        ...


class JobBell(Protocol):
    """Tells workers that a job is there. Losing a ring loses time, never a job."""

    def ring(self, jobs: Sequence[Job]) -> None:
        """Called after the transaction that made them was committed. Raises Unavailable if nobody could be told."""
        ...
