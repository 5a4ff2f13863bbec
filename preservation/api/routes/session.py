"""Signing in and out, who one is, and one's own password."""

import math
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from preservation.api import cookies
from preservation.api import problem_types as kinds
from preservation.api.addresses import root_path
from preservation.api.answers import json_answer
from preservation.api.authentication import check_origin, in_person, present
from preservation.api.dependencies import Allowed, public, requires
from preservation.api.documented import answers
from preservation.api.people import People, account_json, address_of
from preservation.api.problems import Problem
from preservation.api.schemas import people as shapes
from preservation.domain.messages import render
from preservation.services.attempts import address_block
from preservation.services.sessions import Presence
from preservation.services.sign_in import Refused, SignedIn, Unsuitable

router = APIRouter(prefix="/api/v1", tags=["session"])


class Extent(StrEnum):
    HERE = "here"
    EVERYWHERE = "everywhere"


Me = Annotated[Allowed, requires(None)]


def knock(request: Request, people: People) -> None:
    """Problem 429 for an address that asks too often where nobody has signed in yet."""
    wait = people.knocks.take(address_block(address_of(request)))
    if wait:
        raise too_many(timedelta(seconds=wait))


Knock = Depends(knock)


@router.post(
    "/session",
    operation_id="sign_in",
    summary="Sign in with a name and a password",
    dependencies=[public(), Knock],
    responses=answers(
        200,
        "Signed in; the answer sets the session's cookie.",
        shapes.Session,
        problems=[kinds.SIGN_IN_REFUSED, kinds.CROSS_SITE, kinds.TOO_MANY_REQUESTS],
        headers={"Set-Cookie": "The session."},
    ),
    response_model=None,
)
def sign_in(request: Request, people: People, body: shapes.SignInRequest) -> Response:
    check_origin(request)
    found = people.services.sign_in.sign_in(
        body.name, body.password, address=address_of(request), device=cookies.device_cookie(request)
    )
    return _entered(request, people, found)


@router.get(
    "/session",
    operation_id="show_session",
    summary="Who is signed in",
    responses=answers(200, "You.", shapes.Session),
    response_model=None,
)
def show_session(request: Request, people: People, allowed: Me) -> Response:
    if allowed.actor.token is None:
        presence = present(people, request)
        if presence is None:
            raise Problem(kinds.NOT_SIGNED_IN)
        return json_answer(session_json(presence))
    account = allowed.actor.account
    held = {
        **account_json(account),
        "grants": [{"role": one.role, "collection": one.collection} for one in allowed.actor.grants],
    }
    return json_answer(
        {
            "account": held,
            "token": allowed.actor.token,
            "csrf_token": None,
            "must_change_password": False,
            "expires": None,
        }
    )


@router.delete(
    "/session",
    operation_id="sign_out",
    summary="Sign out, here or everywhere",
    status_code=204,
    responses=answers(204, "Signed out.", problems=[kinds.FORBIDDEN]),
    response_model=None,
)
def sign_out(
    request: Request,
    people: People,
    allowed: Me,
    where: Annotated[Extent, Query(description="Only here, or every session of the account.")] = Extent.HERE,
) -> Response:
    presence = in_person(people, request, allowed.actor)
    people.services.sign_in.sign_out(presence, everywhere=where is Extent.EVERYWHERE)
    allowed.service.actors.forget(presence.account.id)
    answer = Response(status_code=204)
    cookies.clear_session(answer, secure=people.is_secure(request))
    return answer


@router.put(
    "/session/password",
    operation_id="change_password",
    summary="Change one's own password",
    dependencies=[Knock],
    responses=answers(
        200,
        "Changed: every session has ended, and a new one has begun here.",
        shapes.Session,
        problems=[kinds.SIGN_IN_REFUSED, kinds.FORBIDDEN, kinds.UNSUITABLE_PASSWORD],
        headers={"Set-Cookie": "The new session."},
    ),
    response_model=None,
)
def change_password(request: Request, people: People, allowed: Me, body: shapes.PasswordRequest) -> Response:
    presence = in_person(people, request, allowed.actor)
    found = people.services.sign_in.change_password(
        presence, body.present, body.new, address=address_of(request), device=cookies.device_cookie(request)
    )
    if isinstance(found, Unsuitable):
        language = people.settings.language
        shown = [
            {"code": one.code, "severity": one.severity, "path": one.path, "message": render(one, language)}
            for one in found.findings
        ]
        raise Problem(kinds.UNSUITABLE_PASSWORD, more={"findings": shown})
    allowed.service.actors.forget(presence.account.id)
    return _entered(request, people, found)


def session_json(presence: Presence) -> dict[str, object]:
    """As `schemas.people.Session` describes it."""
    return {
        "account": account_json(presence.account),
        "token": None,
        "csrf_token": presence.session.csrf,
        "must_change_password": presence.must_change,
        "expires": presence.session.expires,
    }


def begin_session(request: Request, people: People, entered: SignedIn, answer: Response) -> Response:
    """The cookies of somebody who was let in."""
    secure = people.is_secure(request)
    cookies.set_session(answer, entered.cookie, secure=secure)
    if entered.device is not None:
        cookies.set_device(answer, root_path(request.scope), entered.device, secure=secure)
    return answer


def too_many(wait: timedelta) -> Problem:
    """Problem 429 that says how long to wait."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    return Problem(kinds.TOO_MANY_REQUESTS, headers={"Retry-After": str(seconds)})


def _entered(request: Request, people: People, found: SignedIn | Refused) -> Response:
    if isinstance(found, Refused):
        raise too_many(found.wait) if found.wait else Problem(kinds.SIGN_IN_REFUSED)
    return begin_session(request, people, found, json_answer(session_json(found.presence)))
