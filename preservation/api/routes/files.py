"""Files of an AIP: pages, one, and its content."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.contents import CONTENT_ANSWERS, Content, Pieces, content_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.parameters import AIPId, CursorParameter, FileNumber, Limit, VersionParameter
from preservation.api.problems import Problem
from preservation.api.schemas import aips as shapes
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import FoundFile, StoredFile
from preservation.domain.people import Right
from preservation.services.examination_lines import known_facts
from preservation.services.file_delivery import Part

router = APIRouter(prefix="/api/v1/aips/{id}/files", tags=["files"])

ReaderThere = Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SUBJECT)]
DownloaderThere = Annotated[Allowed, requires(Right.DOWNLOAD, Scope.SUBJECT, seen_by=Right.READ_HOLDINGS)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_NANOSECONDS = 253_402_300_799 * 10**9


@router.get(
    "",
    operation_id="list_files",
    summary="The files of a version",
    responses=answers(200, "A page. Every page after the first one is of the same version.", shapes.FilePage),
    response_model=None,
)
def list_files(
    allowed: ReaderThere,
    id: AIPId,
    version: VersionParameter = None,
    path: Annotated[str | None, Query(max_length=4096, description="Only the file of this logical path.")] = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    place = cursors.decode("files", cursor, int, int)
    after = 0
    if place is not None:
        version, after = int(place[0]), int(place[1])
    page = allowed.service.repository.catalogue.files_page(id, version=version, after=after, limit=limit, path=path)
    if page is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(page.collection)
    if page.version is None:
        raise Problem(kinds.NOT_FOUND, "It has no such version.")
    files = page.files
    following = cursors.encode("files", page.version, files[-1][0]) if len(files) == limit else None
    return json_answer({"version": page.version, "items": [_item(at, file) for at, file in files], "next": following})


@router.get(
    "/{number}",
    operation_id="show_file",
    summary="A file",
    responses=answers(200, "The file.", shapes.File),
    response_model=None,
)
def show_file(allowed: ReaderThere, id: AIPId, number: FileNumber) -> Response:
    found, file = _found(allowed, id, number)
    known = allowed.service.repository.catalogue.examination_table().of_files(id, [number]).get(number)
    return json_answer(
        {
            **_item(number, file),
            "first_version": found.first,
            "last_version": found.last,
            "examination": None if known is None else known_facts(known),
        }
    )


def download_file(request: Request, allowed: DownloaderThere, id: AIPId, number: FileNumber) -> Response:
    """The bytes as they were received, compared with their digest while they are read: what is wrong never arrives whole."""
    found, file = _found(allowed, id, number)
    repository = allowed.service.fresh()
    newest = found.last or found.head
    held = next(one for one in repository.catalogue.versions(id) if one.number == newest)

    def read(part: Part | None) -> Pieces:
        pieces = repository.file_delivery().open(held, found.collection, file, part)
        if pieces is None:
            raise Problem(kinds.CONTENT_DAMAGED)
        return pieces

    name = (file.original_path or file.logical_path).rpartition("/")[2]
    return content_answer(request, Content(name, file.size, file.sha256, file.sha512, read))


for method in ("GET", "HEAD"):
    router.add_api_route(
        "/{number}/content",
        download_file,
        methods=[method],
        operation_id="download_file" if method == "GET" else "look_at_file",
        summary="The content of a file" if method == "GET" else "The headers of a file's content",
        responses=CONTENT_ANSWERS,
        response_model=None,
    )


def _found(allowed: Allowed, id: str, number: int) -> tuple[FoundFile, StoredFile]:
    """A file that they have the route's right on. Problem 404 or 403."""
    found = allowed.service.repository.catalogue.file(id, number)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(found.collection)
    if found.file is None:
        raise Problem(kinds.NOT_FOUND)
    return found, found.file


def _item(number: int, file: StoredFile) -> dict[str, object]:
    return {
        "number": number,
        "path": file.logical_path,
        "original_name": file.original_path,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "sha512": file.sha512.hex(),
        "modified": _time(file.modified),
        "format": None if file.format is None else _format(file.format),
    }


def _format(found: FormatIdentification) -> dict[str, object]:
    return {
        "puid": found.puid,
        "name": found.name,
        "version": found.version,
        "mime": found.mime,
        "basis": found.basis,
        "engine": f"{found.engine} {found.engine_version}",
        "signatures": found.signatures,
        "alternatives": found.alternatives,
        "warning": found.warning,
    }


def _time(nanoseconds: int | None) -> str | None:
    """To the microsecond, as Python's calendar goes."""
    if nanoseconds is None or not 0 <= nanoseconds <= _MOST_NANOSECONDS:
        return None
    return (_EPOCH + timedelta(microseconds=nanoseconds // 1000)).isoformat().replace("+00:00", "Z")
