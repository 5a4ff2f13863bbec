"""Jobs as answers, and queueing one with the answer that says so."""

from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import Response

from preservation.api.addresses import address
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed
from preservation.api.idempotency import Once
from preservation.api.service import Service
from preservation.domain.jobs import QUEUE_OF, Job, JobState, NewJob
from preservation.errors import Unavailable

log = structlog.get_logger()


def job_item(job: Job, now: datetime) -> dict[str, object]:
    """As lists show it."""
    progress = job.progress
    problem = None if job.problem is None else {"code": job.problem.code, "detail": job.problem.detail}
    return {
        "id": job.id,
        "kind": job.kind,
        "queue": job.queue,
        "state": job.state,
        "subject": job.subject,
        "collection": job.collection,
        "created_by": job.created_by,
        "created": job.created,
        "due": job.due,
        "started": job.started,
        "finished": job.finished,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "cancel_requested": job.cancel_requested,
        "is_late": job.is_late(now),
        "progress": {
            "phase": progress.phase,
            "done_files": progress.done_files,
            "total_files": progress.total_files,
            "done_bytes": progress.done_bytes,
            "total_bytes": progress.total_bytes,
            "bytes_per_second": progress.bytes_per_second(now),
            "seconds_left": progress.seconds_left(now),
        },
        "result": job.result,
        "problem": problem,
    }


def queue_job(request: Request, allowed: Allowed, once: Once, job: NewJob) -> Response:
    """Queue a job and answer 202 with it; the same request with the same key is answered the same again."""
    before = once.answered(allowed)
    if before is not None:
        return before
    repository = allowed.service.repository
    now = repository.clock.now()
    queued = as_queued(job, now)
    answer = json_answer(job_item(queued, now), 202, headers={"Location": address(request, f"/api/v1/jobs/{job.id}")})
    with repository.catalogue.begin() as tx:
        tx.add_job(job, now=now)
        once.keep(tx, allowed, answer)
    announce(allowed.service, queued)
    return answer


def as_queued(job: NewJob, now: datetime) -> Job:
    """The job as the table has it once it is committed."""
    return Job(
        id=job.id,
        kind=job.kind,
        queue=QUEUE_OF[job.kind],
        state=JobState.QUEUED,
        created=now,
        due=job.due or now,
        subject=job.subject,
        parameters=job.parameters,
        collection=job.collection,
        created_by=job.created_by,
        key=job.key,
        max_attempts=job.attempts_allowed,
    )


def announce(service: Service, *jobs: Job) -> None:
    """Tell workers, after the commit. A ring that is lost costs time, never a job: the reconciler finds it."""
    try:
        service.bell.ring(jobs)
    except Unavailable as error:
        log.warning("bell_not_heard", jobs=[job.id for job in jobs], error=str(error))
