"""What a route says of itself in the OpenAPI document: its answers, and every problem that it may answer with.

Routes return ready answers, so nothing here is used at run time but the names. `declare` completes each route of a router: the
right that it needs (`x-requires`), the problems that follow from that, and those that any route may have.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from preservation.api import problem_types as kinds
from preservation.api.dependencies import Requirement, Scope
from preservation.api.problem_types import ProblemType
from preservation.api.problems import MEDIA_TYPE

_EVERYWHERE = (kinds.MALFORMED, kinds.INVALID, kinds.INTERNAL, kinds.UNAVAILABLE)
_WITH_BODY = (kinds.TIMED_OUT, kinds.TOO_LARGE, kinds.UNSUPPORTED_MEDIA_TYPE)
_SCHEMA = {"$ref": "#/components/schemas/Problem"}

Responses = dict[int | str, dict[str, Any]]


def answers(
    status: int,
    description: str,
    model: type[BaseModel] | None = None,
    *,
    problems: Iterable[ProblemType] = (),
    content: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Responses:
    """The `responses` of a route: one good answer, and the problems of its own.

    `content` maps media types to schemas where the answer is not JSON; `headers` maps names to what they say.
    """
    good: dict[str, Any] = {"description": description}
    if model is not None:
        good["model"] = model
    if content is not None:
        good["content"] = {media: {"schema": schema} for media, schema in content.items()}
    if headers:
        good["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    return {status: good, **problem_responses(problems)}


def problem_responses(problems: Iterable[ProblemType]) -> Responses:
    """One entry for each status, with an example for each kind of problem."""
    found: Responses = {}
    for kind in problems:
        entry = found.setdefault(
            kind.status, {"description": "", "content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": {}}}}
        )
        entry["content"][MEDIA_TYPE]["examples"][kind.word] = {"summary": kind.title, "value": example(kind)}
        entry["description"] = " · ".join(one["summary"] for one in entry["content"][MEDIA_TYPE]["examples"].values())
    return found


def example(kind: ProblemType) -> dict[str, object]:
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "instance": "urn:uuid:01930000-0000-7000-8000-000000000001",
    }


def declare(router: APIRouter) -> APIRouter:
    """Complete the routes of a router. TypeError for one that does not say which right it needs, or has no name or summary."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} cannot say which right it needs")
        found = list(_requirements(route.dependant))
        if len(found) != 1:
            raise TypeError(f"{route.path} {route.methods}: says {len(found)} times which right it needs, not once")
        if not route.operation_id or not route.summary or not route.tags:
            raise TypeError(f"{route.path} {route.methods}: has no operation id, no summary or no tag")
        _complete(route, found[0])
    return router


def _complete(route: APIRoute, requirement: Requirement) -> None:
    right = {} if requirement.right is None else {"right": requirement.right.value}
    route.openapi_extra = {
        **(route.openapi_extra or {}),
        "x-requires": {"scope": requirement.scope.value, **right},
        "security": [] if requirement.scope is Scope.PUBLIC else [{"token": []}, {"session": []}],
    }
    problems = [*_EVERYWHERE, *_of_requirement(requirement)]
    if (route.methods or set()) & {"POST", "PUT", "PATCH"}:
        problems.extend(_WITH_BODY)
    if (route.methods or set()) - {"GET", "HEAD", "OPTIONS"} and requirement.scope is not Scope.PUBLIC:
        problems.append(kinds.CROSS_SITE)
    for status, common in problem_responses(problems).items():
        own = route.responses.setdefault(status, {"description": "", "content": {}})
        examples = own.setdefault("content", {}).setdefault(MEDIA_TYPE, {"schema": _SCHEMA}).setdefault("examples", {})
        for word, shown in common["content"][MEDIA_TYPE]["examples"].items():
            examples.setdefault(word, shown)
        own["description"] = " · ".join(one["summary"] for one in examples.values())


def _of_requirement(requirement: Requirement) -> list[ProblemType]:
    if requirement.scope is Scope.PUBLIC:
        return []
    found = [kinds.NOT_SIGNED_IN, kinds.TOO_MANY_REQUESTS]
    if requirement.right is not None:
        found.append(kinds.FORBIDDEN)
    if requirement.scope is Scope.SUBJECT:
        found.append(kinds.NOT_FOUND)
    return found


def _requirements(dependant: Dependant) -> Iterable[Requirement]:
    """Those on the way to a route; one that several parameters share counts once."""
    seen: set[Requirement] = set()
    waiting = [dependant]
    while waiting:
        one = waiting.pop()
        if isinstance(one.call, Requirement) and one.call not in seen:
            seen.add(one.call)
            yield one.call
        waiting.extend(one.dependencies)
