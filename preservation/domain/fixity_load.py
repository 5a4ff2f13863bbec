"""Whether windows can be kept: what checks need of a replica, what there is, and when the work would be done.

A copy of s bytes with an inner window of W' needs s/W' bytes and 1/W' checks in every second, for ever (s and W' of all copies on
the replica added up). What there is, is what earlier runs read in a second of reading, within the policy's limits, in the hours
that are not quiet. A quarter more than what is needed is to be there: with less, one slow week makes copies late.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from preservation.domain.fixity_policy import Pace
from preservation.domain.fixity_schedule import INNER_TENTHS
from preservation.domain.fixity_windows import DAY

HEADROOM = 1.25
# Rates of runs shorter than this altogether say nothing of a device.
_ENOUGH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class CopyLoad:
    """The copies of one collection on one replica. `bytes` and `files` are of head versions; `within` counts, by a window in
    days, those that were checked so lately."""

    replica: str
    collection: str
    copies: int
    files: int
    bytes: int
    oldest_check: datetime | None
    never_checked: int
    within: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadingRate:
    """What one run read of a replica, and in how many seconds of reading."""

    time: datetime
    seconds: float
    copies: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaPlan:
    """One replica's checks in numbers. Rates are for a second; None where nothing was measured yet.

    `overdue` were not checked within their windows. `waiting` are due now, counted up to some bound, `oldest_due` is the earliest
    deadline of all. `needed` is without headroom; `available` is over a whole day, quiet hours taken off.
    """

    replica: str
    window_days: int
    copies: int
    bytes: int
    oldest_check: datetime | None
    never_checked: int
    overdue: int
    waiting: int
    oldest_due: datetime | None
    bytes_needed: float
    checks_needed: float
    bytes_available: float | None
    checks_available: float | None

    @property
    def share_within(self) -> float:
        """The part of the copies that was checked within the window."""
        return 1.0 if not self.copies else 1 - self.overdue / self.copies

    @property
    def load(self) -> float | None:
        """Which part of what is available checks take; above 1 the windows cannot be kept at all."""
        parts = [
            needed / available if available else math.inf
            for needed, available in (
                (self.bytes_needed, self.bytes_available),
                (self.checks_needed, self.checks_available),
            )
            if available is not None and needed
        ]
        return max(parts, default=None if self.copies else 0.0)

    @property
    def is_feasible(self) -> bool | None:
        """Whether the windows can be kept with headroom; None while nothing is known of the device."""
        return None if self.load is None else self.load * HEADROOM <= 1

    @property
    def bytes_wanted(self) -> float:
        """The rate that would be enough, headroom included."""
        return self.bytes_needed * HEADROOM

    @property
    def checks_wanted(self) -> float:
        return self.checks_needed * HEADROOM


def replica_plan(
    replica: str,
    loads: Sequence[CopyLoad],
    *,
    days: Callable[[str, str], int],
    general_days: int,
    pace: Pace,
    rates: Sequence[ReadingRate],
    waiting: int,
    oldest_due: datetime | None,
) -> ReplicaPlan:
    """From the loads of one replica. `days` gives the window of a replica and a collection."""
    windows = {one.collection: days(replica, one.collection) for one in loads}
    inner = {collection: window * DAY * INNER_TENTHS / 10 for collection, window in windows.items()}
    copies = sum(one.copies for one in loads)
    checked = [one.oldest_check for one in loads if one.oldest_check is not None]
    bytes_rate, checks_rate = _available(rates, loads, pace)
    return ReplicaPlan(
        replica=replica,
        window_days=max(windows.values(), default=general_days),
        copies=copies,
        bytes=sum(one.bytes for one in loads),
        oldest_check=min(checked, default=None),
        never_checked=sum(one.never_checked for one in loads),
        overdue=sum(one.copies - one.within.get(windows[one.collection], 0) for one in loads),
        waiting=waiting,
        oldest_due=oldest_due,
        bytes_needed=sum(one.bytes / inner[one.collection] for one in loads),
        checks_needed=sum(one.copies / inner[one.collection] for one in loads),
        bytes_available=bytes_rate,
        checks_available=checks_rate,
    )


def _available(
    rates: Sequence[ReadingRate], loads: Sequence[CopyLoad], pace: Pace
) -> tuple[float | None, float | None]:
    """Bytes and checks in a second, over a day."""
    seconds = sum(one.seconds for one in rates)
    share = pace.open_share
    measured = seconds >= _ENOUGH_SECONDS
    size = sum(one.bytes for one in rates) / seconds if measured else None
    checks = sum(one.copies for one in rates) / seconds if measured else None
    copies, files = sum(one.copies for one in loads), sum(one.files for one in loads)
    if pace.requests_per_second is not None and copies:
        allowed = pace.requests_per_second * copies / max(files, copies)
        checks = allowed if checks is None else min(checks, allowed)
    if pace.bytes_per_second is not None:
        size = pace.bytes_per_second if size is None else min(size, pace.bytes_per_second)
    return None if size is None else size * share, None if checks is None else checks * share
