"""What was seen of copies as the replication policy asks about them: what alarms and metrics are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from preservation.domain.replication_gap import BelowPolicy
from preservation.domain.replication_rating import MediumAge


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a replica's listing and the catalogue disagree: objects that the catalogue does not know, and copies that it
    counts and the replica does not list. `time` is when they were compared."""

    time: datetime
    objects: int
    unknown: int
    absent: int


@dataclass(frozen=True, slots=True)
class PeerSeen:
    """A peer: since when AIPs are not there as they should be, and when it last answered; None if it never was asked."""

    name: str
    faults: Mapping[str, datetime]
    heard: datetime | None
    asked: datetime | None


@dataclass(frozen=True, slots=True)
class FaultsSeen:
    """A replica's faults so far, and mean seconds until one was found (at most) and mended; None where none was."""

    faults: int
    detect: float | None
    mend: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesSeen:
    """What was seen of copies. Replicas are by name.

    `overdue`: offline replicas that should have been plugged in by then. `held`: on which nothing is repaired until a person has
    looked. `disputed`: AIPs whose inventories are whole somewhere and not what the ledger says, and since when.
    """

    below: Sequence[BelowPolicy] = ()
    overdue: Mapping[str, datetime] = field(default_factory=dict)
    held: Sequence[str] = ()
    media: Sequence[MediumAge] = ()
    disputed: Mapping[str, datetime] = field(default_factory=dict)
    drift: Mapping[str, Drift] = field(default_factory=dict)
    peers: Sequence[PeerSeen] = ()
    faults: Mapping[str, FaultsSeen] = field(default_factory=dict)


def due_back(away_since: datetime, report_days: int) -> datetime:
    """When a replica that is offline should be here again."""
    return away_since + timedelta(days=report_days)
