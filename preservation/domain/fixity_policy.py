"""What the archive decided about fixity checks: how often, how fast, and when not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from preservation.domain.quiet_hours import QuietHours

MINUTES_OF_DAY = 24 * 60
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast copies on one replica may be read, and when not. Limits hold for the whole replica; None: as fast as it can."""

    rate_mib: int | None = None
    requests_per_second: int | None = None
    quiet: Sequence[QuietHours] = ()

    @property
    def bytes_per_second(self) -> int | None:
        return None if self.rate_mib is None else self.rate_mib * MIB

    def is_quiet(self, now: datetime) -> bool:
        """Whether nothing may be read for a check at this time."""
        return any(one.has(now) for one in self.quiet)

    @property
    def open_share(self) -> float:
        """The part of a day in which copies may be read: 1.0 without quiet hours."""
        minutes = (datetime(1970, 1, 1, minute // 60, minute % 60, tzinfo=UTC) for minute in range(MINUTES_OF_DAY))
        return 1 - sum(map(self.is_quiet, minutes)) / MINUTES_OF_DAY


@dataclass(frozen=True, slots=True)
class ReplicaChecks:
    """What a replica's own section says; None where it says nothing, and what holds for all applies."""

    window_days: int | None = None
    rate_mib: int | None = None
    requests_per_second: int | None = None
    quiet: tuple[QuietHours, ...] | None = None


@dataclass(frozen=True, slots=True)
class FixityPolicy:
    """`window_days`: within how many days each copy must have been checked; an older check is overdue.

    `replicas` are by the replica's name, `collections` map a collection's code to a window in days, which holds for what lies in
    it too. A copy is checked within the shortest window that is stated for its replica and its collection, and within
    `window_days` where none is. A new copy is read again within `first_check_hours`, and within `second_check_days`; 0 leaves
    that out. A run is cut into slices of `slice_minutes`.
    """

    window_days: int = 90
    first_check_hours: int = 24
    second_check_days: int = 30
    slice_minutes: int = 15
    pace: Pace = field(default_factory=Pace)
    replicas: Mapping[str, ReplicaChecks] = field(default_factory=lambda: MappingProxyType({}))
    collections: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def pace_of(self, replica: str) -> Pace:
        """By the replica's name."""
        own = self.replicas.get(replica, ReplicaChecks())
        return Pace(
            rate_mib=self.pace.rate_mib if own.rate_mib is None else own.rate_mib,
            requests_per_second=(
                self.pace.requests_per_second if own.requests_per_second is None else own.requests_per_second
            ),
            quiet=self.pace.quiet if own.quiet is None else own.quiet,
        )
