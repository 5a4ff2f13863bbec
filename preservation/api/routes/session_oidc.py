"""Signing in by an identity provider (OpenID Connect): the way there, and the way back.

What ties the way back to the browser that set out is kept there alone, in a cookie that no script reads, for ten minutes.
"""

from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from preservation.api import cookies
from preservation.api import problem_types as kinds
from preservation.api.addresses import address, root_path
from preservation.api.dependencies import public
from preservation.api.documented import answers
from preservation.api.people import People, address_of
from preservation.api.problems import Problem
from preservation.api.routes.session import Knock, begin_session
from preservation.domain.secrets import secret_text
from preservation.errors import NotAllowed
from preservation.ports import IdentityProvider
from preservation.services.sign_in import Refused

router = APIRouter(prefix="/api/v1/session/oidc", tags=["session"], dependencies=[public(), Knock])

_PROBLEMS = (kinds.NOT_FOUND, kinds.TOO_MANY_REQUESTS)
Said = Annotated[str | None, Query(max_length=4096, description="As the identity provider sends it.")]


@router.get(
    "/start",
    operation_id="start_oidc",
    summary="Go to the identity provider",
    status_code=303,
    responses=answers(303, "There.", problems=_PROBLEMS, headers={"Location": "The provider."}),
    response_model=None,
)
def start_oidc(request: Request, people: People) -> Response:
    provider = _provider(people)
    state, nonce, verifier = (secret_text(people.services.sessions.minter.salt()) for _ in range(3))
    answer = RedirectResponse(provider.start(state=state, nonce=nonce, verifier=verifier), status_code=303)
    cookies.set_pending(
        answer, root_path(request.scope), state=state, nonce=nonce, verifier=verifier, secure=people.is_secure(request)
    )
    return answer


@router.get(
    "/callback",
    operation_id="finish_oidc",
    summary="Come back from the identity provider",
    status_code=303,
    responses=answers(
        303,
        "Signed in.",
        problems=[*_PROBLEMS, kinds.SIGN_IN_REFUSED],
        headers={"Location": "The beginning.", "Set-Cookie": "The session."},
    ),
    response_model=None,
)
def finish_oidc(request: Request, people: People, code: Said = None, state: Said = None) -> Response:
    """An error that the provider sends (RFC 6749, 4.1.2.1) comes without a code."""
    provider = _provider(people)
    pending = cookies.pending_cookie(request)
    if code is None or state is None or pending is None or not compare_digest(state.encode(), pending[0].encode()):
        raise Problem(kinds.SIGN_IN_REFUSED, "This is not the end of a sign-in that began in this browser.")
    try:
        identity = provider.finish(code, nonce=pending[1], verifier=pending[2])
    except NotAllowed as error:
        raise Problem(kinds.SIGN_IN_REFUSED, str(error)) from error
    found = people.services.sign_in.sign_in_external(identity, address=address_of(request))
    if isinstance(found, Refused):
        raise Problem(kinds.SIGN_IN_REFUSED)
    answer = RedirectResponse(address(request, "/"), status_code=303)
    cookies.clear_pending(answer, root_path(request.scope), secure=people.is_secure(request))
    return begin_session(request, people, found, answer)


def _provider(people: People) -> IdentityProvider:
    if people.provider is None:
        raise Problem(kinds.NOT_FOUND, "Nobody signs in by an identity provider here.")
    return people.provider
