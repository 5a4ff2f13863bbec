"""What the archive has decided."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from preservation.adapters.policy_files import POLICY_NAMES
from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.problems import Problem
from preservation.api.schemas import places as shapes
from preservation.bootstrap.policy_changes import (
    MAX_POLICY_BYTES,
    POLICY_LOCK,
    POLICY_LOCK_SECONDS,
    change_policy,
    policy_text,
    policy_version,
)
from preservation.domain.people import Right

router = APIRouter(prefix="/api/v1/policies", tags=["policies"])

TOML = "application/toml"

Reader = Annotated[Allowed, requires(Right.READ_STATE, Scope.SOMEWHERE)]
Name = Annotated[str, Path(max_length=40, description="The policy.", examples=["fixity"])]


async def toml_body(request: Request) -> bytes:
    """A TOML text that somebody sends. Problem 415 or 413."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (TOML, "text/plain"):
        raise Problem(kinds.UNSUPPORTED_MEDIA_TYPE, f"A policy is sent as {TOML}.")
    data = await request.body()
    if len(data) > MAX_POLICY_BYTES:
        raise Problem(kinds.TOO_LARGE)
    return data


@router.get(
    "",
    operation_id="list_policies",
    summary="Every policy as it is stated",
    responses=answers(200, "All of them.", shapes.Policies),
    response_model=None,
)
def list_policies(allowed: Reader) -> Response:
    repository = allowed.service.repository
    return json_answer({"items": [_item(name, policy_text(repository, name)) for name in POLICY_NAMES]})


@router.get(
    "/{name}",
    operation_id="show_policy",
    summary="A policy as it is stated",
    responses=answers(200, "The policy.", shapes.Policy, problems=[kinds.NOT_FOUND], headers={"ETag": "Its version."}),
    response_model=None,
)
def show_policy(allowed: Reader, name: Name) -> Response:
    data = policy_text(allowed.service.repository, name)
    return json_answer(_item(name, data), headers={"ETag": f'"{policy_version(data)}"'})


@router.put(
    "/{name}",
    operation_id="change_policy",
    summary="State a policy anew",
    description=(
        "The text is checked with all the other policies before it is taken. The change is an event. A replication policy that"
        " AIPs which are held would fall below is refused unless `accept_gap` says that this is known."
    ),
    responses=answers(
        200,
        "The policy.",
        shapes.Policy,
        problems=[
            kinds.NOT_FOUND,
            kinds.PRECONDITION_FAILED,
            kinds.CONFLICT,
            kinds.WRONG_USE,
            kinds.NO_ROOM,
        ],
        headers={"ETag": "Its version."},
    ),
    response_model=None,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {TOML: {"schema": {"type": "string"}, "example": "window_days = 90\n"}},
        }
    },
)
def put_policy(
    allowed: Annotated[Allowed, requires(Right.ARRANGE)],
    name: Name,
    data: Annotated[bytes, Depends(toml_body)],
    if_match: Annotated[
        str | None, Header(max_length=200, description="The version that the change is made from.")
    ] = None,
    accept_gap: Annotated[bool, Query(description="Take it although AIPs fall below it.")] = False,  # noqa: FBT002
) -> Response:
    repository = allowed.service.repository
    before = None if if_match in (None, "*") else str(if_match).strip().strip('"')
    with repository.locks.hold(POLICY_LOCK, seconds=POLICY_LOCK_SECONDS):
        if before is not None and before != policy_version(policy_text(repository, name)):
            raise Problem(kinds.PRECONDITION_FAILED)
        with repository.catalogue.begin() as tx:
            change_policy(repository, tx, name, data, before=before, by=allowed.actor, accept_gap=accept_gap)
    allowed.service.fresh.forget()
    return json_answer(_item(name, data), headers={"ETag": f'"{policy_version(data)}"'})


def _item(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "version": policy_version(data), "text": data.decode("utf-8", "replace")}
