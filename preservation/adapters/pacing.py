"""Work held to a rate: progress that makes whoever reports it wait, by a bucket of tokens.

It wraps what hears of progress, since everything that reads or copies bytes reports them there, in pieces of a MiB at most.
"""

import threading
import time
from collections.abc import Callable

from preservation.domain.pacing import TokenBucket
from preservation.ports import Progress

# So long at most nobody hears that a job is to be stopped.
_LONGEST_NAP = 0.25


class PacedProgress:
    """A `ports.Progress` around another one. The rate is that of all threads together; a second's worth may come at once."""

    def __init__(
        self,
        progress: Progress,
        bytes_per_second: float | None,
        *,
        requests_per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """A limit that is None is none."""
        self._progress = progress
        self._bytes = None if bytes_per_second is None else TokenBucket(bytes_per_second)
        self._requests = None if requests_per_second is None else TokenBucket(requests_per_second)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def begin(self, label: str, total: int | None) -> None:
        self._progress.begin(label, total)

    def advance(self, amount: int) -> None:
        """Pass it on, then take as long as it takes at this rate. Raises what the progress within raises, while waiting too."""
        self._progress.advance(amount)
        self._wait(self._bytes, amount)

    def ask(self, requests: int) -> None:
        """Before so many files are opened."""
        self._progress.advance(0)
        self._wait(self._requests, requests)

    def end(self) -> None:
        self._progress.end()

    def _wait(self, bucket: TokenBucket | None, amount: int) -> None:
        if bucket is None or not amount:
            return
        with self._lock:
            now = self._clock()
            until = now + bucket.take(amount, now)
        while (left := until - self._clock()) > 0:
            self._sleep(min(left, _LONGEST_NAP))
            self._progress.advance(0)
