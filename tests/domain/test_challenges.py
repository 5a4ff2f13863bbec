"""A challenge has one right answer, that nobody could have kept, and each AIP has its day."""

from datetime import date, timedelta
from hashlib import sha256

import pytest

from preservation.domain.challenges import ChallengeHash, in_order, is_asked_on, is_asked_within
from tests.contracts.catalogue_builders import urn

ASKED, ANSWERED = b"a" * 32, b"b" * 32


def test_the_digest_is_over_both_nonces_and_every_path_length_and_byte() -> None:
    hashed = ChallengeHash(ASKED, ANSWERED)
    for path, data in (("0=ocfl", b"x"), ("v1/ả", b"yz")):
        hashed.begin(path, len(data))
        hashed.update(data)

    whole = ASKED + ANSWERED
    whole += bytes(7) + b"\x06" + b"0=ocfl" + bytes(7) + b"\x01" + b"x"
    whole += bytes(7) + b"\x06" + "v1/ả".encode() + bytes(7) + b"\x02" + b"yz"
    assert hashed.hexdigest() == sha256(whole).hexdigest()


def test_bytes_that_move_from_one_file_to_the_next_give_another_answer() -> None:
    answers = set()
    for first, second in ((b"ab", b"c"), (b"a", b"bc")):
        hashed = ChallengeHash(ASKED, ANSWERED)
        for path, data in (("1", first), ("2", second)):
            hashed.begin(path, len(data))
            hashed.update(data)
        answers.add(hashed.hexdigest())

    assert len(answers) == 2


def test_files_are_ordered_by_the_bytes_of_their_paths() -> None:
    assert in_order(["v1/é", "v1/z", "v10", "v1"]) == ["v1", "v1/z", "v1/é", "v10"]


def test_a_nonce_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        ChallengeHash(b"short", ANSWERED)


def test_within_its_days_every_aip_is_asked_about_once_and_every_day_has_its_share() -> None:
    first, aips = date(2026, 11, 23), [urn(number) for number in range(2000)]
    days = [first + timedelta(days=number) for number in range(20)]

    counts = [sum(is_asked_on(aip, day, 20) for aip in aips) for day in days]

    assert sum(counts) == len(aips)
    assert all(60 < count < 150 for count in counts)


def test_the_turns_of_some_days_are_those_of_each_of_them() -> None:
    first, aips = date(2026, 11, 23), [urn(number) for number in range(500)]
    days = [first + timedelta(days=number) for number in range(7)]

    together = [is_asked_within(aip, days[0], days[-1], 20) for aip in aips]

    assert together == [any(is_asked_on(aip, day, 20) for day in days) for aip in aips]
    assert all(is_asked_within(aip, first, first + timedelta(days=19), 20) for aip in aips)
