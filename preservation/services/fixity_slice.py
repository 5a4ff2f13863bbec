"""One slice of checking a replica: how long it lasts, how fast it goes.

A slice is long enough for a batch that is worth its entry in the ledger, and short enough for other work to have its turn: it
lasts as the policy says, up to four times as long while it has checked but few copies, and ends where quiet hours begin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.fixity_policy import Pace
from preservation.ports import Clock

# The fewest copies for which a slice is begun, and ended in time. A million checks are 4,000 entries by that.
WORTH_A_BATCH = 250
# What is due but too little waits so long at most, or a tenth of the shortest window.
LONGEST_WAIT = timedelta(hours=6)
_LONGEST = 4


@dataclass(slots=True)
class FixitySlice:
    """`ask` is told how many files are about to be opened, and takes its time. For one thread."""

    clock: Clock
    pace: Pace
    began: datetime
    length: timedelta
    ask: Callable[[int], None]
    copies: int = 0

    def take(self, files: int) -> None:
        """Before a copy is read."""
        self.ask(files)
        self.copies += 1

    @property
    def is_over(self) -> bool:
        """Whether no further copy is to be begun."""
        now = self.clock.now()
        if self.pace.is_quiet(now):
            return True
        lasted = now - self.began
        return lasted >= _LONGEST * self.length or (lasted >= self.length and self.copies >= WORTH_A_BATCH)


def is_worth_a_slice(waiting: int, oldest: datetime | None, now: datetime, *, shortest_days: int) -> bool:
    """Whether a slice is to be begun, with so many copies due and the earliest deadline there."""
    if not waiting or oldest is None:
        return False
    return waiting >= WORTH_A_BATCH or now - oldest >= min(LONGEST_WAIT, timedelta(days=shortest_days) / 10)
