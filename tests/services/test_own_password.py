"""One's own password: the first one, a change, what cannot be taken, and how it is kept."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import Parameters
from argon2.profiles import CHEAPEST

from preservation.adapters.passwords import Argon2Passwords
from preservation.domain.people import Grant, Role
from preservation.errors import Unavailable
from preservation.services.sign_in import Refused, SignedIn, Unsuitable
from tests.services.people_kit import BETTER, GOOD, HERE, CountingHasher, Town, a_town

WRONG = "not at all the right thing"
STRONGER = Parameters(**{**{name: getattr(CHEAPEST, name) for name in CHEAPEST.__dataclass_fields__}, "time_cost": 2})


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as made:
        yield made


def test_with_a_one_time_password_nothing_may_be_done_but_changing_it(town: Town) -> None:
    made = town.people.make("lan", "Lan", by=None, grants=[Grant(Role.ADMINISTRATOR)])
    assert made.password is not None
    entered = town.enter("lan", made.password)
    assert entered.presence.must_change
    assert entered.presence.actor.grants == ()

    changed = town.sign_in.change_password(entered.presence, made.password, GOOD, address=HERE)

    assert isinstance(changed, SignedIn)
    presence = town.sessions.present(changed.cookie)
    assert presence is not None
    assert presence.actor.grants == (Grant(Role.ADMINISTRATOR),)
    assert town.sessions.present(entered.cookie) is None
    town.refused("lan", made.password)


def test_a_one_time_password_is_worth_nothing_after_a_week(town: Town) -> None:
    made = town.people.make("lan", "Lan", by=None)
    assert made.password is not None
    town.clock.pass_time(days=7, minutes=1)

    town.refused("lan", made.password)


def test_a_change_of_password_ends_every_other_session(town: Town) -> None:
    town.person("lan")
    other, mine = town.enter("lan"), town.enter("lan")

    changed = town.sign_in.change_password(mine.presence, GOOD, BETTER, address=HERE)

    assert isinstance(changed, SignedIn)
    assert town.sessions.present(other.cookie) is None
    assert town.sessions.present(mine.cookie) is None
    assert town.sessions.present(changed.cookie) is not None
    assert town.events("password changed")[-1].agents[-1].id == town.people.find("lan").id


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("short", "PASSWORD-TOO-SHORT"),
        ("x" * 257, "PASSWORD-TOO-LONG"),
        (GOOD, "PASSWORD-UNCHANGED"),
        ("lanlanlanlanlan1", "PASSWORD-EXPECTED"),
        ("archive.example/ledger1", "PASSWORD-EXPECTED"),
        ("bốn con ngựa\x00tím trên", "PASSWORD-NOT-TEXT"),
    ],
)
def test_a_new_password_that_cannot_be_taken_changes_nothing(town: Town, new: str, code: str) -> None:
    town.person("lan")
    entered = town.enter("lan")

    found = town.sign_in.change_password(entered.presence, GOOD, new, address=HERE)

    assert isinstance(found, Unsuitable)
    assert [one.code for one in found.findings] == [code]
    assert town.sessions.present(entered.cookie) is not None
    assert town.events("new password refused")[-1].detail["codes"] == [code]
    town.enter("lan")


def test_a_change_without_the_present_password_is_refused_and_counted(town: Town) -> None:
    town.person("lan")
    entered = town.enter("lan")
    for _ in range(5):
        assert town.sign_in.change_password(entered.presence, WRONG, BETTER, address=HERE) == Refused()
    found = town.sign_in.change_password(entered.presence, GOOD, BETTER, address=HERE)

    assert isinstance(found, Refused)
    assert found.wait > timedelta(0)


def test_one_password_typed_on_two_keyboards_is_one_password(town: Town) -> None:
    composed, decomposed = (unicodedata.normalize(form, GOOD) for form in ("NFC", "NFD"))
    assert composed != decomposed
    town.person("lan", password=composed)

    town.enter("lan", decomposed)


def test_a_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in(tmp_path: Path) -> None:
    with a_town(tmp_path, Argon2Passwords(CHEAPEST)) as town:
        lan = town.person("lan").account
        before = town.catalogue.account_table().credentials(lan.id)
    stronger = Argon2Passwords(STRONGER)
    with a_town(tmp_path, stronger) as town:
        town.enter("lan")
        after = town.catalogue.account_table().credentials(lan.id)

        assert before is not None
        assert before.password is not None
        assert after is not None
        assert after.password is not None
        assert not stronger.is_current(before.password)
        assert stronger.is_current(after.password)
        town.enter("lan")


def test_a_password_reset_while_it_is_being_compared_lets_nobody_in(tmp_path: Path) -> None:
    @dataclass(slots=True)
    class Interrupting(CountingHasher):
        town: list[Town] = field(default_factory=list)

        def verify(self, encoded: str | None, password: str) -> bool:
            found = self.real.verify(encoded, password)
            for one in self.town:
                one.people.reset("lan", by=None)
            return found

    hasher = Interrupting()
    with a_town(tmp_path, hasher) as town:
        town.person("lan")
        hasher.town.append(town)

        town.refused("lan", GOOD)
        assert town.events("signed in")[-1].time <= town.events("password reset")[-1].time


def test_the_default_hash_is_the_second_option_of_rfc_9106() -> None:
    hasher = Argon2Passwords()

    encoded = hasher.hash(GOOD)

    assert encoded.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert hasher.verify(encoded, GOOD)
    assert not hasher.verify(encoded, BETTER)
    assert not hasher.verify(None, "")
    assert hasher.is_current(encoded)
    assert not hasher.is_current(Argon2Passwords(CHEAPEST).hash(GOOD))
    with pytest.raises(Unavailable):
        hasher.verify("$argon2id$broken", GOOD)
