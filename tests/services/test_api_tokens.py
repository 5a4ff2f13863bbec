"""Tokens: shown once, never more than their account, and over when they are over."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from preservation.domain.people import AccountKind, Actor, Grant, Role
from preservation.domain.secrets import digest_of
from preservation.errors import NotAllowed, NotHere, WrongUse
from tests.services.people_kit import FONDS, HERE, OTHER, SERIES, Town, a_town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as made:
        made.people.make("robot", "Robot", by=None, kind=AccountKind.MACHINE, grants=[Grant(Role.PRODUCER, FONDS)])
        yield made


def test_a_token_acts_for_its_account(town: Town) -> None:
    robot = town.people.find("robot")
    made = town.tokens.make(robot, "scanner", by=town.acting("root"))

    actor = town.tokens.bearer(made.value, address=HERE)

    assert actor == Actor(robot, robot.grants, made.token.id)
    assert made.value.startswith("pat_")
    assert made.token.digest == digest_of(made.value)
    assert made.value not in str(town.events())
    assert [one.kind for one in town.events("token made")[0].objects] == ["account", "token"]


def test_a_token_never_has_more_than_its_account_has_now(town: Town) -> None:
    robot = town.people.find("robot")
    narrow = town.tokens.make(robot, "series", by=None, grants=[Grant(Role.PRODUCER, SERIES)])
    nothing = town.tokens.make(robot, "nothing", by=None, grants=[])
    found = town.tokens.bearer(narrow.value, address=HERE)
    assert found is not None
    assert found.grants == (Grant(Role.PRODUCER, SERIES),)
    found = town.tokens.bearer(nothing.value, address=HERE)
    assert found is not None
    assert found.grants == ()
    town.people.revoke_grant("robot", Grant(Role.PRODUCER, FONDS), by=None)

    found = town.tokens.bearer(narrow.value, address=HERE)
    assert found is not None
    assert found.grants == ()


@pytest.mark.parametrize("grant", [Grant(Role.PRODUCER), Grant(Role.PRODUCER, OTHER), Grant(Role.ARCHIVIST, FONDS)])
def test_a_token_with_a_role_that_the_account_lacks_is_not_made(town: Town, grant: Grant) -> None:
    with pytest.raises(WrongUse):
        town.tokens.make(town.people.find("robot"), "more", by=None, grants=[grant])
    assert town.tokens.of(town.people.find("robot").id) == []


def test_a_token_that_expires_beyond_the_calendar_is_not_made(town: Town) -> None:
    """Noon of the last day there, and past its end in UTC: what is kept of it could never be read again."""
    robot, end = town.people.find("robot"), datetime(9999, 12, 31, 12, tzinfo=timezone(timedelta(hours=-14)))

    with pytest.raises(WrongUse, match="calendar"):
        town.tokens.make(robot, "scanner", by=None, expires=end)

    assert town.tokens.of(robot.id) == []


def test_a_token_expires(town: Town) -> None:
    robot = town.people.find("robot")
    made = town.tokens.make(robot, "brief", by=None, expires=town.clock.now() + timedelta(hours=1))
    assert town.tokens.bearer(made.value, address=HERE) is not None
    town.clock.pass_time(hours=1)

    assert town.tokens.bearer(made.value, address=HERE) is None
    assert town.events("token refused")[-1].detail["reason"] == "expired token"
    with pytest.raises(WrongUse):
        town.tokens.make(robot, "past", by=None, expires=town.clock.now())


def test_a_revoked_token_opens_nothing_and_says_when(town: Town) -> None:
    made = town.tokens.make(town.people.find("robot"), "x", by=None)
    revoked = town.tokens.revoke(made.token.id, by=town.acting("root"))
    town.clock.pass_time(hours=1)

    assert town.tokens.revoke(made.token.id, by=None) == revoked
    assert town.tokens.bearer(made.value, address=HERE) is None
    assert len(town.events("token revoked")) == 1


def test_when_a_token_was_used_last_is_known_to_the_minute(town: Town) -> None:
    made = town.tokens.make(town.people.find("robot"), "x", by=None)
    first = town.clock.now()
    for _ in range(3):
        town.tokens.bearer(made.value, address=HERE)
        town.clock.pass_time(seconds=20)
    assert town.tokens.of(made.token.account)[0].used == first
    town.clock.pass_time(seconds=1)
    town.tokens.bearer(made.value, address=HERE)

    assert town.tokens.of(made.token.account)[0].used == town.clock.now()


@pytest.mark.parametrize(
    "value", ["", "pat_", "pat_x", "pat_" + "A" * 43, "A" * 43, "pat_" + "\u0661" * 43, "pat_" + "é" * 43]
)
def test_what_is_no_token_opens_nothing(town: Town, value: str) -> None:
    assert town.tokens.bearer(value, address=HERE) is None


def test_wrong_tokens_are_told_once_a_minute_and_never_hold_up_right_ones(town: Town) -> None:
    made = town.tokens.make(town.people.find("robot"), "x", by=None)
    for _ in range(100):
        assert town.tokens.bearer("pat_" + "A" * 43, address=HERE) is None

    assert len(town.events("token refused")) == 1
    assert town.tokens.bearer(made.value, address=HERE) is not None


def test_a_session_secret_is_no_token_and_a_token_no_session(town: Town) -> None:
    lan = town.person("lan").account
    cookie = town.enter("lan").cookie
    made = town.tokens.make(lan, "x", by=None)

    assert town.tokens.bearer(cookie, address=HERE) is None
    assert town.tokens.bearer("pat_" + cookie, address=HERE) is None
    assert town.sessions.present(made.value) is None


def test_people_make_tokens_for_themselves_and_administrators_for_machines(town: Town) -> None:
    lan, robot = town.person("lan").account, town.people.find("robot")
    root, me = town.acting("root"), town.acting("lan")
    assert town.tokens.make(lan, "mine", by=me).token.account == lan.id
    assert town.tokens.make(robot, "its", by=root).token.account == robot.id

    for by, account in ((root, lan), (me, robot), (me, root.account)):
        with pytest.raises(NotAllowed):
            town.tokens.make(account, "x", by=by)


def test_a_token_makes_no_tokens(town: Town) -> None:
    lan = town.person("lan").account

    with pytest.raises(NotAllowed):
        town.tokens.make(lan, "x", by=Actor(lan, lan.grants, "urn:uuid:token"))


def test_anothers_token_is_not_there_to_be_revoked(town: Town) -> None:
    town.person("lan")
    made = town.tokens.make(town.people.find("robot"), "x", by=None)

    for wanted in (made.token.id, "urn:uuid:nothing"):
        with pytest.raises(NotHere):
            town.tokens.revoke(wanted, by=town.acting("lan"))
    assert town.tokens.bearer(made.value, address=HERE) is not None


def test_a_token_of_a_disabled_account_is_not_made(town: Town) -> None:
    town.people.disable("robot", by=None)

    with pytest.raises(WrongUse):
        town.tokens.make(town.people.find("robot"), "x", by=None)
