"""The tree of collections (fonds)."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.addresses import address
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.idempotency import OnceHere
from preservation.api.parameters import CollectionId
from preservation.api.problems import Problem
from preservation.api.schemas import places as shapes
from preservation.domain.holdings import Collection
from preservation.domain.people import Right
from preservation.services.collection_changes import LOCK, LOCK_SECONDS, CollectionChange

router = APIRouter(prefix="/api/v1/collections", tags=["collections"])

Anybody = Annotated[Allowed, requires(None)]
DescriberThere = Annotated[Allowed, requires(Right.DESCRIBE, Scope.SUBJECT, seen_by=Right.READ_HOLDINGS)]


@router.get(
    "",
    operation_id="list_collections",
    summary="The collections in which you have any right",
    responses=answers(200, "All of them.", shapes.Collections),
    response_model=None,
)
def list_collections(allowed: Anybody) -> Response:
    known = allowed.service.repository.collection_changes().known()
    return json_answer({"items": [_item(one) for one in known.values() if _sees(allowed, one.id)]})


@router.get(
    "/{id}",
    operation_id="show_collection",
    summary="A collection",
    responses=answers(200, "The collection.", shapes.Collection, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_collection(allowed: Anybody, id: CollectionId) -> Response:
    found = allowed.service.repository.collection_changes().known().get(id)
    if found is None or not _sees(allowed, id):
        raise Problem(kinds.NOT_FOUND)
    return json_answer(_item(found))


@router.post(
    "",
    operation_id="add_collection",
    summary="Add a collection",
    description="The right is needed in `parent`, or in the repository as a whole.",
    status_code=201,
    responses=answers(
        201,
        "The collection.",
        shapes.Collection,
        problems=[kinds.CONFLICT, kinds.KEY_IN_USE, kinds.KEY_REUSED, kinds.WRONG_USE],
        headers={"Location": "The collection."},
    ),
    response_model=None,
)
def add_collection(request: Request, allowed: DescriberThere, once: OnceHere, wanted: shapes.NewCollection) -> Response:
    repository = allowed.service.repository
    _check_place(allowed, wanted.parent)
    if (before := once.answered(allowed)) is not None:
        return before
    with repository.locks.hold(LOCK, seconds=LOCK_SECONDS), repository.catalogue.begin() as tx:
        made = repository.collection_changes().add(
            tx, wanted.code, wanted.title, parent=wanted.parent, by=allowed.actor
        )
        headers = {"Location": address(request, f"/api/v1/collections/{made.id}")}
        answer = once.keep(tx, allowed, json_answer(_item(made), 201, headers=headers))
    allowed.service.trees.forget()
    return answer


@router.patch(
    "/{id}",
    operation_id="change_collection",
    summary="Change a collection's code, title or place",
    description="To move it the right is needed where it goes as well.",
    responses=answers(200, "The collection.", shapes.Collection, problems=[kinds.CONFLICT, kinds.WRONG_USE]),
    response_model=None,
)
def change_collection(allowed: DescriberThere, id: CollectionId, wanted: shapes.ChangedCollection) -> Response:
    repository = allowed.service.repository
    changes = repository.collection_changes()
    if id not in changes.known():
        raise Problem(kinds.NOT_FOUND)
    allowed.check(id)
    if wanted.parent is not None and wanted.to_top:
        raise Problem(kinds.WRONG_USE, "Give `parent` or `to_top`, not both.")
    if wanted.parent is not None or wanted.to_top:
        _check_place(allowed, wanted.parent)
    change = CollectionChange(code=wanted.code, title=wanted.title, parent=wanted.parent, to_top=wanted.to_top)
    with repository.locks.hold(LOCK, seconds=LOCK_SECONDS), repository.catalogue.begin() as tx:
        changed = changes.change(tx, id, change, by=allowed.actor)
    allowed.service.trees.forget()
    return json_answer(_item(changed))


def _check_place(allowed: Allowed, parent: str | None) -> None:
    """Whether they may put something there. At the top only those may who have the right everywhere."""
    if parent is None:
        if not allowed.may(Right.DESCRIBE, None):
            raise Problem(kinds.FORBIDDEN)
    elif parent not in allowed.service.trees.tree(parent) or parent == allowed.service.repository.identity.id:
        raise Problem(kinds.NOT_FOUND)
    else:
        allowed.check(parent)


def _sees(allowed: Allowed, collection: str) -> bool:
    return any(allowed.may(right, collection) for right in Right)


def _item(one: Collection) -> dict[str, object]:
    return {"id": one.id, "code": one.code, "title": one.title, "parent": one.parent}
