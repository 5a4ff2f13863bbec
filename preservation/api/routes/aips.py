"""AIPs: lists, search, and one of them."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer, page_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import aip_item, held_aip, within
from preservation.api.parameters import AIPId, CollectionFilter, CursorParameter, Limit, VersionParameter
from preservation.api.problems import Problem
from preservation.api.schemas import aips as shapes
from preservation.domain.holdings import AIPVersion, CopyRecord
from preservation.domain.people import Right

router = APIRouter(prefix="/api/v1", tags=["aips"])

Reader = Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SOMEWHERE)]
ReaderThere = Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SUBJECT)]


@router.get(
    "/aips",
    operation_id="list_aips",
    summary="What is kept, in the order in which it came",
    responses=answers(200, "A page.", shapes.AIPPage),
    response_model=None,
)
def list_aips(
    allowed: Reader, collection: CollectionFilter = None, cursor: CursorParameter = None, limit: Limit = 50
) -> Response:
    after = cursors.text_place("aips", cursor)
    chosen = within(allowed, collection)
    page = allowed.service.repository.catalogue.aips_within(chosen, after=after, limit=limit)
    record = allowed.service.repository.identity.id
    following = cursors.encode("aips", page[-1].id) if len(page) == limit else None
    return page_answer((aip_item(one) for one in page if one.id != record), following)


@router.get(
    "/search",
    operation_id="search_aips",
    summary="AIPs by the words of their titles and descriptions",
    responses=answers(200, "A page, newest first. It may be short and still have a next one.", shapes.AIPPage),
    response_model=None,
)
def search_aips(
    allowed: Reader,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=500,
            description="Words, all of which are there. Case and marks make no difference; a word may end with *.",
            examples=["ho so dia chinh"],
        ),
    ],
    collection: CollectionFilter = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    before = cursors.number_place("search", cursor) or None
    chosen = within(allowed, collection)
    page, place = allowed.service.repository.catalogue.search(q, collections=chosen, before=before, limit=limit)
    record = allowed.service.repository.identity.id
    following = None if place is None else cursors.encode("search", place)
    return page_answer((aip_item(one) for one in page if one.id != record), following)


@router.get(
    "/aips/{id}",
    operation_id="show_aip",
    summary="An AIP with its versions, copies and description",
    responses=answers(200, "The AIP.", shapes.AIP),
    response_model=None,
)
def show_aip(allowed: ReaderThere, id: AIPId) -> Response:
    repository = allowed.service.repository
    view = repository.catalogue.aip_view(id)
    if view is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(view.summary.collection)
    return json_answer(
        {
            **aip_item(view.summary),
            "versions": [_version(one) for one in view.versions],
            "copies_of_it": [_copy(one) for one in view.copies],
            "description": [{"element": element, "value": value} for element, value in view.dublin_core],
            "path": repository.locations.object_root(id),
        }
    )


@router.get(
    "/aips/{id}/representations",
    operation_id="list_representations",
    summary="The representations of an AIP in numbers",
    responses=answers(200, "All of them.", shapes.Representations),
    response_model=None,
)
def list_representations(allowed: ReaderThere, id: AIPId, version: VersionParameter = None) -> Response:
    held_aip(allowed, id, version)
    found = allowed.service.repository.catalogue.representations(id, version)
    return json_answer({"items": [{"name": one.name, "files": one.files, "bytes": one.bytes} for one in found]})


def _version(version: AIPVersion) -> dict[str, object]:
    return {
        "number": version.number,
        "created": version.created,
        "inventory_digest": f"sha512:{version.inventory_digest}",
        "files": version.file_count,
        "bytes": version.bytes,
        "transfer": version.transfer,
        "message": version.message,
    }


def _copy(copy: CopyRecord) -> dict[str, object]:
    return {
        "replica": copy.replica,
        "version": copy.version,
        "state": copy.state,
        "written": copy.written,
        "checked": copy.checked,
    }
