"""The services about people on a real database, with a clock that tests set and a hash that costs little."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2.profiles import CHEAPEST

from preservation.adapters.clock import SystemMinter
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.adapters.passwords import Argon2Passwords
from preservation.domain.events import Event, LinkedAgent
from preservation.domain.holdings import Collection
from preservation.domain.ledger import EventFilter
from preservation.domain.people import Actor, Grant, Role
from preservation.domain.throttling import wait_of_account, wait_of_address
from preservation.ports import Catalogue, PasswordHasher
from preservation.services.api_tokens import ApiTokens
from preservation.services.attempts import Attempts, Telling
from preservation.services.external_accounts import ExternalAccounts
from preservation.services.ledger import EventRecorder
from preservation.services.password_check import PasswordCheck
from preservation.services.people import NewAccount, People
from preservation.services.people_events import PeopleEvents
from preservation.services.record_request import RecordRequest
from preservation.services.sessions import Sessions, SessionTimes
from preservation.services.sign_in import Refused, SignedIn, SignIn
from preservation.standards.ledger_entry import decode
from tests.contracts.catalogue_builders import urn

HERE = "192.0.2.7"
ELSEWHERE = "198.51.100.9"
GOOD = "bốn con ngựa tím trên mái"
BETTER = "seven kayaks hum in gravel"
FONDS, SERIES, OTHER = urn(901), urn(902), urn(903)


class SetClock:
    """ports.Clock, at a time that the test says."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_time(self, **amount: float) -> None:
        self.time += timedelta(**amount)


@dataclass(frozen=True, slots=True)
class Town:
    """Everything together."""

    catalogue: Catalogue
    clock: SetClock
    people: People
    tokens: ApiTokens
    sessions: Sessions
    sign_in: SignIn

    def person(self, name: str, *grants: Grant, password: str = GOOD) -> NewAccount:
        """Somebody who has changed their one-time password already."""
        made = self.people.make(name, "Somebody", by=None, grants=grants)
        assert made.password is not None
        first = self.enter(name, made.password)
        changed = self.sign_in.change_password(first.presence, made.password, password, address=HERE)
        assert isinstance(changed, SignedIn), changed
        self.sign_in.sign_out(changed.presence, everywhere=True)
        return made

    def enter(self, name: str, password: str = GOOD, *, address: str = HERE, device: str | None = None) -> SignedIn:
        found = self.sign_in.sign_in(name, password, address=address, device=device)
        assert isinstance(found, SignedIn), found
        return found

    def refused(self, name: str, password: str, *, address: str = HERE, device: str | None = None) -> Refused:
        found = self.sign_in.sign_in(name, password, address=address, device=device)
        assert isinstance(found, Refused), found
        return found

    def acting(self, name: str) -> Actor:
        account = self.people.find(name)
        return Actor(account, account.grants)

    def events(self, act: str | None = None) -> list[Event]:
        rows = [one for _, one in self.catalogue.events(EventFilter(), limit=10_000)]
        found = [decode(one.entry, one.private or b"", one.salt) for one in rows]
        return [one for one in found if act is None or one.detail["act"] == act]


@contextmanager
def a_town(folder: Path, hasher: PasswordHasher | None = None) -> Iterator[Town]:
    """A database with two fonds, one of them with a series; one administrator, `root`."""
    url = f"sqlite:///{folder}/people.db"
    if not (folder / "people.db").exists():
        upgrade(url)
    catalogue = open_catalogue(url)
    clock, minter = SetClock(), SystemMinter()
    table, hasher = catalogue.account_table(), hasher or Argon2Passwords(CHEAPEST)
    events = PeopleEvents(EventRecorder(minter, clock, LinkedAgent("preservation/test")))
    record, telling = RecordRequest(minter, clock, by_job=True), Telling()
    sessions = Sessions(table, minter, clock, SessionTimes())
    check = PasswordCheck(
        catalogue, table, clock, hasher, Attempts(wait_of_account, forgotten_after=timedelta(minutes=30))
    )
    sign_in = SignIn(
        catalogue=catalogue,
        table=table,
        minter=minter,
        clock=clock,
        hasher=hasher,
        sessions=sessions,
        check=check,
        events=events,
        external=ExternalAccounts(catalogue, table, minter, clock, events, record),
        addresses=Attempts(wait_of_address, forgotten_after=timedelta(minutes=30)),
        strangers=Attempts(wait_of_account, forgotten_after=timedelta(days=7)),
        telling=telling,
        context=["archive.example/ledger"],
    )
    people = People(catalogue, table, minter, clock, hasher, events, record)
    tokens = ApiTokens(catalogue, table, minter, clock, events, telling)
    if not people.all():
        with catalogue.begin() as tx:
            tx.save_collection(Collection(FONDS, "H1", "Phông 1"))
            tx.save_collection(Collection(SERIES, "H1.1", "Series", parent=FONDS))
            tx.save_collection(Collection(OTHER, "H2", "Phông 2"))
        people.make("root", "Root", by=None, grants=[Grant(Role.ADMINISTRATOR)])
    try:
        yield Town(catalogue, clock, people, tokens, sessions, sign_in)
    finally:
        catalogue.close()


@dataclass(slots=True)
class CountingHasher:
    """The real one, and how often it was asked to compare."""

    real: Argon2Passwords = field(default_factory=lambda: Argon2Passwords(CHEAPEST))
    compared: list[bool] = field(default_factory=list)

    def hash(self, password: str) -> str:
        return self.real.hash(password)

    def verify(self, encoded: str | None, password: str) -> bool:
        self.compared.append(encoded is not None)
        return self.real.verify(encoded, password)

    def is_current(self, encoded: str) -> bool:
        return self.real.is_current(encoded)
