"""What a job's end means for what it was about: one that fails for good must not leave a transfer that waits for ever."""

import structlog

from preservation.bootstrap import Repository
from preservation.domain.jobs import Job, JobKind, JobProblem
from preservation.services.given_up_transfers import GivenUpTransfers

_ABOUT_TRANSFERS = frozenset({JobKind.CHECK, JobKind.INGEST})
_CANCELLED = JobProblem("Cancelled", "somebody cancelled it")

log = structlog.get_logger()


def settle_subject(repository: Repository, job: Job, problem: JobProblem | None) -> None:
    """See to what the job was about. Raises Unavailable where that cannot be done now: the reconciler comes back to it."""
    if job.kind not in _ABOUT_TRANSFERS or job.subject is None:
        return
    given_up = GivenUpTransfers(repository.ingest(None).desk, repository.locks)
    status = given_up.give_up(job.subject, problem or _CANCELLED)
    if status is not None:
        log.warning("transfer_given_up", transfer_id=job.subject, status=status.value, job_id=job.id)
