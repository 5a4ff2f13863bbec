"""A clock for fixity runs, and what is due by it."""

from dataclasses import replace
from datetime import datetime, timedelta

from preservation.domain.fixity_policy import Pace
from preservation.services.fixity import Fixity
from preservation.services.fixity_slice import FixitySlice
from tests.services.fixity_kit import FixityKit


class Passing:
    """A clock that starts somewhere, and moves a little each time it is asked."""

    def __init__(self, start: datetime, step: timedelta = timedelta(milliseconds=1)) -> None:
        self.time = start
        self.step = step

    def now(self) -> datetime:
        self.time += self.step
        return self.time


def later(kit: FixityKit, **length: float) -> Passing:
    return Passing(kit.repository.clock.now() + timedelta(**length))


def at(kit: FixityKit, clock: Passing) -> Fixity:
    return replace(kit.fixity(), clock=clock)


def a_slice(clock: Passing, *, minutes: float = 15, asked: list[int] | None = None) -> FixitySlice:
    told = [] if asked is None else asked
    return FixitySlice(clock, Pace(), clock.now(), timedelta(minutes=minutes), told.append)


def dues(kit: FixityKit, replica: str) -> list[datetime]:
    found = [one.due for one in kit.repository.catalogue.copies_on(replica)]
    assert None not in found
    return [one for one in found if one is not None]
