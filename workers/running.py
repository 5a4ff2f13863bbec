"""One leased job, run to its end: its outcome goes into the table, unless somebody else has the job by then.

done                                     succeeded, with its result; the ledger is published first
a wish to cancel it, seen                cancelled
this process is to end                   handed back: queued, the attempt not counted
the lease is lost, or was taken over     nothing is reported: it is somebody else's now
it makes no sense, or contradicts        failed, with the reason: another attempt would come to the same
somebody else is at what it is about     queued again, later, the attempt not counted
something did not answer                 queued again, later; failed after its last attempt
anything else                            logged with its traceback, then as above
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from preservation import bootstrap
from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, JobProblem, Queue, backoff
from preservation.errors import Conflict, ForkedLedger, InUse, NotHere, Superseded, Unavailable, WrongUse
from preservation.ports import JobTable
from preservation.ports.tracing import Tracer
from workers.endings import settle_subject
from workers.engines import Engines
from workers.errands import Errand, Work
from workers.heart import Cancelled, HandedBack, Heart, LeaseLost
from workers.kinds import KINDS
from workers.stopping import Stopping

_PAUSE = 0.5
# What somebody else is at is looked at again after this long; each look has waited for the lock already.
_IN_USE_PAUSE = timedelta(seconds=20)
# Long enough for a person, and no more than a row should hold.
_MAX_DETAIL = 2000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Leases and runs jobs in this process, one at a time. `lease` and `beat` in seconds, see `Heart`."""

    repository: bootstrap.Repository
    table: JobTable
    engines: Engines
    stopping: Stopping
    worker: str
    lease: float
    beat: float
    tracer: Tracer
    kinds: Mapping[JobKind, Work] = field(default_factory=lambda: KINDS)

    def take(self, queues: Collection[Queue], id: str | None = None) -> Job | None:
        """Lease the job that waits longest, or the one named if it is due. Raises Unavailable."""
        now = self.repository.clock.now()
        return self.table.lease(queues, self.worker, now=now, until=now + timedelta(seconds=self.lease), id=id)

    def run(self, job: Job) -> None:
        """Run a job that `take` leased. Never raises for what the job does; its outcome is in the table."""
        with structlog.contextvars.bound_contextvars(job_id=job.id, kind=job.kind.value):
            log.info("job_started", attempt=job.attempts, token=job.token, subject=job.subject)
            heart = Heart(job, self.table, self.repository.clock, self.stopping, lease=self.lease, beat=self.beat)
            told: dict[str, str | int] = {
                "job.id": job.id,
                "job.attempt": job.attempts,
                "job.subject": job.subject or "",
            }
            with heart, self.tracer.span(f"job {job.kind.value}", told):
                outcome = self._outcome(job, heart)
            # The lease holds on: there is time to say what it came to.
            if outcome is not None:
                self._report(outcome, heart)

    def _outcome(self, job: Job, heart: Heart) -> "Callable[[], object] | None":
        """What is to be told to the table."""
        try:
            heart.check()
            repository = self.repository.with_replicas()
            result = self.kinds[job.kind](Errand(repository, job, heart, self.engines))
            _publish(repository)
        except Cancelled:
            return lambda: self._cancelled(job)
        except HandedBack:
            return lambda: self._handed_back(job)
        except (LeaseLost, Superseded) as error:
            log.warning("job_lost", reason=str(error))
            return None
        except (WrongUse, NotHere, Conflict, ForkedLedger) as error:
            problem = _problem(error)
            return lambda: self._failed(job, problem, is_final=True)
        except InUse as error:
            reason = str(error)
            return lambda: self._waits(job, reason)
        except Unavailable as error:
            problem = _problem(error)
            return lambda: self._failed(job, problem, is_final=False)
        except Exception as error:
            # Whatever it is, the job must not be left behind; log and table have it.
            log.exception("job_broke")
            problem = _problem(error)
            return lambda: self._failed(job, problem, is_final=False)
        return lambda: self._succeeded(job, result)

    def _report(self, tell: Callable[[], object], heart: Heart) -> None:
        """Tell the table; while it does not answer, again, for as long as the lease holds."""
        while heart.seconds_left > 0:
            try:
                tell()
            except Conflict as error:
                log.warning("job_lost", reason=str(error))
            except Unavailable as error:
                log.warning("job_unreported", error=str(error))
                time.sleep(_PAUSE)
                continue
            return
        log.warning("job_lost", reason="its lease ran out before its outcome could be told")

    def _succeeded(self, job: Job, result: Mapping[str, Json]) -> None:
        self.table.succeed(job.id, job.token, now=self.repository.clock.now(), result=result)
        log.info("job_succeeded")

    def _cancelled(self, job: Job) -> None:
        self._settle(job, None)
        self.table.cancelled(job.id, job.token, now=self.repository.clock.now())
        log.info("job_cancelled")

    def _handed_back(self, job: Job) -> None:
        self.table.hand_back(job.id, job.token, now=self.repository.clock.now())
        log.info("job_handed_back")

    def _waits(self, job: Job, reason: str) -> None:
        now = self.repository.clock.now()
        self.table.hand_back(job.id, job.token, now=now, due=now + _IN_USE_PAUSE)
        log.info("job_waits", reason=reason, due=(now + _IN_USE_PAUSE).isoformat())

    def _failed(self, job: Job, problem: JobProblem, *, is_final: bool) -> None:
        now = self.repository.clock.now()
        if is_final or job.attempts >= job.max_attempts:
            self._settle(job, problem)
            self.table.fail(job.id, job.token, now=now, problem=problem, retry_at=None)
            log.error("job_failed", error=problem.code, detail=problem.detail)
            return
        retry_at = now + backoff(job.attempts)
        self.table.fail(job.id, job.token, now=now, problem=problem, retry_at=retry_at)
        log.warning(
            "job_will_be_retried",
            error=problem.code,
            detail=problem.detail,
            attempt=job.attempts,
            due=retry_at.isoformat(),
        )

    def _settle(self, job: Job, problem: JobProblem | None) -> None:
        """What the job was about ends before the job does, so that nobody sees one without the other."""
        try:
            settle_subject(self.repository.with_replicas(), job, problem)
        except Unavailable as error:
            log.warning("subject_not_settled", subject=job.subject, reason=str(error))


def _publish(repository: bootstrap.Repository) -> None:
    """What is told now can be proven now; if the replicas do not answer, soon."""
    try:
        bootstrap.publish(repository)
    except Unavailable as error:
        log.warning("ledger_not_published", error=str(error))


def _problem(error: Exception) -> JobProblem:
    return JobProblem(type(error).__name__, str(error)[:_MAX_DETAIL])
