"""What a running job tells, and what it is told: progress out; cancellation, the loss of its lease, the wish to stop in."""

import threading
import time
from datetime import datetime, timedelta
from typing import Self

import structlog

from preservation.domain.jobs import Job, JobProgress
from preservation.errors import Conflict, Unavailable
from preservation.ports import Clock, JobTable
from workers.stopping import Stopping

# Young jobs are looked after more often: most end soon, and whoever queued one is still watching.
_FIRST_BEAT = 0.5

log = structlog.get_logger()


class Cancelled(Exception):
    """Somebody wants the job cancelled."""


class LeaseLost(Exception):
    """Another worker has the job, or will soon: nothing of it is ours to report any more."""


class HandedBack(Exception):
    """This process is to end: the job goes back to the table."""


class Heart:
    """ports.Progress of one leased job. While it beats, the lease is kept by a thread of its own.

    `begin` and `advance` raise Cancelled, LeaseLost or HandedBack once that is so, from whatever thread they are called: work
    stops where it tells its progress, and what a service has begun is undone or resumed as after a crash.
    """

    def __init__(
        self, job: Job, table: JobTable, clock: Clock, stopping: Stopping, *, lease: float, beat: float
    ) -> None:
        """`lease` and `beat` in seconds: for how long each beat keeps the job, and how often it beats."""
        self._job = job
        self._table = table
        self._clock = clock
        self._stopping = stopping
        self._lease = lease
        self._beat = beat
        self._lock = threading.Lock()
        self._phase = ""
        self._done = 0
        self._total: int | None = None
        self._since: datetime | None = None
        self._is_cancelled = False
        self._is_lost = False
        self._ends = time.monotonic() + lease
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name=f"heart {job.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def seconds_left(self) -> float:
        """For how long the lease is ours at least, unless it is lost already."""
        return 0.0 if self._is_lost else max(0.0, self._ends - time.monotonic())

    def check(self) -> None:
        """Raise what stops the job, if anything does. Cheap."""
        if self._is_lost or time.monotonic() >= self._ends:
            raise LeaseLost
        if self._is_cancelled:
            raise Cancelled
        if self._stopping.is_urgent:
            raise HandedBack

    def begin(self, label: str, total: int | None) -> None:
        self.check()
        with self._lock:
            self._phase, self._done, self._total, self._since = label, 0, total, self._clock.now()

    def advance(self, amount: int) -> None:
        self.check()
        with self._lock:
            self._done += amount

    def end(self) -> None:
        """The phase is over. Never raises: it is called on the way out as well."""

    def progress(self) -> JobProgress:
        with self._lock:
            return JobProgress(self._phase, done_bytes=self._done, total_bytes=self._total, since=self._since)

    def _keep_beating(self) -> None:
        pause = min(_FIRST_BEAT, self._beat)
        while not self._over.wait(pause):
            pause = min(2 * pause, self._beat)
            before, now = time.monotonic(), self._clock.now()
            until = now + timedelta(seconds=self._lease)
            try:
                self._is_cancelled |= self._table.beat(
                    self._job.id, self._job.token, now=now, until=until, progress=self.progress()
                )
            except Conflict:
                self._is_lost = True
                return
            except Unavailable as error:
                # The lease still holds for a while; it is tried again soon.
                log.warning("heartbeat_failed", job_id=self._job.id, error=str(error))
                pause = min(_FIRST_BEAT, self._beat)
            else:
                self._ends = before + self._lease
