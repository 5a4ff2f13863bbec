"""Which AIPs a job is given, page by page."""

import pytest

from preservation.services.held_batches import Page, heads_left

HELD = [f"aip {number}" for number in range(10)]


def page_after(after: str | None) -> Page:
    """Three at a time."""
    first = 0 if after is None else HELD.index(after) + 1
    return [(aip, 1) for aip in HELD[first : first + 3]]


def test_every_aip_is_given_once_and_in_order() -> None:
    assert list(heads_left(page_after, but="none of them", limit=None)) == HELD


@pytest.mark.parametrize("left_out", [HELD[0], HELD[2], HELD[9]])
def test_the_repositorys_own_aip_is_left_out_and_does_not_count(left_out: str) -> None:
    others = [aip for aip in HELD if aip != left_out]

    assert list(heads_left(page_after, but=left_out, limit=None)) == others
    assert list(heads_left(page_after, but=left_out, limit=9)) == others


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 10, 11])
def test_no_more_are_given_than_were_asked_for(limit: int) -> None:
    assert list(heads_left(page_after, but="none of them", limit=limit)) == HELD[:limit]
