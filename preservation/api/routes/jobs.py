"""Jobs: what was asked for and goes on by itself."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer, page_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.job_answers import announce, job_item
from preservation.api.parameters import CursorParameter, JobId, Limit
from preservation.api.problems import Problem
from preservation.api.schemas import jobs as shapes
from preservation.domain.jobs import Job, JobKind, JobState
from preservation.domain.people import Right
from preservation.services.job_acts import JobActs

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

Anybody = Annotated[Allowed, requires(None)]
RunnerThere = Annotated[Allowed, requires(Right.RUN_JOBS, Scope.SUBJECT, seen_by=Right.READ_STATE)]


@router.get(
    "",
    operation_id="list_jobs",
    summary="Jobs, newest first",
    description="Those of collections whose state you may read, and those that you asked for yourself.",
    responses=answers(200, "A page.", shapes.JobPage),
    response_model=None,
)
def list_jobs(
    allowed: Anybody,
    state: Annotated[JobState | None, Query(description="Only in this state.")] = None,
    kind: Annotated[JobKind | None, Query(description="Only of this kind.")] = None,
    subject: Annotated[str | None, Query(max_length=200, description="Only about this.")] = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    reach = allowed.reach(Right.READ_STATE)
    page = allowed.service.jobs.jobs(
        state=state,
        kind=kind,
        subject=subject,
        collections=reach,
        created_by=None if reach is None else allowed.account,
        before=cursors.text_place("jobs", cursor),
        limit=limit,
    )
    now = allowed.service.repository.clock.now()
    following = cursors.encode("jobs", page[-1].id) if len(page) == limit else None
    return page_answer((job_item(one, now) for one in page), following)


@router.get(
    "/{id}",
    operation_id="show_job",
    summary="A job and how far it has come",
    responses=answers(200, "The job.", shapes.Job, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_job(allowed: Anybody, id: JobId) -> Response:
    return json_answer(job_item(visible_job(allowed, id), allowed.service.repository.clock.now()))


@router.post(
    "/{id}/cancel",
    operation_id="cancel_job",
    summary="Have a job stopped",
    description="One that waits is cancelled at once; one that runs, as soon as its worker has seen the wish.",
    responses=answers(200, "The job.", shapes.Job, problems=[kinds.CONFLICT]),
    response_model=None,
)
def cancel_job(allowed: RunnerThere, id: JobId) -> Response:
    job = _acts(allowed).cancel(_checked(allowed, id), by=allowed.account)
    return json_answer(job_item(job, allowed.service.repository.clock.now()))


@router.post(
    "/{id}/retry",
    operation_id="retry_job",
    summary="Queue a job once more that failed or was cancelled",
    responses=answers(200, "The job.", shapes.Job, problems=[kinds.CONFLICT]),
    response_model=None,
)
def retry_job(allowed: RunnerThere, id: JobId) -> Response:
    job = _acts(allowed).retry(_checked(allowed, id), by=allowed.account)
    announce(allowed.service, job)
    return json_answer(job_item(job, allowed.service.repository.clock.now()))


def visible_job(allowed: Allowed, id: str) -> Job:
    """A job that they may know of. Problem 404."""
    job = allowed.service.jobs.job(id)
    if job is None or not (job.created_by == allowed.account or allowed.may(Right.READ_STATE, job.collection)):
        raise Problem(kinds.NOT_FOUND)
    return job


def _acts(allowed: Allowed) -> JobActs:
    repository = allowed.service.repository
    return JobActs(allowed.service.jobs, repository.recorder, repository.clock)


def _checked(allowed: Allowed, id: str) -> Job:
    job = allowed.service.jobs.job(id)
    if job is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(job.collection, own=job.created_by == allowed.account)
    return job
