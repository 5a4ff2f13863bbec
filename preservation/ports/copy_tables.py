"""Which replicas hold what, asked of all AIPs at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from preservation.domain.replication_gap import Combination


@dataclass(frozen=True, slots=True)
class HeldAIP:
    """An AIP, and which of the replicas that were asked about hold an intact copy of its head, by id."""

    aip: str
    collection: str
    replicas: frozenset[str]


@dataclass(frozen=True, slots=True)
class Amount:
    """So many AIPs, and the bytes of their heads."""

    aips: int
    bytes: int


class CopyTable(Protocol):
    """Each call is one question to the database, whatever is held. Raises Unavailable."""

    def combinations(self, replicas: Sequence[str]) -> Sequence[Combination]:
        """How many AIPs of each collection have an intact copy of the head on exactly these of the named replicas.

        One pass over AIPs and copies; distinct answers are few. Ordered by collection and replicas.
        """
        ...

    def held(self, replicas: Sequence[str], *, after: str | None = None, limit: int = 1000) -> Sequence[HeldAIP]:
        """The same of single AIPs, ordered by id; `after` is the last of the page before."""
        ...

    def lacking(self, replica: str) -> Amount:
        """What a replica holds no intact copy of the head of."""
        ...

    def unchecked(self, replica: str, *, since: datetime, now: datetime) -> Mapping[str, Amount]:
        """Its copies that were not checked since then, by collection; a check that is yet to come is none."""
        ...

    def copy_years(self, now: datetime) -> Mapping[str, float]:
        """For how many years copies have been on each replica, all together: since each was written, as it is now."""
        ...
