"""Work is held to its rate, by a clock that the test turns."""

from preservation.adapters.pacing import PacedProgress
from tests.homes import Quiet


class Turned:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def clock(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_ten_seconds_worth_takes_ten_seconds_but_for_the_first() -> None:
    turned = Turned()
    paced = PacedProgress(Quiet(), 1000, clock=turned.clock, sleep=turned.sleep)

    for _ in range(100):
        paced.advance(100)

    assert round(turned.time, 6) == 9.0


def test_what_was_not_used_for_long_is_not_saved_up() -> None:
    turned = Turned()
    paced = PacedProgress(Quiet(), 1000, clock=turned.clock, sleep=turned.sleep)
    turned.time = 3600.0

    paced.advance(3000)

    assert turned.time == 3602.0
