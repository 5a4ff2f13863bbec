"""Submission agreements: read by those who submit and decide, written by administrators."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.freshness import with_policies
from preservation.api.problems import Problem
from preservation.api.routes.policies import TOML, toml_body
from preservation.api.schemas import agreements as shapes
from preservation.bootstrap.policy_changes import POLICY_LOCK, POLICY_LOCK_SECONDS, change_policy
from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.people import Right

router = APIRouter(prefix="/api/v1", tags=["agreements"])

_TEXT = """title = "Sở Nội vụ: hồ sơ số hóa 2026"
collection = "H49"
acceptance = "reviewed"

[formats]
"fmt/353" = "accept"
other = "review"
"""

AgreementId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$", description="The agreement.", examples=["so-noi-vu-2026"])
]
Reader = Annotated[Allowed, requires(None)]
Arranger = Annotated[Allowed, requires(Right.ARRANGE, Scope.REPOSITORY)]


@router.get(
    "/agreements",
    operation_id="list_agreements",
    summary="The agreements that one submits under, or may read",
    responses=answers(200, "All of them.", shapes.Agreements),
    response_model=None,
)
def list_agreements(allowed: Reader) -> Response:
    policies = allowed.service.fresh().policies
    places = _places(allowed)
    seen = [one for one in policies.agreements.values() if _may_see(allowed, one, places)]
    return json_answer({"items": [_item(one, policies.versions) for one in seen]})


@router.get(
    "/agreements/{id}",
    operation_id="show_agreement",
    summary="An agreement",
    responses=answers(200, "The agreement.", shapes.Agreement, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_agreement(allowed: Reader, id: AgreementId) -> Response:
    policies = allowed.service.fresh().policies
    found = policies.agreements.get(id)
    if found is None or not _may_see(allowed, found, _places(allowed)):
        raise Problem(kinds.NOT_FOUND)
    return json_answer(_item(found, policies.versions))


@router.put(
    "/agreements/{id}",
    operation_id="write_agreement",
    summary="Make an agreement, or state it anew",
    description="The text is checked before it is taken; `policies/README.md` documents its keys. The change is an event.",
    responses=answers(
        200, "The agreement as it is in force now.", shapes.Agreement, problems=[kinds.WRONG_USE, kinds.NO_ROOM]
    ),
    response_model=None,
    openapi_extra={
        "requestBody": {"required": True, "content": {TOML: {"schema": {"type": "string"}, "example": _TEXT}}}
    },
)
def write_agreement(allowed: Arranger, id: AgreementId, data: Annotated[bytes, Depends(toml_body)]) -> Response:
    repository = allowed.service.repository
    with repository.locks.hold(POLICY_LOCK, seconds=POLICY_LOCK_SECONDS), repository.catalogue.begin() as tx:
        change_policy(repository, tx, f"agreements/{id}", data, before=None, by=allowed.actor)
    allowed.service.fresh.forget()
    policies = with_policies(repository).policies
    return json_answer(_item(policies.agreements[id], policies.versions))


def _places(allowed: Allowed) -> Mapping[str, str]:
    """Collections by their codes."""
    return {one.code: one.id for one in allowed.service.repository.catalogue.collections()}


def _may_see(allowed: Allowed, agreement: SubmissionAgreement, places: Mapping[str, str]) -> bool:
    """Its submitters, and those who may read the state in its collection."""
    place = places.get(agreement.collection)
    if allowed.may(Right.READ_STATE, place):
        return True
    is_named = not agreement.submitters or allowed.actor.account.name in agreement.submitters
    return is_named and place is not None and allowed.may(Right.SUBMIT, place)


def _item(agreement: SubmissionAgreement, versions: Mapping[str, str]) -> dict[str, object]:
    return {**agreement.described(), "version": versions.get(f"agreements/{agreement.id}")}
