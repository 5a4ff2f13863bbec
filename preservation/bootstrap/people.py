"""The services about people, made from a repository's parts. Not loaded with the rest: most commands never need a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from preservation.adapters.passwords import Argon2Passwords
from preservation.bootstrap.joining import Repository
from preservation.domain.throttling import wait_of_account, wait_of_address
from preservation.services.api_tokens import ApiTokens
from preservation.services.attempts import Attempts, Telling
from preservation.services.external_accounts import ExternalAccounts
from preservation.services.password_check import PasswordCheck
from preservation.services.people import NewAccount, People
from preservation.services.people_events import PeopleEvents
from preservation.services.record_request import RecordRequest
from preservation.services.sessions import Sessions, SessionTimes
from preservation.services.sign_in import SignIn

# What nobody tries again within this time counts no more.
_ADDRESS_REMEMBERED = timedelta(minutes=30)
# As long as what is counted of accounts would matter: an unknown name must not be told apart by being forgotten sooner.
_NAME_REMEMBERED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PeopleServices:
    """One for the life of a process: what is counted is in it."""

    people: People
    tokens: ApiTokens
    sessions: Sessions
    sign_in: SignIn


def people_services(repository: Repository, *, record_by_job: bool) -> PeopleServices:
    """`record_by_job`: whether changes of accounts queue the job that writes the repository's record, or the caller writes it."""
    catalogue, minter, clock = repository.catalogue, repository.minter, repository.clock
    table = catalogue.account_table()
    hasher = Argon2Passwords()
    events = PeopleEvents(repository.recorder)
    record = RecordRequest(minter, clock, record_by_job)
    telling = Telling()
    sessions = Sessions(
        table,
        minter,
        clock,
        SessionTimes(
            idle=timedelta(minutes=repository.settings.session_idle_minutes),
            whole=timedelta(hours=repository.settings.session_hours),
        ),
    )
    return PeopleServices(
        people=People(catalogue, table, minter, clock, hasher, events, record),
        tokens=ApiTokens(catalogue, table, minter, clock, events, telling),
        sessions=sessions,
        sign_in=SignIn(
            catalogue=catalogue,
            table=table,
            minter=minter,
            clock=clock,
            hasher=hasher,
            sessions=sessions,
            check=PasswordCheck(
                catalogue,
                table,
                clock,
                hasher,
                Attempts(wait_of_account, forgotten_after=_ADDRESS_REMEMBERED),
            ),
            events=events,
            external=ExternalAccounts(catalogue, table, minter, clock, events, record),
            addresses=Attempts(wait_of_address, forgotten_after=_ADDRESS_REMEMBERED),
            strangers=Attempts(wait_of_account, forgotten_after=_NAME_REMEMBERED),
            telling=telling,
            context=_context(repository),
        ),
    )


def first_administrator(repository: Repository, name: str) -> NewAccount:
    """The first account, with a password that nobody has seen: the one that an attempt before this one made gets another."""
    people = people_services(repository, record_by_job=False).people
    if people.all():
        return people.reset(name, by=None)
    return people.make_first_administrator(name)


def _context(repository: Repository) -> Sequence[str]:
    """Words that anybody would try at this repository."""
    return [repository.identity.origin, *repository.settings.oidc_issuer.split("/")]
