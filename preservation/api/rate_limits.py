"""How often one address may ask: a bucket of so many requests, filled again at a steady rate."""

import time
from collections import OrderedDict
from threading import Lock

_MOST = 10_000


class RateLimit:
    """Safe for threads; bounded. Counts within this process."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one request; 0 if there was one to be taken, else in how many seconds there is."""
        now = time.monotonic()
        with self._lock:
            left, at = self._buckets.get(key, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._per_second)
            wait = 0.0 if left >= 1 else (1 - left) / self._per_second
            self._buckets[key] = (left - 1 if wait == 0.0 else left, now)
            self._buckets.move_to_end(key)
            while len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
            return wait
