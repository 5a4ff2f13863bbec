"""Passwords by NIST SP 800-63B-4: long, not expected, and otherwise whatever somebody likes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.passwords import MAX_CHARACTERS, MIN_CHARACTERS, fits, judge_password, normalised


def codes(password: str, *context: str) -> list[str]:
    return [one.code for one in judge_password(password, context=context)]


@pytest.mark.parametrize(
    "password",
    [
        "con mèo của tôi thích ăn cá",
        "tr0ub4dor&3 zebra kayak",
        "xk29fqpzmv81ratd",
        "my password is a green kiwi",
        "🐘🦒🦓 walk to Đà Lạt",
        "               spaces and words",
        "ALL CAPITALS, NO DIGIT",
        "w" + "xyzzy plugh " * 20,
    ],
)
def test_long_passwords_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert codes(password, "lan", "archive.example") == []


@pytest.mark.parametrize(
    "password",
    [
        "password12345678",
        "P@ssw0rdP@ssw0rd!",
        "Mật khẩu của tôi 2026"[:9] + "matkhau123",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "qwertyuiopasdfghjkl",
        "1234567890123456",
        "administrator-2026",
        "luutru-vinhlong-2026",
        "correct horse battery staple",
        "lan.nguyen lan.nguyen",
        "Archive.Example 2026",
    ],
)
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    assert codes(password, "lan.nguyen", "archive.example/ledger") == ["PASSWORD-EXPECTED"]


def test_fifteen_characters_are_enough_and_fourteen_are_not() -> None:
    assert codes("zqkvwmxrtjpbgd") == ["PASSWORD-TOO-SHORT"]
    assert codes("zqkvwmxrtjpbgdh") == []


def test_a_character_is_a_code_point_however_many_bytes_it_has() -> None:
    assert codes("ấễộựọẩởủũỗẫằẳ") == ["PASSWORD-TOO-SHORT"]
    # Decomposed it has more code points; what is hashed has as few as before.
    assert codes(unicodedata.normalize("NFD", "ấễộựọẩởủũỗẫằẳ")) == ["PASSWORD-TOO-SHORT"]


@pytest.mark.parametrize("password", ["a\x00" * 10, "\ud800" * 20, "line\nline\nline\nline", "\U000e0fff" * 20])
def test_what_cannot_be_typed_again_is_refused(password: str) -> None:
    assert codes(password) == ["PASSWORD-NOT-TEXT"]
    assert not fits(password)


def test_the_longest_is_taken_and_one_more_is_not() -> None:
    text = ("seven kayaks hum in gravel " * 10)[:MAX_CHARACTERS]

    assert codes(text) == []
    assert codes(text + "x") == ["PASSWORD-TOO-LONG"]
    assert not fits(text + "x")


@given(st.text(st.characters(codec="utf-8"), max_size=MAX_CHARACTERS + 20), st.text(max_size=30))
def test_every_text_is_judged_and_a_taken_one_can_be_checked_again(password: str, context: str) -> None:
    found = codes(password, context)

    assert len(found) <= 1
    if not found:
        assert fits(password)
        assert len(normalised(password)) >= MIN_CHARACTERS
        assert normalised(normalised(password)) == normalised(password)
