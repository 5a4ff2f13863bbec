"""Things to be done every so often in one loop, each at its own pace; one that does not succeed is tried at its next time.

One that waits for strangers is done apart, in a thread: the others are done meanwhile.
"""

import threading
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
    is_apart: bool = False
    due: float = 0.0
    thread: threading.Thread | None = None
    failure: Exception | None = None

    def begin(self) -> None:
        """Do it, or have it begun. Raises what it raises, or its last time apart has raised."""
        if self.failure is not None:
            raise self.failure
        if not self.is_apart:
            self._do()
        elif self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._do_apart, name=self.name, daemon=True)
            self.thread.start()

    def end(self) -> None:
        """Wait until it is done."""
        if self.thread is not None:
            self.thread.join()

    def _do_apart(self) -> None:
        try:
            self._do()
        except Exception as error:  # noqa: BLE001 - the loop raises it
            # For the loop, which ends by it as by any other chore's.
            self.failure, self.due = error, 0.0

    def _do(self) -> None:
        try:
            self.do()
        except Unavailable:
            raise
        except PreservationError:
            # Something that a person must look at, and that must not keep the other chores from being done.
            log.exception("chore_failed", chore=self.name)
        self.due = time.monotonic() + self.every


def keep_doing(chores: Sequence[Chore], stopping: Stopping, *, tick: float) -> None:
    """Do them until the process is to stop. Raises Unavailable where one did: the database is to be opened anew."""
    try:
        while not stopping.is_wanted:
            for chore in chores:
                if chore.due <= time.monotonic() and not stopping.is_wanted:
                    chore.begin()
            time.sleep(tick)
    finally:
        for chore in chores:
            chore.end()
