"""DIPs: made by a job, then fetched until they expire."""

import stat
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.contents import CONTENT_ANSWERS, Content, Pieces, content_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers, problem_responses
from preservation.api.held import held_aip
from preservation.api.idempotency import OnceHere
from preservation.api.job_answers import queue_job
from preservation.api.parameters import AIPId, JobId
from preservation.api.problems import Problem
from preservation.api.schemas.aips import ExportRequest
from preservation.api.schemas.jobs import Job as JobShape
from preservation.bootstrap import Repository
from preservation.domain.identifiers import is_urn_uuid
from preservation.domain.jobs import Job, JobKind, JobState, NewJob
from preservation.domain.people import Right
from preservation.services.file_delivery import PIECE, Part

router = APIRouter(prefix="/api/v1", tags=["exports"])

ExporterThere = Annotated[Allowed, requires(Right.EXPORT, Scope.SUBJECT, seen_by=Right.READ_HOLDINGS)]


@router.post(
    "/aips/{id}/exports",
    operation_id="export_aip",
    summary="Have a DIP made of an AIP",
    description="The job's result names the file; its content is at `/jobs/{id}/result`.",
    status_code=202,
    responses=answers(
        202, "The job.", JobShape, problems=[kinds.KEY_IN_USE, kinds.KEY_REUSED], headers={"Location": "The job."}
    ),
    response_model=None,
)
def export_aip(request: Request, allowed: ExporterThere, once: OnceHere, id: AIPId, wanted: ExportRequest) -> Response:
    summary = held_aip(allowed, id, wanted.version)
    job = NewJob(
        id=allowed.service.repository.minter.urn(),
        kind=JobKind.EXPORT,
        subject=id,
        # The version is settled now: what is asked for is what is there at this moment.
        parameters={"form": wanted.form.value, "version": wanted.version or summary.head},
        collection=summary.collection,
        created_by=allowed.account,
    )
    return queue_job(request, allowed, once, job)


def download_result(request: Request, allowed: ExporterThere, id: JobId) -> Response:
    """A zip file, as long as it is kept."""
    job = allowed.service.jobs.job(id)
    if job is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(job.collection, own=job.created_by == allowed.account)
    if job.kind is not JobKind.EXPORT:
        raise Problem(kinds.NOT_FOUND, "A job of this kind makes no file.")
    if job.state is not JobState.SUCCEEDED:
        raise Problem(kinds.CONFLICT, "The job has not made its file.")
    return content_answer(request, _result(allowed.service.repository, job))


for method in ("GET", "HEAD"):
    router.add_api_route(
        "/jobs/{id}/result",
        download_result,
        methods=[method],
        operation_id="download_result" if method == "GET" else "look_at_result",
        summary="The file that an export made" if method == "GET" else "The headers of the file that an export made",
        responses=CONTENT_ANSWERS | problem_responses([kinds.CONFLICT]),
        response_model=None,
    )


def _result(repository: Repository, job: Job) -> Content:
    result = job.result or {}
    name, digest = result.get("name"), result.get("sha256")
    if not isinstance(name, str) or not isinstance(digest, str) or "/" in name or not is_urn_uuid(job.id):
        raise Problem(kinds.NOT_FOUND, "The export came to no file; the job's result says why.")
    path = repository.home.exports / job.id.removeprefix("urn:uuid:") / name
    try:
        status = path.lstat()
    except OSError as error:
        raise Problem(kinds.NOT_FOUND, "The file has expired: ask for another export.") from error
    if not stat.S_ISREG(status.st_mode):
        raise Problem(kinds.NOT_FOUND)

    def read(part: Part | None) -> Pieces:
        left = status.st_size if part is None else part.last - part.first + 1
        with path.open("rb") as stream:
            stream.seek(0 if part is None else part.first)
            while left and (piece := stream.read(min(PIECE, left))):
                left -= len(piece)
                yield piece

    return Content(name, status.st_size, bytes.fromhex(digest), None, read)
