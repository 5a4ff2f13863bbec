"""Things to be done every so often in one loop, each at its own pace; one that does not succeed is tried at its next time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from preservation.errors import PreservationError, Unavailable
from workers.stopping import Stopping

log = structlog.get_logger()


@dataclass(slots=True)
class Chore:
    """`every` in seconds, from the end of one time to the beginning of the next."""

    name: str
    every: float
    do: Callable[[], object]
    due: float = 0.0


def keep_doing(chores: Sequence[Chore], stopping: Stopping, *, tick: float) -> None:
    """Do them until the process is to stop. Raises Unavailable where one did: the database is to be opened anew."""
    while not stopping.is_wanted:
        for chore in chores:
            if chore.due <= time.monotonic() and not stopping.is_wanted:
                _do(chore)
                chore.due = time.monotonic() + chore.every
        time.sleep(tick)


def _do(chore: Chore) -> None:
    try:
        chore.do()
    except Unavailable:
        raise
    except PreservationError:
        # Something that a person must look at, and that must not keep the other chores from being done.
        log.exception("chore_failed", chore=chore.name)
