"""Turns: what timers queue may have days of work, and ends after a while, so that other work in its slot has its turn too.

What is left is queued as a job of its own, behind whatever waits already.
"""

import time

from preservation.bootstrap.watching import job_requests
from preservation.domain.jobs import Job
from workers.errands import Errand

TURN_SECONDS = 900.0


class Turn:
    """Of one job. Of one that a person has asked for there is no end: its result is about all that was asked."""

    def __init__(self, job: Job) -> None:
        self._ends = time.monotonic() + TURN_SECONDS if "schedule" in job.parameters else None
        self._is_first = True
        self.is_over = False

    def may_begin(self) -> bool:
        """Whether a further AIP may be begun; the first one always may."""
        self.is_over = not self._is_first and self._ends is not None and time.monotonic() >= self._ends
        self._is_first = False
        return not self.is_over


def goes_on(errand: Errand, turn: Turn, done: int) -> bool:
    """Whether another turn follows, which is queued then. Where nothing could be done, the timer looks again at its time."""
    if not turn.is_over or done == 0:
        return False
    job_requests(errand.repository).follow(errand.job)
    return True
