"""Turns: what timers queue may have days of work, and ends after a while, so that other work in its slot has its turn too.

What is left is queued as a job of its own, behind whatever waits already.
"""

import time

from preservation.bootstrap import Repository
from preservation.domain.jobs import Job, NewJob
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


def hand_over(repository: Repository, job: Job) -> bool:
    """Queue the next turn behind whatever waits already. Its key names this job: should this one run again, it is there."""
    following = NewJob(
        id=repository.minter.urn(),
        kind=job.kind,
        subject=job.subject,
        parameters=job.parameters,
        key=f"slice after {job.id}",
    )
    with repository.catalogue.begin() as tx:
        tx.add_job(following, now=repository.clock.now())
    return True


def goes_on(errand: Errand, turn: Turn, done: int) -> bool:
    """Whether another turn follows, which is queued then. Where nothing could be done, the timer looks again at its time."""
    return turn.is_over and done > 0 and hand_over(errand.repository, errand.job)
