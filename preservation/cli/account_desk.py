"""What the commands about accounts share: the services opened, and accounts and tokens as they are shown."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.bootstrap.people import PeopleServices, people_services
from preservation.cli.collections import find_collection
from preservation.cli.console import Bars, settings_of
from preservation.domain.people import Account, ApiToken, Grant, Role
from preservation.errors import WrongUse

NameArgument = Annotated[str, typer.Argument(help="The account's name, or its id.")]
CollectionOption = Annotated[
    str | None,
    typer.Option("--collection", help="The code of a collection: the role holds in it and below. Without: everywhere."),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """A home opened for a command: `codes` are the collections' codes by id."""

    repository: bootstrap.Repository
    services: PeopleServices
    codes: dict[str, str]

    def grant(self, role: Role, code: str | None) -> Grant:
        """NotHere for the code of no collection."""
        return Grant(role, None if code is None else find_collection(self.repository, code).id)

    def given(self, role: Role | None, code: str | None) -> list[Grant] | None:
        """The grant of two options, None without a role. WrongUse for a collection without a role."""
        if role is None:
            if code is not None:
                raise WrongUse("--collection says where a role holds: give --role too")
            return None
        return [self.grant(role, code)]

    def grants_json(self, grants: Sequence[Grant] | None) -> list[dict[str, str | None]] | None:
        if grants is None:
            return None
        return [{"role": one.role.value, "collection": self._code(one.collection)} for one in grants]

    def account_json(self, account: Account) -> dict[str, object]:
        return {
            "id": account.id,
            "name": account.name,
            "kind": account.kind.value,
            "display_name": account.display_name,
            "state": account.state.value,
            "created": account.created.isoformat(),
            "email": account.email,
            "subject": account.subject,
            "grants": self.grants_json(account.grants),
        }

    def token_json(self, one: ApiToken) -> dict[str, object]:
        times = {"expires": one.expires, "used": one.used, "revoked": one.revoked}
        return {
            "id": one.id,
            "name": one.name,
            "created": one.created.isoformat(),
            **{key: None if time is None else time.isoformat() for key, time in times.items()},
            "grants": self.grants_json(one.grants),
        }

    def roles(self, grants: Sequence[Grant]) -> str:
        return ", ".join(
            one.role.value + ("" if one.collection is None else f" in {self._code(one.collection)}") for one in grants
        )

    def _code(self, collection: str | None) -> str | None:
        return None if collection is None else self.codes.get(collection, collection)


@contextmanager
def looking(home: Path | None) -> Iterator[Desk]:
    with bootstrap.reading(settings_of(home)) as repository:
        yield _desk(repository)


@contextmanager
def changing(home: Path | None, *, json: bool) -> Iterator[Desk]:
    """The repository's own record is written anew at the end."""
    bars = Bars(quiet=json)
    try:
        with bootstrap.writing(settings_of(home), bars) as repository:
            yield _desk(repository)
            repository.save_record(bars)
    finally:
        bars.close()


def _desk(repository: bootstrap.Repository) -> Desk:
    codes = {one.id: one.code for one in repository.catalogue.collections()}
    return Desk(repository, people_services(repository, record_by_job=False), codes)
