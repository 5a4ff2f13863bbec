"""Resumable uploads: tus 1.0.0, with the extensions creation, expiration, termination and checksum.

An upload is made for a transfer; its bytes come by PATCH, in as many pieces as the line allows. A piece is acknowledged once it
is durable. What was not acknowledged may be there all the same: HEAD tells where to go on.
"""

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.addresses import address
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.freshness import with_policies
from preservation.api.held_transfers import own_transfer, seen_transfer
from preservation.api.problems import Problem
from preservation.api.receiving import decoded, digest_of_piece, received
from preservation.api.routes.transfers import TransferId
from preservation.api.schemas import transfers as shapes
from preservation.api.schemas.shape import EXAMPLE_URN, URN_PATTERN
from preservation.domain.deposits import Upload
from preservation.domain.names import escape
from preservation.domain.people import Right
from preservation.services.uploads import Uploads

router = APIRouter(prefix="/api/v1", tags=["uploads"])

VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
_TUS = {"Tus-Resumable": VERSION}
_MAX_LENGTH = 1 << 60

UploadId = Annotated[str, Path(pattern=URN_PATTERN, description="The upload.", examples=[EXAMPLE_URN])]
Depositor = Annotated[Allowed, requires(Right.SUBMIT, Scope.SUBJECT, seen_by=Right.READ_TRANSFERS)]
Reader = Annotated[Allowed, requires(None)]
TusVersion = Annotated[str | None, Header(alias="Tus-Resumable", max_length=20, description="1.0.0, if it is said.")]
_STATE = {"Upload-Offset": "How many bytes have arrived.", "Tus-Resumable": VERSION}


@router.post(
    "/transfers/{id}/uploads",
    operation_id="create_upload",
    summary="Begin the upload of a transfer's package (tus: creation)",
    status_code=201,
    responses=answers(
        201,
        "The upload, empty.",
        shapes.Upload,
        problems=[kinds.CONFLICT, kinds.WRONG_USE, kinds.NO_ROOM, kinds.TUS_VERSION],
        headers={"Location": "Where its bytes go.", "Upload-Expires": "When it is given up.", **_STATE},
    ),
    response_model=None,
)
def create_upload(
    request: Request,
    allowed: Depositor,
    id: TransferId,
    upload_length: Annotated[int, Header(alias="Upload-Length", ge=0, le=_MAX_LENGTH, description="In bytes.")],
    upload_metadata: Annotated[
        str | None,
        Header(
            alias="Upload-Metadata",
            max_length=4096,
            description="Pairs of a key and a value in base64; `filename` names the package.",
            examples=["filename aG8tc28tNDIuemlw"],
        ),
    ] = None,
    tus_resumable: TusVersion = None,
) -> Response:
    _speaks(tus_resumable)
    own_transfer(allowed, id)
    service = with_policies(allowed.service.repository).uploads()
    deposit = service.catalogue.deposit(id)
    name = _filename(upload_metadata) or (deposit.name if deposit else None)
    if name is None:
        raise Problem(
            kinds.WRONG_USE, "The package has no name: say it in Upload-Metadata, or when the transfer is made."
        )
    upload = service.begin(id, upload_length, name, allowed.actor)
    if upload_length == 0:
        upload = service.came_to(upload, 0)
    headers = {"Location": address(request, f"/api/v1/uploads/{upload.id}"), **_headers(upload, 0)}
    return json_answer(_item(upload, 0), 201, headers=headers)


@router.get(
    "/transfers/{id}/uploads",
    operation_id="list_uploads",
    summary="The uploads of a transfer",
    responses=answers(200, "All of them.", shapes.Uploads, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def list_uploads(allowed: Reader, id: TransferId) -> Response:
    seen_transfer(allowed, id)
    service = _service(allowed)
    found = [service.upload(one.id) for one in service.catalogue.uploads_of(id)]
    return json_answer({"items": [_item(*one) for one in found]})


@router.head(
    "/uploads/{id}",
    operation_id="head_upload",
    summary="How much of an upload has arrived",
    responses=answers(
        200,
        "No body; the headers tell.",
        problems=[kinds.NOT_FOUND, kinds.TUS_VERSION],
        headers={"Upload-Length": "In bytes.", "Upload-Expires": "When it is given up.", **_STATE},
    ),
    response_model=None,
)
def head_upload(allowed: Reader, id: UploadId, tus_resumable: TusVersion = None) -> Response:
    _speaks(tus_resumable)
    upload, offset = _own_upload(allowed, id)
    return Response(headers={**_headers(upload, offset), "Upload-Length": str(upload.length)})


@router.patch(
    "/uploads/{id}",
    operation_id="append_to_upload",
    summary="Send the next bytes of an upload",
    status_code=204,
    responses=answers(
        204,
        "They are durable.",
        problems=[
            kinds.CONFLICT,
            kinds.NOT_FOUND,
            kinds.WRONG_USE,
            kinds.NO_ROOM,
            kinds.BAD_CHECKSUM,
            kinds.TUS_VERSION,
        ],
        headers={"Upload-Expires": "When it is given up.", **_STATE},
    ),
    response_model=None,
    max_body_size=_MAX_LENGTH,
    openapi_extra={
        "requestBody": {"required": True, "content": {OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def append_to_upload(
    request: Request,
    allowed: Depositor,
    id: UploadId,
    upload_offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=_MAX_LENGTH, description="Where they go.")],
    upload_digest: Annotated[
        str | None,
        Header(
            alias="Upload-Checksum",
            max_length=200,
            description="The algorithm (sha256, sha512) and the digest of these bytes in base64.",
        ),
    ] = None,
    tus_resumable: TusVersion = None,
) -> Response:
    _speaks(tus_resumable)
    if request.headers.get("content-type") != OFFSET_TYPE:
        raise Problem(kinds.UNSUPPORTED_MEDIA_TYPE)
    upload = await run_in_threadpool(_continued, allowed, id)
    service = _service(allowed)
    expected = digest_of_piece(upload_digest)
    reached = await received(request, service, upload, upload_offset, expected)
    after = await run_in_threadpool(service.came_to, upload, reached)
    return Response(status_code=204, headers=_headers(after, reached))


@router.delete(
    "/uploads/{id}",
    operation_id="delete_upload",
    summary="Give an upload up (tus: termination)",
    status_code=204,
    responses=answers(204, "It is gone.", problems=[kinds.CONFLICT, kinds.NOT_FOUND, kinds.TUS_VERSION], headers=_TUS),
    response_model=None,
)
def delete_upload(allowed: Depositor, id: UploadId, tus_resumable: TusVersion = None) -> Response:
    _speaks(tus_resumable)
    upload, _ = _own_upload(allowed, id)
    if upload.finished is not None:
        raise Problem(kinds.CONFLICT, "It is whole: withdraw the transfer instead.")
    _service(allowed).give_up(upload)
    return Response(status_code=204, headers=_TUS)


def _service(allowed: Allowed) -> Uploads:
    return allowed.service.repository.uploads()


def _own_upload(allowed: Allowed, id: str) -> tuple[Upload, int]:
    upload, offset = _service(allowed).upload(id)
    if upload.account != allowed.account:
        raise Problem(kinds.NOT_FOUND)
    return upload, offset


def _continued(allowed: Allowed, id: str) -> Upload:
    """One that they may go on with: whose transfer is theirs, and lies where they may still submit. Problem 404 or 403."""
    upload, _ = _own_upload(allowed, id)
    own_transfer(allowed, upload.transfer)
    return upload


def _speaks(version: str | None) -> None:
    """A client that says which protocol it speaks must speak ours; one that says nothing is a person with curl."""
    if version is not None and version != VERSION:
        raise Problem(kinds.TUS_VERSION, headers={"Tus-Version": VERSION})


def _headers(upload: Upload, offset: int) -> dict[str, str]:
    return {**_TUS, "Upload-Offset": str(offset), "Upload-Expires": format_datetime(upload.expires, usegmt=True)}


def _item(upload: Upload, offset: int) -> dict[str, object]:
    return {
        "id": upload.id,
        "transfer": upload.transfer,
        "length": upload.length,
        "offset": offset,
        "expires": upload.expires,
        "finished": upload.finished,
    }


def _filename(metadata: str | None) -> str | None:
    """The value of `filename`, its bytes as they are. Problem 422 for metadata that is none."""
    for pair in (metadata or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            return escape(decoded(value, "Upload-Metadata"))
    return None
