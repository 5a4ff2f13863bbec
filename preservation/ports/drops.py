"""A watched place, as the service that empties it sees it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import RawIOBase
from typing import Protocol

from preservation.domain.drops import Dropped, DroppedState, Landing
from preservation.domain.packages import PackageLimits
from preservation.ports.system import Progress


class DropPlace(Protocol):
    """One watched place. What lies there is from strangers: links are not followed, nothing outside is read or written.

    A package is taken in steps, each of which can be done again after a crash at any point of it:

    claim    out of the producer's way, whole, under the transfer's id; until it is cleared this is where it is
    carry    into the deposits, durable
    clear    what the claim left here is forgotten
    release  instead of the two before: back to where it was

    Not for several threads or processes at once: the caller holds a lock. Raises Unavailable if the place does not answer.
    """

    def now(self) -> datetime:
        """The time by the clock that `DroppedState.changed` is by."""
        ...

    def look(self) -> Iterator[Dropped]:
        """What lies here, by name; not our own things, and not the marks."""
        ...

    def state(self, dropped: Dropped, limits: PackageLimits) -> DroppedState | None:
        """How it stands now; None if it is gone, or has become something else."""
        ...

    def open(self, dropped: Dropped, path: str) -> RawIOBase:
        """The bytes of a file of it ("" for the file that it is)."""
        ...

    def mark(self, dropped: Dropped, ending: str) -> bytes | None:
        """What a mark beside it holds, MAX_MARK_BYTES at most; None if it is gone, or no plain file."""
        ...

    def claim(self, claim: str, dropped: Dropped, seen: DroppedState, limits: PackageLimits) -> bool:
        """Claim it with its marks; False, and nothing done, if it is no longer as it was seen."""
        ...

    def claims(self) -> Sequence[str]:
        """The ids of all claims that were not cleared."""
        ...

    def claimed(self, claim: str) -> str | None:
        """The name of what is claimed whole, after finishing a claim that was begun; None where there is nothing of it.

        A claim that was begun and cannot be finished is undone.
        """
        ...

    def carry(self, claim: str, landing: Landing, limits: PackageLimits, progress: Progress) -> None:
        """Bring what is claimed to the landing: it appears in `package` under its own name, whole and durable.

        Raises DiskFull as well.
        """
        ...

    def clear(self, claim: str) -> None: ...

    def release(self, claim: str) -> None:
        """Conflict if something new has its name by now: then the claim stays."""
        ...

    def report(self, key: str) -> bytes | None:
        """A report that was written; None if there is none."""
        ...

    def write_report(self, key: str, data: bytes) -> None:
        """Put a report where the producer finds it, instead of an earlier one of the same key (a file name)."""
        ...

    def remove_report(self, key: str) -> None: ...
