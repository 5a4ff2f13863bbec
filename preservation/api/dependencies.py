"""What a route may ask for. `requires` is the one way in which it says which right it needs.

    PUBLIC       nobody has to sign in
    SIGNED_IN    anybody who has signed in
    SOMEWHERE    the right in some collection; the route shows what lies in `Allowed.reach` only
    SUBJECT      the right within the collection of what the request is about; the route calls `Allowed.check`
    REPOSITORY   the right in the repository as a whole

Who may not see a thing is told that it is not there (404); who may see it, but not do this with it, that it is not allowed (403).
Whoever has a right nowhere at all is told so (403) before anything is looked up.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from preservation.api import problem_types as kinds
from preservation.api.problems import Problem
from preservation.api.service import Service
from preservation.bootstrap import Repository
from preservation.domain.people import RIGHTS_OF, Actor, Right, may, may_anywhere, reach


class Scope(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    SOMEWHERE = "somewhere"
    SUBJECT = "subject"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Somebody who has passed the requirement of a route."""

    service: Service
    actor: Actor
    right: Right | None
    seen_by: Right | None

    @property
    def account(self) -> str:
        return self.actor.account.id

    def may(self, right: Right, collection: str | None) -> bool:
        """Whether they have a right within a collection (None: in the repository as a whole)."""
        if any(grant.collection is None and right in RIGHTS_OF[grant.role] for grant in self.actor.grants):
            return True
        return collection is not None and may(self.actor.grants, right, collection, self.service.trees.tree(collection))

    def reach(self, right: Right | None = None) -> set[str] | None:
        """The collections in which they have the right (the route's own if None); None for everywhere."""
        wanted = right or self.right
        if wanted is None:
            return set()
        return reach(self.actor.grants, wanted, self.service.trees.tree())

    def check(self, collection: str | None, *, own: bool = False) -> None:
        """Problem 404 or 403 unless they have the route's right there. `own`: it is theirs, so that they may see it at least."""
        if self.right is None:
            return
        has_right = self.may(self.right, collection)
        if has_right:
            return
        sees = own or (self.seen_by is not None and self.may(self.seen_by, collection))
        raise Problem(kinds.FORBIDDEN if sees else kinds.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A dependency that lets a request pass or raises its Problem. `seen_by`: with which right one may know of the subject."""

    right: Right | None
    scope: Scope
    seen_by: Right | None = None

    async def __call__(self, request: Request) -> Allowed:
        service = service_of(request)
        actor = service.actors.known(request) or await run_in_threadpool(service.actors.ask, request)
        if actor is None:
            raise Problem(kinds.NOT_SIGNED_IN)
        request.scope["preservation.account"] = actor.account.id
        allowed = Allowed(service, actor, self.right, self.seen_by)
        if self.right is not None and not self._is_met(actor, self.right):
            raise Problem(kinds.FORBIDDEN)
        return allowed

    def _is_met(self, actor: Actor, right: Right) -> bool:
        if self.scope is Scope.REPOSITORY:
            return any(grant.collection is None and may_anywhere([grant], right) for grant in actor.grants)
        return may_anywhere(actor.grants, right)


@dataclass(frozen=True, slots=True)
class Public(Requirement):
    """Lets everybody pass, and says so."""

    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        del request


def requires(right: Right | None, scope: Scope = Scope.REPOSITORY, *, seen_by: Right | None = None) -> Any:
    """For the annotation of a route's parameter: `allowed: Annotated[Allowed, requires(Right.EXPORT, Scope.SUBJECT)]`.

    Without a right: whoever has signed in.
    """
    return Depends(Requirement(right, Scope.SIGNED_IN if right is None else scope, seen_by))


def public() -> Any:
    """For `dependencies=[public()]` of a route that nobody has to sign in for."""
    return Depends(Public(None, Scope.PUBLIC))


def service_of(request: Request) -> Service:
    """The application's one service."""
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101 - create_app puts it there
    return service


async def _service(request: Request) -> Service:
    return service_of(request)


async def _repository(request: Request) -> Repository:
    return service_of(request).repository


ServiceHere = Annotated[Service, Depends(_service)]
RepositoryHere = Annotated[Repository, Depends(_repository)]
