"""What is done every so often in one loop: one thing that hangs or fails keeps the others from nothing."""

import threading

import pytest

from preservation.errors import Unavailable, WrongUse
from workers.chores import Chore, keep_doing
from workers.stopping import Stopping


class Until(Stopping):
    """Is wanted once the event is set."""

    def __init__(self, event: threading.Event) -> None:
        super().__init__(0)
        self._event = event

    @property
    def is_wanted(self) -> bool:
        return self._event.is_set()


def test_what_hangs_apart_is_begun_once_and_keeps_nothing_else_waiting() -> None:
    over, begun, done = threading.Event(), list[int](), list[int]()

    def hang() -> None:
        begun.append(1)
        over.wait(60)

    def work() -> None:
        done.append(1)
        if len(done) == 5:
            over.set()

    keep_doing([Chore("alarms", 0.0, hang, is_apart=True), Chore("ledger", 0.0, work)], Until(over), tick=0.001)

    assert (len(begun), len(done)) == (1, 5)


@pytest.mark.parametrize("is_apart", [False, True])
def test_a_database_that_is_away_ends_the_loop_and_another_failure_does_not(is_apart: bool) -> None:
    tries = list[int]()

    def fail() -> None:
        tries.append(1)
        raise WrongUse("a person must look") if len(tries) < 3 else Unavailable("away")

    with pytest.raises(Unavailable, match="away"):
        keep_doing([Chore("x", 0.0, fail, is_apart=is_apart)], Until(threading.Event()), tick=0.001)

    assert len(tries) == 3
