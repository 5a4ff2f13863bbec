"""The progress of a job, told as it comes."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.dependencies import Allowed, requires
from preservation.api.documented import answers
from preservation.api.parameters import JobId
from preservation.api.problems import Problem
from preservation.api.progress_streams import EVENT_STREAM, ProgressAnswer
from preservation.api.routes.jobs import visible_job

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get(
    "/{id}/progress",
    operation_id="watch_job",
    summary="The progress of a job as server-sent events",
    description="Each event's data is the job. The stream ends with the job; a client that comes back goes on where it was.",
    responses=answers(
        200,
        "Events `progress` and, last, `ended`.",
        problems=[kinds.NOT_FOUND, kinds.TOO_MANY_REQUESTS],
        content={EVENT_STREAM: {"type": "string"}},
    ),
    response_model=None,
)
def watch_job(
    allowed: Annotated[Allowed, requires(None)],
    id: JobId,
    last_event_id: Annotated[
        str | None, Header(max_length=64, pattern=r"^[\x21-\x7e]*$", description="The last event that was received.")
    ] = None,
) -> Response:
    service = allowed.service
    job = visible_job(allowed, id)
    if not service.streams.take(allowed.account):
        raise Problem(kinds.TOO_MANY_REQUESTS, "Too many streams of progress are open.")
    return ProgressAnswer(service, job, allowed.account, last_event_id)
