"""Accounts and their roles. Answers that show a password are not remembered for an `Idempotency-Key`: nothing keeps one.

A name is taken once, so making an account twice does no harm: the second request is a conflict.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.addresses import address
from preservation.api.answers import json_answer, page_answer
from preservation.api.dependencies import Allowed, requires
from preservation.api.documented import answers
from preservation.api.parameters import CursorParameter, Limit
from preservation.api.people import People, account_json
from preservation.api.schemas import people as shapes
from preservation.api.schemas.shape import EXAMPLE_URN, URN_PATTERN
from preservation.domain.people import Account, AccountState, Grant, Right, Role
from preservation.services.people import NewAccount

router = APIRouter(prefix="/api/v1", tags=["accounts"])

Manager = Annotated[Allowed, requires(Right.MANAGE_PEOPLE)]
AccountId = Annotated[str, Path(pattern=URN_PATTERN, description="The account.", examples=[EXAMPLE_URN])]

_REFUSALS = (kinds.NOT_FOUND, kinds.CONFLICT, kinds.WRONG_USE)


@router.get(
    "/accounts",
    operation_id="list_accounts",
    summary="Every account, by id",
    dependencies=[requires(Right.MANAGE_PEOPLE)],
    responses=answers(200, "A page.", shapes.AccountPage),
    response_model=None,
)
def list_accounts(people: People, cursor: CursorParameter = None, limit: Limit = 50) -> Response:
    after = cursors.text_place("accounts", cursor)
    found = [one for one in people.services.people.all() if after is None or one.id > after]
    following = cursors.encode("accounts", found[limit - 1].id) if len(found) > limit else None
    return page_answer((account_json(one) for one in found[:limit]), following)


@router.post(
    "/accounts",
    operation_id="make_account",
    summary="Make an account",
    status_code=201,
    responses=answers(
        201, "Made.", shapes.NewAccount, problems=_REFUSALS, headers={"Location": "The account's address."}
    ),
    response_model=None,
)
def make_account(request: Request, allowed: Manager, people: People, body: shapes.AccountRequest) -> Response:
    made = people.services.people.make(
        body.name,
        body.display_name,
        by=allowed.actor,
        kind=body.kind,
        grants=[Grant(one.role, one.collection) for one in body.grants],
        email=body.email,
        subject=body.subject,
    )
    return json_answer(
        _new_json(made), 201, headers={"Location": address(request, f"/api/v1/accounts/{made.account.id}")}
    )


@router.get(
    "/accounts/{id}",
    operation_id="show_account",
    summary="One account",
    dependencies=[requires(Right.MANAGE_PEOPLE)],
    responses=answers(200, "The account.", shapes.Account, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_account(people: People, id: AccountId) -> Response:
    return json_answer(account_json(people.services.people.find(id)))


@router.put(
    "/accounts/{id}",
    operation_id="describe_account",
    summary="Correct what is known of somebody",
    responses=answers(200, "The account as it is now.", shapes.Account, problems=_REFUSALS),
    response_model=None,
)
def describe_account(allowed: Manager, people: People, id: AccountId, body: shapes.AccountDescription) -> Response:
    def change() -> Account:
        return people.services.people.describe(
            id, by=allowed.actor, display_name=body.display_name, email=body.email, subject=body.subject
        )

    return _changed(allowed, change)


@router.put(
    "/accounts/{id}/state",
    operation_id="set_account_state",
    summary="Disable or enable an account",
    responses=answers(200, "The account as it is now.", shapes.Account, problems=_REFUSALS),
    response_model=None,
)
def set_account_state(allowed: Manager, people: People, id: AccountId, body: shapes.AccountStateRequest) -> Response:
    act = people.services.people.enable if body.state is AccountState.ACTIVE else people.services.people.disable
    return _changed(allowed, lambda: act(id, by=allowed.actor))


@router.post(
    "/accounts/{id}/grants",
    operation_id="grant_role",
    summary="Give a role",
    responses=answers(200, "The account as it is now.", shapes.Account, problems=_REFUSALS),
    response_model=None,
)
def grant_role(allowed: Manager, people: People, id: AccountId, body: shapes.GrantRequest) -> Response:
    grant = Grant(body.role, body.collection)
    return _changed(allowed, lambda: people.services.people.grant(id, grant, by=allowed.actor))


@router.delete(
    "/accounts/{id}/grants",
    operation_id="revoke_role",
    summary="Take a role away",
    responses=answers(200, "The account as it is now.", shapes.Account, problems=_REFUSALS),
    response_model=None,
)
def revoke_role(
    allowed: Manager,
    people: People,
    id: AccountId,
    role: Annotated[Role, Query(description="The role.")],
    collection: Annotated[
        str | None,
        Query(pattern=URN_PATTERN, description="Where it is held; without: the one that holds everywhere."),
    ] = None,
) -> Response:
    grant = Grant(role, collection)
    return _changed(allowed, lambda: people.services.people.revoke_grant(id, grant, by=allowed.actor))


@router.post(
    "/accounts/{id}/reset",
    operation_id="reset_password",
    summary="Give somebody a new one-time password",
    responses=answers(200, "Shown this once.", shapes.NewAccount, problems=_REFUSALS),
    response_model=None,
)
def reset_password(allowed: Manager, people: People, id: AccountId) -> Response:
    made = people.services.people.reset(id, by=allowed.actor)
    allowed.service.actors.forget(id)
    return json_answer(_new_json(made))


def _changed(allowed: Allowed, change: Callable[[], Account]) -> Response:
    account = change()
    allowed.service.actors.forget(account.id)
    return json_answer(account_json(account))


def _new_json(made: NewAccount) -> dict[str, object]:
    return {**account_json(made.account), "password": made.password}
