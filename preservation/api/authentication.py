"""Who asks: by `Authorization: Bearer` with a token, or by the session's cookie.

A browser sends cookies along with whatever any page makes it send. So a request that changes something and carries a session must
prove that a page of ours made it: it repeats the session's token in `X-CSRF-Token`, and where it says whence it comes (`Origin`,
`Sec-Fetch-Site`) that is here.
"""

from hmac import compare_digest

from starlette.requests import HTTPConnection

from preservation.api import problem_types as kinds
from preservation.api.cookies import session_cookie
from preservation.api.people import PeopleHere, address_of
from preservation.api.problems import Problem
from preservation.api.service import Authenticate
from preservation.domain.people import Actor
from preservation.services.sessions import Presence

SAFE = ("GET", "HEAD", "OPTIONS")
_BEARER = "bearer "
_OWN_SITE = ("same-origin", "none")


def authentication(people: PeopleHere) -> Authenticate:
    """What the application asks of every request for which somebody has to be signed in."""

    def who(request: HTTPConnection) -> Actor | None:
        shown = request.headers.get("authorization")
        if shown is not None:
            return _bearer(people, shown, request)
        presence = present(people, request)
        return None if presence is None else presence.actor

    return who


def present(people: PeopleHere, request: HTTPConnection) -> Presence | None:
    """Who holds the session that a request carries. Problem 403 for a changing one that does not prove whence it comes."""
    value = session_cookie(request, secure=people.is_secure(request))
    presence = None if value is None else people.services.sessions.present(value)
    if presence is not None and request.scope.get("method") not in SAFE:
        check_origin(request)
        given = request.headers.get("x-csrf-token", "")
        if not compare_digest(given.encode(), presence.session.csrf.encode()):
            raise Problem(kinds.CROSS_SITE, "The header X-CSRF-Token is missing, or is of another session.")
    return presence


def check_origin(request: HTTPConnection) -> None:
    """Problem 403 for a request that a page of another site made a browser send. Programs say nothing of where they are."""
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin is not None and origin.lower() != own.lower():
        raise Problem(kinds.CROSS_SITE, "The header Origin names another site.")
    if request.headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        raise Problem(kinds.CROSS_SITE, "The header Sec-Fetch-Site tells of another site.")


def _bearer(people: PeopleHere, shown: str, request: HTTPConnection) -> Actor | None:
    if not shown.lower().startswith(_BEARER):
        return None
    return people.services.tokens.bearer(shown[len(_BEARER) :].strip()[:512], address=address_of(request))


def in_person(people: PeopleHere, request: HTTPConnection, actor: Actor) -> Presence:
    """The session of a request. Problem 403 for a token: it is no person, and does nothing to sessions, passwords and tokens."""
    presence = present(people, request) if actor.token is None else None
    if presence is None:
        raise Problem(kinds.FORBIDDEN, "A token does not do this: sign in.")
    return presence
