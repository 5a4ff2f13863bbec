"""A bucket of requests for each address."""

import time

from preservation.api.rate_limits import RateLimit


def test_a_burst_is_let_through_and_the_next_one_waits() -> None:
    limit = RateLimit(3, 0.001)

    assert [limit.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert 900 < limit.take("a") <= 1000
    assert limit.take("b") == 0.0


def test_a_bucket_fills_again() -> None:
    limit = RateLimit(1, 50.0)
    assert limit.take("a") == 0.0
    wait = limit.take("a")
    time.sleep(wait + 0.01)

    assert limit.take("a") == 0.0


def test_what_is_remembered_is_bounded() -> None:
    limit = RateLimit(1, 0.001)
    for number in range(20_000):
        limit.take(str(number))

    assert len(limit._buckets) == 10_000
    assert limit.take("19999") > 0
