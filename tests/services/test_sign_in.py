"""Coming in: who is let in, who has to wait, what is recorded, and what a refusal gives away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from argon2 import Parameters
from argon2.profiles import CHEAPEST

from preservation.domain.events import EventOutcome
from preservation.domain.people import AccountKind, ExternalIdentity, Grant, Role
from preservation.domain.secrets import digest_of
from preservation.errors import DiskFull, Unavailable
from preservation.ports import AccountTable, PasswordHasher
from preservation.services.sign_in import Refused, SignedIn
from tests.services.people_kit import BETTER, ELSEWHERE, GOOD, HERE, CountingHasher, Town, a_town

WRONG = "not at all the right thing"
STRONGER = Parameters(**{**{name: getattr(CHEAPEST, name) for name in CHEAPEST.__dataclass_fields__}, "time_cost": 2})


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as made:
        yield made


def test_a_person_with_the_right_password_is_let_in_and_it_is_recorded(town: Town) -> None:
    lan = town.person("lan", Grant(Role.ARCHIVIST)).account

    entered = town.enter("  LAN ")

    assert entered.presence.actor.account == lan
    assert entered.presence.actor.grants == lan.grants
    assert town.sessions.present(entered.cookie) is not None
    event = town.events("signed in")[-1]
    assert event.outcome is EventOutcome.SUCCESS
    assert [(one.id, one.kind) for one in event.objects] == [(lan.id, "account")]
    assert event.private == {"address": HERE}


def test_what_is_kept_of_a_session_does_not_open_it(town: Town) -> None:
    town.person("lan")
    entered = town.enter("lan")

    digest = entered.presence.session.digest
    assert digest == digest_of(entered.cookie)
    assert len(entered.cookie) == 43
    assert town.sessions.present(digest.hex()) is None
    assert town.sessions.present("") is None


def test_nothing_of_a_refusal_tells_why(town: Town) -> None:
    town.person("lan")
    town.person("huy")
    town.people.disable("huy", by=None)
    town.people.make("scanner", "Scanner", by=None, kind=AccountKind.MACHINE)

    answers = [
        town.refused("lan", WRONG),
        town.refused("huy", GOOD),
        town.refused("nobody", GOOD),
        town.refused("scanner", GOOD),
        town.refused("' OR 1=1 --\x00", GOOD),
        town.refused("lan", "\ud800"),
        town.refused("lan", "x" * 100_000),
        town.refused("lan", ""),
    ]

    assert answers == [Refused()] * len(answers)


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(tmp_path: Path) -> None:
    hasher = CountingHasher()
    with a_town(tmp_path, hasher) as town:
        town.person("lan")
        for name in ("lan", "nobody", "no such name", "root"):
            hasher.compared.clear()
            town.refused(name, WRONG)

            assert len(hasher.compared) == 1, name


def test_refusals_of_known_people_are_events_without_their_names(town: Town) -> None:
    lan = town.person("lan").account
    town.refused("lan", WRONG)
    town.people.disable("lan", by=None)
    town.refused("lan", GOOD)

    refused = town.events("sign-in refused")
    assert [one.detail["reason"] for one in refused] == ["wrong password", "account disabled"]
    assert {one.outcome for one in refused} == {EventOutcome.FAILURE}
    assert {one.objects[0].id for one in refused} == {lan.id}
    assert WRONG not in str([(one.detail, one.private) for one in town.events()])


def test_a_stranger_cannot_flood_the_ledger(town: Town) -> None:
    before = len(town.events())
    for number in range(15):
        town.refused(f"stranger{number}", WRONG, address=HERE)
    assert len(town.events()) == before + 1
    town.clock.pass_time(seconds=61)
    town.refused("stranger", WRONG, address=HERE)

    first, second = town.events("sign-in refused")
    assert (first.detail["reason"], first.private) == ("unknown name", {"address": HERE, "name": "stranger0"})
    assert second.detail["untold"] == 14
    assert first.objects == ()


def test_a_stranger_with_very_many_addresses_cannot_flood_it_either(town: Town) -> None:
    before = len(town.events())
    for number in range(200):
        town.refused("stranger", "", address=f"2001:db8:{number:x}::1")

    assert len(town.events()) == before + 60


def test_all_addresses_of_one_ipv6_site_are_one_stranger(town: Town) -> None:
    for number in range(30):
        last = town.refused(f"stranger{number}", WRONG, address=f"2001:db8::{number:x}")

    assert last.wait > timedelta(0)
    assert town.refused("x", WRONG, address="2001:db8:0:1::1").wait == timedelta(0)


def test_waits_grow_with_failures_end_by_themselves_and_are_forgotten_by_success(town: Town) -> None:
    town.person("lan")
    waits: list[float] = []
    for _ in range(8):
        assert town.refused("lan", WRONG, address=ELSEWHERE).wait == timedelta(0)
        wait = town.refused("lan", GOOD, address=HERE).wait if len(waits) >= 4 else timedelta(0)
        waits.append(wait.total_seconds())
        town.clock.pass_time(seconds=wait.total_seconds())

    assert waits == [0, 0, 0, 0, 5, 10, 20, 40]
    town.enter("lan")
    assert town.refused("lan", WRONG).wait == timedelta(0)
    town.enter("lan")


def test_no_wait_is_longer_than_a_quarter_of_an_hour(town: Town) -> None:
    town.person("lan")
    for _ in range(40):
        town.refused("lan", WRONG, address=HERE)
        town.clock.pass_time(minutes=31)
    for _ in range(3):
        last = town.refused("lan", WRONG, address=ELSEWHERE)

    assert timedelta(minutes=14) < last.wait <= timedelta(minutes=15)
    town.clock.pass_time(minutes=15)
    town.enter("lan", address=ELSEWHERE)


def test_a_clock_that_was_ahead_keeps_nobody_out_when_it_is_right_again(town: Town) -> None:
    """Of an account, of a name that nobody has, of an address; and what is refused is told as ever."""
    town.person("lan")
    right = town.clock.time
    town.clock.pass_time(days=400)
    for _ in range(6):
        town.refused("lan", WRONG, address="203.0.113.1")
        town.refused("nobody", WRONG, address="203.0.113.2")
    for number in range(22):
        town.refused(f"stranger{number}", WRONG, address=ELSEWHERE)
    assert town.refused("lan", GOOD).wait > timedelta(0)
    assert town.refused("nobody", WRONG).wait > timedelta(0)
    assert town.refused("lan", WRONG, address=ELSEWHERE).wait > timedelta(0)

    town.clock.time = right
    waits = [town.refused("nobody", WRONG).wait, town.refused("lan", GOOD, address=ELSEWHERE).wait]
    town.enter("lan")
    town.clock.pass_time(minutes=16)
    town.enter("lan", address=ELSEWHERE)

    assert all(one <= timedelta(minutes=15) for one in waits), waits
    told = [one for one in town.events("sign-in refused") if one.time < right + timedelta(days=1)]
    assert [one.detail["reason"] for one in told] == ["name waits", "address waits"]


class Busy:
    """A hasher at which too many wait already."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hasher, name)

    def verify(self, encoded: str | None, password: str) -> bool:
        raise Unavailable("too many passwords are being checked at once")


def test_a_password_that_could_not_be_compared_is_no_failure(town: Town) -> None:
    """Whoever floods the door from many addresses makes nobody else wait for longer than that lasts."""
    town.person("lan")
    for _ in range(3):
        town.refused("lan", WRONG, address=ELSEWHERE)
    check = town.sign_in.check
    busy = replace(town.sign_in, check=replace(check, hasher=cast("PasswordHasher", Busy(check.hasher))))

    for _ in range(8):
        with pytest.raises(Unavailable):
            busy.sign_in("lan", GOOD, address=HERE)

    held = town.catalogue.account_table().credentials(town.people.find("lan").id)
    assert held is not None
    assert (held.failures, held.locked_until) == (3, None)
    town.enter("lan")


def test_an_unknown_name_has_to_wait_like_a_known_one(town: Town) -> None:
    town.person("lan")

    def waits(name: str) -> list[float]:
        return [town.refused(name, WRONG, address=f"203.0.113.{number}").wait.total_seconds() for number in range(7)]

    assert waits("lan") == waits("nobody") == [0, 0, 0, 0, 0, 5, 5]


def test_many_guesses_at_once_are_many_guesses(town: Town) -> None:
    town.person("lan")

    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(town.refused, "lan", WRONG, address=f"203.0.113.{number}") for number in range(24)]
    answers = [one.result() for one in found]

    assert sum(one.wait == timedelta(0) for one in answers) == 5
    held = town.catalogue.account_table().credentials(town.people.find("lan").id)
    assert held is not None
    assert held.failures == 5


def test_a_browser_that_was_let_in_before_does_not_wait_for_what_strangers_did(town: Town) -> None:
    town.person("lan")
    device = town.enter("lan").device
    for _ in range(10):
        town.refused("lan", WRONG, address=ELSEWHERE)

    assert town.refused("lan", GOOD, address=HERE).wait > timedelta(0)
    assert town.refused("lan", GOOD, address=HERE, device="x.y").wait > timedelta(0)
    town.enter("lan", address=HERE, device=device)


def test_a_browser_that_was_let_in_before_may_not_guess_without_end(town: Town) -> None:
    town.person("lan")
    device = town.enter("lan").device

    answers = [town.refused("lan", WRONG, device=device).wait for _ in range(12)]

    assert answers[:5] == [timedelta(0)] * 5
    assert all(one > timedelta(0) for one in answers[6:])


def test_a_changed_password_makes_other_browsers_strangers(town: Town) -> None:
    town.person("lan")
    entered = town.enter("lan")
    town.sign_in.change_password(entered.presence, GOOD, BETTER, address=HERE)
    for _ in range(10):
        town.refused("lan", WRONG, address=ELSEWHERE)

    assert town.refused("lan", BETTER, device=entered.device).wait > timedelta(0)


def test_a_session_ends_when_nobody_uses_it(town: Town) -> None:
    town.person("lan")
    cookie = town.enter("lan").cookie
    for _ in range(5):
        town.clock.pass_time(minutes=59)
        assert town.sessions.present(cookie) is not None
    town.clock.pass_time(minutes=61)

    assert town.sessions.present(cookie) is None


def test_a_session_ends_even_if_it_is_always_used(town: Town) -> None:
    town.person("lan")
    cookie = town.enter("lan").cookie
    for _ in range(12 * 2 - 1):
        town.clock.pass_time(minutes=30)
        assert town.sessions.present(cookie) is not None
    town.clock.pass_time(minutes=30)

    assert town.sessions.present(cookie) is None


def test_a_session_that_a_clock_ahead_began_does_not_last_by_as_much_longer(town: Town) -> None:
    town.person("lan")
    right = town.clock.time
    town.clock.pass_time(days=400)
    cookie = town.enter("lan").cookie
    assert town.sessions.present(cookie) is not None

    town.clock.time = right

    assert town.sessions.present(cookie) is None
    town.clock.pass_time(days=399, hours=23, minutes=59)
    assert town.sessions.present(cookie) is not None


class Full:
    """A table of accounts on a disk that is full: it can be read."""

    def __init__(self, table: AccountTable) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def touch_session(self, *_: object, **__: object) -> None:
        raise DiskFull("the database has no room left")

    touch_token = touch_session


def test_whoever_is_signed_in_may_look_at_an_archive_whose_disk_is_full(town: Town) -> None:
    town.person("lan")
    cookie = town.enter("lan").cookie
    made = town.tokens.make(town.people.find("lan"), "script", by=None)
    town.clock.pass_time(minutes=5)
    table = cast("AccountTable", Full(town.catalogue.account_table()))

    assert replace(town.sessions, table=table).present(cookie) is not None
    assert replace(town.tokens, table=table).bearer(made.value, address=HERE) is not None


def test_signing_out_ends_one_session_or_all(town: Town) -> None:
    town.person("lan")
    one, two, three = (town.enter("lan") for _ in range(3))
    town.sign_in.sign_out(one.presence)
    assert [town.sessions.present(each.cookie) is None for each in (one, two, three)] == [True, False, False]
    town.sign_in.sign_out(two.presence, everywhere=True)

    assert town.sessions.present(three.cookie) is None
    assert town.events("signed out everywhere")[-1].outcome is EventOutcome.SUCCESS


def test_somebody_new_from_an_identity_provider_may_do_nothing(town: Town) -> None:
    identity = ExternalIdentity(
        issuer="https://id.example", subject="42", name="Root", display_name="Lan", email="root"
    )

    entered = town.sign_in.sign_in_external(identity, address=HERE)

    assert isinstance(entered, SignedIn)
    account = entered.presence.account
    assert account.grants == ()
    assert account.subject == "https://id.example 42"
    assert account.name.startswith("oidc-")  # the name root is another's, and stays it
    assert account.email is None
    again = town.sign_in.sign_in_external(identity, address=HERE)
    assert isinstance(again, SignedIn)
    assert again.presence.account == account


def test_somebody_known_beforehand_comes_in_with_their_roles(town: Town) -> None:
    made = town.people.make("lan", "Lan", by=None, grants=[Grant(Role.AUDITOR)], subject="https://id.example 42")
    assert made.password is None

    entered = town.sign_in.sign_in_external(ExternalIdentity(issuer="https://id.example", subject="42"), address=HERE)

    assert isinstance(entered, SignedIn)
    assert entered.presence.actor.grants == (Grant(Role.AUDITOR),)
    town.refused("lan", "")
    town.people.disable("lan", by=None)
    assert (
        town.sign_in.sign_in_external(ExternalIdentity(issuer="https://id.example", subject="42"), address=HERE)
        == Refused()
    )
