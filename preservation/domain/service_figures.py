"""The service in numbers: what health, alarms and metrics are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from preservation.domain.copies_seen import CopiesSeen
from preservation.domain.filed_examinations import ExaminationFigures
from preservation.domain.fixity_load import ReplicaPlan
from preservation.domain.holdings import ReplicaFigures, TransferStatus
from preservation.domain.jobs import QueueFigures
from preservation.domain.replication_gap import Combination
from preservation.domain.workers import Worker

_SOONEST = timedelta(minutes=1)
# Counting takes one part in a hundred of the time, however much there is to count.
_REST = 100
_NEARLY, _HARDLY_ANY = 0.05, 0.02


@dataclass(frozen=True, slots=True)
class Taken:
    """What became part of the holdings within some time."""

    versions: int = 0
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingFigures:
    """The holdings counted at one time, which took so many seconds: one pass over AIPs, versions, copies and transfers.

    `bytes` and `files` are of head versions. `lacking` counts, by replica, the AIPs of which it holds no intact copy of the
    head. `combinations` are the AIPs by the replicas that hold them, `copy_years` how long copies have been on each replica, all
    together. `overdue` counts, by replica, the copies that were not checked within the window of the fixity policy.
    """

    time: datetime
    seconds: float
    aips: int
    files: int
    bytes: int
    last_hour: Taken
    last_day: Taken
    transfers: Mapping[TransferStatus, int]
    replicas: Sequence[ReplicaFigures]
    lacking: Mapping[str, int]
    combinations: Sequence[Combination] = ()
    copy_years: Mapping[str, float] = field(default_factory=dict)

    @property
    def overdue(self) -> Mapping[str, int]:
        return {one.replica: one.copies - one.within for one in self.replicas}

    def is_stale(self, now: datetime) -> bool:
        """Whether it is time to count again: after a minute, or a hundred times as long as counting took. A clock may go back."""
        return now < self.time or now - self.time >= max(_SOONEST, _REST * timedelta(seconds=self.seconds))


@dataclass(frozen=True, slots=True)
class LedgerLag:
    """Events without a place in the tree, and when the oldest of them was made; None where there is none."""

    events: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """A file system that the service writes to, by the places on it. `free` is what may still be used, in bytes."""

    place: str
    free: int
    total: int

    @property
    def share(self) -> float:
        return self.free / self.total if self.total else 0.0

    @property
    def is_nearly_full(self) -> bool:
        return self.share < _NEARLY

    @property
    def is_full(self) -> bool:
        """So full that the next large package may not fit."""
        return self.share < _HARDLY_ANY

    @property
    def free_text(self) -> str:
        return _gibibytes(self.free)

    @property
    def total_text(self) -> str:
        return _gibibytes(self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """Everything that metrics tell. `holdings` is None until they were counted for the first time.

    `replica_names` is by id; `away` are ids of replicas that are not here now.
    """

    time: datetime
    jobs: Sequence[QueueFigures]
    late: int
    holdings: HoldingFigures | None
    ledger: LedgerLag
    workers: Sequence[Worker]
    disks: Sequence[DiskSpace]
    replica_names: Mapping[str, str]
    away: frozenset[str]
    alarms: Mapping[str, int]
    copies: CopiesSeen | None = None
    checks: Sequence[ReplicaPlan] = ()
    examinations: ExaminationFigures | None = None


def _gibibytes(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB"
