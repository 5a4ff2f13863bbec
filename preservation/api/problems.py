"""Exceptions as problem documents (RFC 9457): the only place that turns one into a status.

What an exception says is for the log. The one who asked is told the kind of problem, and a sentence where that was written for
them: by a route, or by a service that refused a request. Paths, statements and messages of other programs stay inside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.problem_types import ProblemType
from preservation.errors import Conflict, DiskFull, NotAllowed, NotHere, PreservationError, Unavailable, WrongUse

MEDIA_TYPE = "application/problem+json"

_MAX_ERRORS = 20
_MAX_TEXT = 500
_RETRY_SECONDS = "5"
_OF_STATUS = {
    400: kinds.MALFORMED,
    401: kinds.NOT_SIGNED_IN,
    403: kinds.FORBIDDEN,
    404: kinds.NOT_FOUND,
    405: kinds.METHOD_NOT_ALLOWED,
    408: kinds.TIMED_OUT,
    413: kinds.TOO_LARGE,
    415: kinds.UNSUPPORTED_MEDIA_TYPE,
}

log = structlog.get_logger()


@dataclass(slots=True)
class Problem(Exception):
    """Raised by routes and dependencies. `detail` is shown as it is; `more` are further members of the document."""

    kind: ProblemType
    detail: str = ""
    more: Mapping[str, object] | None = None
    headers: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.kind.word}: {self.detail}"


def document(problem: Problem, request_id: str | None = None) -> Response:
    """The answer that tells of a problem."""
    kind = problem.kind
    content: dict[str, object] = {"type": kind.uri, "title": kind.title, "status": kind.status}
    if problem.detail:
        content["detail"] = problem.detail[:_MAX_TEXT]
    if request_id:
        content["instance"] = f"urn:uuid:{request_id}"
    headers = {"Cache-Control": "no-store", **(problem.headers or {})}
    if kind is kinds.NOT_SIGNED_IN:
        headers.setdefault("WWW-Authenticate", 'Bearer realm="preservation"')
    if kind in (kinds.UNAVAILABLE, kinds.NO_ROOM, kinds.TOO_MANY_REQUESTS, kinds.KEY_IN_USE):
        headers.setdefault("Retry-After", _RETRY_SECONDS)
    return Response(
        to_json({**content, **(problem.more or {})}), status_code=kind.status, media_type=MEDIA_TYPE, headers=headers
    )


def problem_of(error: PreservationError, private_path: str) -> Problem:
    """What is said of one of our own exceptions. `private_path` is the home's: a text that names it is not shown."""
    match error:
        case WrongUse():
            return Problem(kinds.WRONG_USE, _shown(error, private_path))
        case NotAllowed():
            return Problem(kinds.FORBIDDEN, _shown(error, private_path))
        case NotHere():
            return Problem(kinds.NOT_FOUND, _shown(error, private_path))
        case Conflict():
            return Problem(kinds.CONFLICT, _shown(error, private_path))
        case DiskFull():
            return Problem(kinds.NO_ROOM)
        case Unavailable():
            return Problem(kinds.UNAVAILABLE)
        case _:
            return Problem(kinds.INTERNAL)


def add_handlers(app: FastAPI, private_path: str) -> None:
    """Answer every exception with a problem document."""

    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, PreservationError)  # noqa: S101 - by its registration below
        problem = problem_of(error, private_path)
        if problem.kind.status >= 500:
            log.error("request_failed", problem=problem.kind.word, error=type(error).__name__, reason=str(error))
        return document(problem, _request_id(request))

    def raised(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101
        return document(error, _request_id(request))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return document(Problem(kinds.INVALID, more={"errors": _errors(error.errors())}), _request_id(request))

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        kind = _OF_STATUS.get(error.status_code, kinds.MALFORMED if error.status_code < 500 else kinds.INTERNAL)
        return document(Problem(kind, headers=error.headers), _request_id(request))

    app.add_exception_handler(PreservationError, ours)
    app.add_exception_handler(Problem, raised)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def _request_id(request: Request) -> str | None:
    found = request.scope.get("preservation.request_id")
    return found if isinstance(found, str) else None


def _shown(error: PreservationError, private_path: str) -> str:
    """The text, if this project wrote it for the one who asked: not one that passes on what another program said."""
    text = str(error)
    return "" if error.__cause__ is not None or private_path in text or text[:1] == "/" else text


def _errors(found: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    """Where, what, and which rule; never the value itself, which may be a password."""
    shown = []
    for one in found[:_MAX_ERRORS]:
        place = one.get("loc")
        where = ".".join(str(part) for part in place) if isinstance(place, tuple | list) else ""
        shown.append(
            {"where": where[:_MAX_TEXT], "code": str(one.get("type")), "message": str(one.get("msg"))[:_MAX_TEXT]}
        )
    return shown
