"""A token bucket keeps to its rate, however it is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.pacing import TokenBucket


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=50), st.floats(1, 100))
def test_whoever_waits_as_told_never_goes_faster_than_the_rate_and_a_seconds_worth(
    amounts: list[float], rate: float
) -> None:
    bucket, now = TokenBucket(rate), 100.0
    for amount in amounts:
        now += bucket.take(amount, now)

    assert sum(amounts) <= rate * (now - 100.0 + 1) * 1.000001 + 0.001


def test_a_pause_earns_a_second_and_no_more() -> None:
    bucket = TokenBucket(10.0)
    bucket.take(10, 0.0)

    assert bucket.take(10, 1000.0) == 0
    assert bucket.take(10, 1000.0) == pytest.approx(1.0)
