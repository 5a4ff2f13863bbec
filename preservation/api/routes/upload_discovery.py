"""What a tus client asks before its first upload (tus 1.0.0, "OPTIONS"): versions, extensions, the largest upload.

The answer is the same for everybody and every transfer: it tells nothing of what is there. An agreement may allow less.
"""

from fastapi import APIRouter
from starlette.responses import Response

from preservation.api.dependencies import ServiceHere, public
from preservation.api.documented import Responses, answers
from preservation.api.freshness import with_policies
from preservation.api.receiving import ALGORITHMS
from preservation.api.routes.transfers import TransferId
from preservation.api.routes.uploads import VERSION

router = APIRouter(prefix="/api/v1", tags=["uploads"])

_HEADERS = {
    "Tus-Resumable": VERSION,
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,expiration,termination,checksum",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
}
_TOLD: Responses = answers(
    204,
    "No body; the headers tell.",
    headers={**_HEADERS, "Tus-Max-Size": "The most that any upload may have, in bytes, by the policy of ingest."},
)


@router.options(
    "/uploads",
    operation_id="discover_uploads",
    summary="What uploads can do (tus: OPTIONS)",
    status_code=204,
    dependencies=[public()],
    responses=_TOLD,
    response_model=None,
)
def discover_uploads(service: ServiceHere) -> Response:
    limits = with_policies(service.repository).policies.ingest.limits
    return Response(status_code=204, headers={**_HEADERS, "Tus-Max-Size": str(limits.max_total_bytes)})


@router.options(
    "/transfers/{id}/uploads",
    operation_id="discover_uploads_of_transfer",
    summary="The same, where uploads are created",
    status_code=204,
    dependencies=[public()],
    responses=_TOLD,
    response_model=None,
)
def discover_uploads_of_transfer(id: TransferId, service: ServiceHere) -> Response:  # noqa: ARG001 - the same for each
    return discover_uploads(service)
