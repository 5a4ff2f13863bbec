"""Tokens: one's own, and for an administrator those of machines. No answer with a token's value is remembered anywhere."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer, page_answer
from preservation.api.authentication import in_person
from preservation.api.dependencies import Allowed, requires
from preservation.api.documented import answers
from preservation.api.people import People
from preservation.api.problems import Problem
from preservation.api.schemas import people as shapes
from preservation.api.schemas.shape import EXAMPLE_URN, URN_PATTERN
from preservation.domain.people import Account, ApiToken, Grant, Right

router = APIRouter(prefix="/api/v1", tags=["tokens"])

Me = Annotated[Allowed, requires(None)]
Whose = Annotated[
    str | None,
    Query(alias="account", pattern=URN_PATTERN, description="Whose; one's own if left out.", examples=[EXAMPLE_URN]),
]


@router.get(
    "/tokens",
    operation_id="list_tokens",
    summary="The tokens of an account",
    responses=answers(200, "All of them.", shapes.TokenPage, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def list_tokens(allowed: Me, people: People, whose: Whose = None) -> Response:
    account = _account(allowed, people, whose)
    return page_answer((_token_json(one) for one in people.services.tokens.of(account.id)), None)


@router.post(
    "/tokens",
    operation_id="make_token",
    summary="Make a token, shown this once",
    status_code=201,
    responses=answers(201, "Made.", shapes.NewToken, problems=[kinds.NOT_FOUND, kinds.FORBIDDEN, kinds.WRONG_USE]),
    response_model=None,
)
def make_token(
    request: Request, allowed: Me, people: People, body: shapes.TokenRequest, whose: Whose = None
) -> Response:
    account = _account(allowed, people, whose)
    if in_person(people, request, allowed.actor).must_change:
        raise Problem(kinds.FORBIDDEN, "Change your password first.")
    made = people.services.tokens.make(
        account,
        body.name,
        by=allowed.actor,
        expires=body.expires,
        grants=None if body.grants is None else [Grant(one.role, one.collection) for one in body.grants],
    )
    return json_answer({**_token_json(made.token), "value": made.value}, 201)


@router.delete(
    "/tokens/{id}",
    operation_id="revoke_token",
    summary="Let a token open nothing any more",
    responses=answers(200, "The token as it is now.", shapes.Token, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def revoke_token(
    allowed: Me,
    people: People,
    id: Annotated[str, Path(pattern=URN_PATTERN, description="The token.", examples=[EXAMPLE_URN])],
) -> Response:
    token = people.services.tokens.revoke(id, by=allowed.actor)
    allowed.service.actors.forget(token.account)
    return json_answer(_token_json(token))


def _account(allowed: Allowed, people: People, whose: str | None) -> Account:
    """One's own as it is now; another's for whoever manages people. Problem 404 for others."""
    if whose is not None and whose != allowed.account and not allowed.may(Right.MANAGE_PEOPLE, None):
        raise Problem(kinds.NOT_FOUND)
    return people.services.people.find(whose or allowed.account)


def _token_json(token: ApiToken) -> dict[str, object]:
    grants = token.grants
    return {
        "id": token.id,
        "account": token.account,
        "name": token.name,
        "created": token.created,
        "expires": token.expires,
        "used": token.used,
        "revoked": token.revoked,
        "grants": None if grants is None else [{"role": one.role, "collection": one.collection} for one in grants],
    }
