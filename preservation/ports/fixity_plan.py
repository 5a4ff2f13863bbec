"""When copies are due, as the catalogue's database has it: what timers ask, what runs take their work from."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from preservation.domain.fixity_load import CopyLoad, ReadingRate, ReplicaPlan
from preservation.domain.holdings import CopyRecord

# Where a walk by deadline goes on: after this time, and at this time after this AIP.
Place = tuple[datetime, str]


class FixityPlanTable(Protocol):
    """Due times of copies. Every look is a walk along an index, however many copies there are, but for `loads`.

    Each call is one transaction; safe for threads and processes. Raises Unavailable.
    """

    def due(
        self, replica: str, *, before: datetime, after: Place | None = None, limit: int = 256
    ) -> Sequence[CopyRecord]:
        """Copies on a replica that are due by then, the earliest deadline first, then by AIP id."""
        ...

    def waiting(self, replica: str, *, before: datetime, limit: int) -> tuple[int, datetime | None]:
        """How many copies are due by then, counted up to the limit, and the earliest deadline of all."""
        ...

    def unplanned(self, replica: str, *, limit: int = 1000) -> Sequence[tuple[CopyRecord, str]]:
        """Copies whose due time is not planned, each with its AIP's collection."""
        ...

    def ahead(self, replica: str, *, beyond: datetime, limit: int = 1000) -> Sequence[tuple[CopyRecord, str]]:
        """Copies that are due after a time after which none should be, each with its AIP's collection."""
        ...

    def page(self, *, after: tuple[str, str] | None = None, limit: int = 1000) -> Sequence[tuple[CopyRecord, str]]:
        """Copies with their collections by AIP and replica; `after` is (aip, replica) of the page before's last."""
        ...

    def plan(self, planned: Sequence[tuple[CopyRecord, datetime]]) -> int:
        """Set due times, of copies that are still as they were read; how many changed."""
        ...

    def hasten(self, copies: Collection[tuple[str, str]], *, due: datetime, unless_checked_since: datetime) -> int:
        """Bring the due time of copies (aip, replica) forward, never back; how many it was."""
        ...

    def neighbours(self, aip: str, replica: str, *, count: int) -> Sequence[str]:
        """AIPs with a copy on the replica that were made shortly before and after this one, up to so many on either side."""
        ...

    def spread(
        self, replica: str, *, first: datetime, last: datetime, after: str | None = None, limit: int = 1000
    ) -> str | None:
        """Bring a page of a replica's copies forward, evenly into that time; where to go on, None at the end."""
        ...

    def loads(self, *, now: datetime, windows: Collection[int]) -> Sequence[CopyLoad]:
        """All copies in numbers, by replica and collection: one pass over the copies, for a timer or a person who asks.

        `windows` in days: for each it is counted how many copies were checked within it. A check that is yet to come is none.
        """
        ...

    def keep_plans(self, plans: Sequence[ReplicaPlan], *, now: datetime) -> None: ...

    def kept_plans(self) -> tuple[datetime, Sequence[ReplicaPlan]] | None:
        """What was kept last, and as of when; one row."""
        ...

    def note_rate(self, replica: str, rate: ReadingRate) -> None:
        """Remember what a run read; the newest ones are kept."""
        ...

    def rates(self, replica: str) -> Sequence[ReadingRate]:
        """What was remembered of a replica's newest runs, the oldest first."""
        ...

    def planned_as(self) -> tuple[str, tuple[str, str] | None] | None:
        """What all due times were planned by (`domain.fixity_windows.plan_digest`), or are being planned by up to a copy."""
        ...

    def note_plan(self, digest: str, after: tuple[str, str] | None, *, now: datetime) -> None:
        """Remember how far planning has come; `after` is None once all are planned."""
        ...
