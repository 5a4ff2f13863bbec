"""Telling workers of a job that was just queued. Where that fails, they find it by themselves a little later."""

import structlog

from preservation.api.service import Service
from preservation.errors import Unavailable

log = structlog.get_logger()


def ring(service: Service, job: str | None) -> None:
    """Called after the transaction that made the job was committed."""
    if job is None:
        return
    try:
        found = service.jobs.job(job)
        if found is not None:
            service.bell.ring([found])
    except Unavailable as error:
        log.warning("job_not_announced", job_id=job, error=str(error))
