"""Accounts: who may change what, what is never allowed, and that each change leaves an event."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from preservation.domain.jobs import JobKind
from preservation.domain.people import Account, AccountKind, AccountState, Actor, Grant, Role
from preservation.errors import Conflict, NotAllowed, NotHere, WrongUse
from preservation.services.recorded_accounts import account_value, accounts_of
from tests.services.people_kit import FONDS, SERIES, Town, a_town

ADMINISTRATOR = Grant(Role.ADMINISTRATOR)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as made:
        yield made


def test_an_account_is_made_with_a_password_that_is_shown_once(town: Town) -> None:
    made = town.people.make(
        "Lan.Nguyen", "Nguyễn Thị Lan", by=town.acting("root"), grants=[Grant(Role.PRODUCER, FONDS)]
    )

    assert made.account == town.people.find("lan.nguyen") == town.people.find(made.account.id)
    assert made.password is not None
    assert len(made.password.replace("-", "")) == 25
    event = town.events("account made")[-1]
    assert event.detail["grants"] == [{"role": "producer", "collection": FONDS}]
    assert event.agents[-1].id == town.people.find("root").id
    assert event.private == {"name": "lan.nguyen", "display_name": "Nguyễn Thị Lan"}
    assert "lan" not in json.dumps(event.detail)
    assert made.password not in str(town.events())


def test_each_change_is_recorded_and_asks_for_the_record_in_one_transaction(town: Town) -> None:
    by = town.acting("root")
    town.people.make("lan", "Lan", by=by)
    town.people.grant("lan", Grant(Role.ARCHIVIST, SERIES), by=by)
    town.people.grant("lan", Grant(Role.ARCHIVIST, SERIES), by=by)
    town.people.revoke_grant("lan", Grant(Role.ARCHIVIST, SERIES), by=by)
    town.people.describe("lan", by=by, display_name="Lan Anh", email="lan@example.vn", subject=None)
    town.people.disable("lan", by=by)
    town.people.enable("lan", by=by)
    town.people.reset("lan", by=by)

    acts = [event.detail["act"] for event in town.events()][2:]
    assert acts == [
        "role granted",
        "role revoked",
        "account described",
        "account disabled",
        "account enabled",
        "password reset",
    ]
    jobs = [one for one in town.catalogue.job_table().jobs(limit=100) if one.kind is JobKind.RECORD]
    assert len(jobs) == 7  # a new password is no part of the record


def test_nobody_but_an_administrator_of_the_whole_repository_manages_people(town: Town) -> None:
    town.person(
        "lan", *(Grant(role) for role in Role if role is not Role.ADMINISTRATOR), Grant(Role.ADMINISTRATOR, FONDS)
    )
    by = town.acting("lan")
    before = list(town.catalogue.dump())

    for act in every_act(town, by, "root"):
        with pytest.raises(NotAllowed):
            act()
    assert list(town.catalogue.dump()) == before


def every_act(town: Town, by: Actor, whom: str) -> list[Callable[[], object]]:
    return [
        lambda: town.people.make("new", "New", by=by),
        lambda: town.people.grant(whom, Grant(Role.PRODUCER), by=by),
        lambda: town.people.revoke_grant(whom, ADMINISTRATOR, by=by),
        lambda: town.people.disable(whom, by=by),
        lambda: town.people.enable(whom, by=by),
        lambda: town.people.describe(whom, by=by, display_name="x", email=None, subject=None),
        lambda: town.people.reset(whom, by=by),
    ]


def test_a_token_that_is_narrowed_manages_no_people(town: Town) -> None:
    root = town.people.find("root")

    for act in every_act(town, Actor(root, (Grant(Role.AUDITOR),), "urn:uuid:x"), "root"):
        with pytest.raises(NotAllowed):
            act()


def test_nobody_raises_their_own_rights(town: Town) -> None:
    by = town.acting("root")

    for act in (
        lambda: town.people.grant("root", Grant(Role.ARCHIVIST), by=by),
        lambda: town.people.reset("root", by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert town.people.find("root").grants == (ADMINISTRATOR,)


def test_the_last_administrator_cannot_be_taken_away_in_any_way(town: Town) -> None:
    town.people.make("robot", "Robot", by=None, kind=AccountKind.MACHINE, grants=[ADMINISTRATOR])
    town.people.make("local", "Local", by=None, grants=[Grant(Role.ADMINISTRATOR, FONDS)])
    town.people.make("gone", "Gone", by=None, grants=[ADMINISTRATOR])
    town.people.disable("gone", by=None)

    for by in (None, town.acting("root")):
        with pytest.raises(Conflict):
            town.people.disable("root", by=by)
        with pytest.raises(Conflict):
            town.people.revoke_grant("root", ADMINISTRATOR, by=by)
    assert town.people.find("root").is_administrator
    town.people.enable("gone", by=None)
    assert town.people.disable("root", by=None).state is AccountState.DISABLED


def test_of_two_administrators_who_disable_each_other_at_once_one_remains(town: Town) -> None:
    town.people.make("lan", "Lan", by=None, grants=[ADMINISTRATOR])

    def disable(whom: str) -> bool:
        try:
            town.people.disable(whom, by=None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(disable, ["lan", "root"]))

    assert sorted(done) == [False, True]
    assert sum(one.is_administrator for one in town.people.all()) == 1


def test_disabling_ends_sessions_and_rests_tokens(town: Town) -> None:
    lan = town.person("lan").account
    cookie = town.enter("lan").cookie
    value = town.tokens.make(lan, "scanner", by=None).value
    town.people.disable("lan", by=None)
    assert town.sessions.present(cookie) is None
    assert town.tokens.bearer(value, address="192.0.2.1") is None

    town.people.enable("lan", by=None)
    assert town.sessions.present(cookie) is None
    assert town.tokens.bearer(value, address="192.0.2.1") is not None


def test_a_reset_ends_sessions_and_the_old_password(town: Town) -> None:
    town.person("lan")
    cookie = town.enter("lan").cookie

    made = town.people.reset("lan", by=town.acting("root"))

    assert made.password is not None
    assert town.sessions.present(cookie) is None
    town.refused("lan", "bốn con ngựa tím trên mái")
    assert town.enter("lan", made.password).presence.must_change


@pytest.mark.parametrize("name", ["", "a b", "Ａdmin/", "-x", "x" * 65, "đào", "a\nb", "admin\x00"])
def test_a_name_that_cannot_be_typed_is_refused(town: Town, name: str) -> None:
    with pytest.raises(WrongUse):
        town.people.make(name, "X", by=None)


def test_names_that_look_alike_are_one_name(town: Town) -> None:
    with pytest.raises(Conflict):
        town.people.make("ＲＯＯＴ", "X", by=None)


@pytest.mark.parametrize(
    "words",
    [
        {"display_name": ""},
        {"display_name": "a\u202eb"},
        {"display_name": "x" * 201},
        {"email": "not an address"},
        {"email": "a@b\n"},
        {"subject": "nospace"},
        {"subject": "a b\x00"},
    ],
)
def test_what_cannot_be_shown_is_refused(town: Town, words: dict[str, str]) -> None:
    before = len(town.events())

    with pytest.raises(WrongUse):
        town.people.make(
            "lan", words.get("display_name", "Lan"), by=None, email=words.get("email"), subject=words.get("subject")
        )
    assert len(town.events()) == before


def test_a_role_is_held_only_in_collections_that_are_there(town: Town) -> None:
    with pytest.raises(NotHere):
        town.people.grant("root", Grant(Role.PRODUCER, "urn:uuid:nowhere"), by=None)
    with pytest.raises(NotHere):
        town.people.revoke_grant("root", Grant(Role.PRODUCER), by=None)
    with pytest.raises(NotHere):
        town.people.find("nobody")


def test_a_machine_has_no_password_and_no_identity_at_a_provider(town: Town) -> None:
    made = town.people.make("robot", "Robot", by=None, kind=AccountKind.MACHINE)
    assert made.password is None

    with pytest.raises(WrongUse):
        town.people.reset("robot", by=None)
    with pytest.raises(WrongUse):
        town.people.make("robot2", "Robot", by=None, kind=AccountKind.MACHINE, subject="https://id.example 1")
    with pytest.raises(WrongUse):
        town.people.describe("robot", by=None, display_name="Robot", email=None, subject="https://id.example 1")


def test_the_first_administrator_is_made_once(town: Town) -> None:
    with pytest.raises(Conflict):
        town.people.make_first_administrator("admin")


def test_accounts_come_back_from_the_record_as_they_were(town: Town) -> None:
    town.people.make("lan", "Nguyễn Thị Lan", by=None, email="lan@example.vn", subject="https://id.example 1")
    town.people.grant("lan", Grant(Role.ARCHIVIST, SERIES), by=None)
    accounts: list[Account] = list(town.people.all())

    document = json.dumps([account_value(one) for one in accounts])

    assert accounts_of(document.encode()) == accounts
    assert "argon2" not in document
