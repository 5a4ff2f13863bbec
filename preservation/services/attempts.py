"""Failures counted in the memory of this process: by address, by browser, by names that nobody has. Bounded; safe for threads.

What is counted of accounts is in the database; this here keeps a stranger from costing much, and is gone with the process.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock

_MOST = 10_000
_IPV6_SITE_BITS = 64


def address_block(address: str) -> str:
    """Whom an address counts for: itself, or for IPv6 its network of 64 bits, all of which one customer has."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS)}/{_IPV6_SITE_BITS}"
    return str(parsed)


class Attempts:
    """Failures in a row by some key, and how long that key has to wait."""

    def __init__(self, wait: Callable[[int], timedelta], *, forgotten_after: timedelta) -> None:
        self._wait = wait
        self._forgotten_after = forgotten_after
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def remaining(self, key: str, now: datetime) -> timedelta:
        """How long the key still has to wait: nothing, or more."""
        with self._lock:
            failures, last = self._held(key, now)
            return max(timedelta(0), last + self._wait(failures) - now)

    def failed(self, key: str, now: datetime) -> None:
        with self._lock:
            failures, _ = self._held(key, now)
            self._known[key] = (failures + 1, now)
            self._known.move_to_end(key)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)

    def succeeded(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)

    def _held(self, key: str, now: datetime) -> tuple[int, datetime]:
        failures, last = self._known.get(key, (0, now))
        if last > now:
            # The clock was ahead: the wait is as long as any, from here on.
            last = now
            self._known[key] = (failures, last)
        return (0, now) if now - last > self._forgotten_after else (failures, last)


class Telling:
    """Whether something is told once more: at most once a minute for a key, and so many times a minute for all keys together."""

    def __init__(self, *, every: timedelta = timedelta(minutes=1), together: int = 60) -> None:
        self._every = every
        self._together = together
        self._lock = Lock()
        self._told: OrderedDict[str, datetime] = OrderedDict()
        self._untold = 0
        self._window: list[datetime] = []

    def now(self, key: str, now: datetime) -> int | None:
        """How many were passed over since the last one told, None if this one is passed over as well."""
        with self._lock:
            self._window = [one for one in self._window if abs(now - one) < self._every]
            last = self._told.get(key)
            # What is told by a clock that was ahead keeps nothing from being told by one that is right.
            if (last is not None and abs(now - last) < self._every) or len(self._window) >= self._together:
                self._untold += 1
                return None
            self._window.append(now)
            self._told[key] = now
            self._told.move_to_end(key)
            while len(self._told) > _MOST:
                self._told.popitem(last=False)
            untold, self._untold = self._untold, 0
            return untold
