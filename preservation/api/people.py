"""The services about people, as the application holds them: one for the life of the process."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from preservation.adapters.oidc import OpenIDProvider
from preservation.api.rate_limits import RateLimit
from preservation.bootstrap import Repository
from preservation.bootstrap.people import PeopleServices, people_services
from preservation.domain.people import Account
from preservation.ports import IdentityProvider
from preservation.settings import Settings

# How often somebody may knock at all: at the routes for which nobody has signed in yet.
_KNOCKS, _KNOCKS_PER_SECOND = 30, 0.5


@dataclass(frozen=True, slots=True)
class PeopleHere:
    """`provider` is None where nobody signs in by an identity provider."""

    services: PeopleServices
    provider: IdentityProvider | None
    knocks: RateLimit
    settings: Settings

    def is_secure(self, request: HTTPConnection) -> bool:
        """Whether cookies are to be sent over TLS alone: as the request came, unless the settings say otherwise."""
        chosen = self.settings.cookie_secure
        return request.url.scheme == "https" if chosen == "auto" else chosen == "always"


def people_here(repository: Repository) -> PeopleHere:
    """Made once, with the application."""
    settings = repository.settings
    provider = None
    if settings.oidc_issuer:
        provider = OpenIDProvider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            redirect_url=settings.oidc_redirect_url,
        )
    services = people_services(repository, record_by_job=True)
    return PeopleHere(services, provider, RateLimit(_KNOCKS, _KNOCKS_PER_SECOND), settings)


def people_of(request: HTTPConnection) -> PeopleHere:
    """The application's."""
    people = request.app.state.people
    assert isinstance(people, PeopleHere)  # noqa: S101 - create_app puts it there
    return people


def address_of(request: HTTPConnection) -> str:
    """Whence a request came; behind a proxy that the settings name, what that proxy says (the server sees to it)."""
    return request.client.host if request.client is not None else ""


def account_json(account: Account) -> dict[str, object]:
    """As `schemas.people.Account` describes it."""
    return {
        "id": account.id,
        "name": account.name,
        "kind": account.kind,
        "display_name": account.display_name,
        "state": account.state,
        "created": account.created,
        "email": account.email,
        "subject": account.subject,
        "grants": [{"role": one.role, "collection": one.collection} for one in account.grants],
    }


async def _people(request: Request) -> PeopleHere:
    return people_of(request)


People = Annotated[PeopleHere, Depends(_people)]
