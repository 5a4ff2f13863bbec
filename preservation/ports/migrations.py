"""Plans of format migrations as the database has them, and the folder that one AIP's results wait in."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import RawIOBase
from typing import Protocol

from preservation.domain.events import Json
from preservation.domain.format_rules import MigrationRule
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_plans import (
    Candidate,
    ItemState,
    MigrationItem,
    MigrationPlan,
    MigrationSelection,
    PlanState,
    StandingApproval,
)
from preservation.ports.formats import ScratchFolder


class MigrationTable(Protocol):
    """Plans and their AIPs. Every method is one transaction, durable when it returns; safe for threads and processes.

    Work under way, as jobs are: a rebuild does not bring plans back. What they did is in the ledger and in the AIPs. An event is
    appended in the transaction of what it tells. Raises Unavailable when the database does not answer.
    """

    def add(self, plan: MigrationPlan) -> None:
        """A new plan, without its AIPs. Conflict if the id is there."""
        ...

    def add_items(self, items: Sequence[MigrationItem]) -> None: ...

    def propose(self, plan: MigrationPlan, events: Iterable[EncodedEvent]) -> None:
        """drafting -> what the plan says, with what was found: totals, sample, estimate. Conflict in any other state."""
        ...

    def plan(self, id: str) -> MigrationPlan | None: ...

    def plans(
        self, *, states: Collection[PlanState] | None = None, before: str | None = None, limit: int = 100
    ) -> Sequence[MigrationPlan]:
        """Newest first, by id."""
        ...

    def move(
        self,
        id: str,
        to: PlanState,
        *,
        now: datetime,
        by: str = "",
        reason: str = "",
        standing: StandingApproval | None = None,
        events: Iterable[EncodedEvent] = (),
    ) -> MigrationPlan:
        """As it then is. `by` is kept where `to` is approved, with the standing approval if that is given.

        NotHere if there is none, Conflict unless the state that it has allows it.
        """
        ...

    def items(
        self, plan: str, *, states: Collection[ItemState] | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[MigrationItem]:
        """In the order of the plan, behind `after`."""
        ...

    def open_items(
        self, plan: str, *, after: int = 0, limit: int = 100, now: datetime | None = None
    ) -> Sequence[MigrationItem]:
        """As `items`, those that have not come to their end; costs what it gives, however many have.

        With `now` without those that wait until later.
        """
        ...

    def begun_items(self, plan: str) -> Sequence[MigrationItem]:
        """Those that somebody began and that have not come to their end: a few, whatever the size of the plan."""
        ...

    def put_off(self, plan: str, ordinal: int, *, due: datetime, reason: str, unread: bool) -> None:
        """Let an open AIP wait until `due`, once more, `unread` because of a source that could not be read."""
        ...

    def rests(self, plan: str, now: datetime) -> tuple[int, datetime | None]:
        """How many open AIPs wait until later, and when the first of them is tried again."""
        ...

    def item(self, plan: str, ordinal: int) -> MigrationItem | None: ...

    def items_of(self, aip: str) -> Sequence[MigrationItem]:
        """What plans did with an AIP, the newest plan first."""
        ...

    def tried(self, rule: str, aips: Sequence[str]) -> Mapping[str, int]:
        """Of these AIPs the newest version that a plan by the rule has made or looked at; without those that none has."""
        ...

    def taken_back(self, rule: MigrationRule, aip: str) -> frozenset[str]:
        """Content files of the head, by path, that were there when results of such files in the target's format were reverted.

        Known from what is held alone: after a rebuild it is the same.
        """
        ...

    def reselect(self, plan: str, selection: MigrationSelection) -> None:
        """What an open plan is for from now on. NotHere if there is none."""
        ...

    def append_items(self, plan: str, found: Sequence[Candidate]) -> int:
        """Put AIPs behind the others of a plan, but for those that wait in it already; how many."""
        ...

    def begin_item(self, plan: str, ordinal: int, base: int) -> bool:
        """waiting or running -> running, from this version, an attempt more. False if it has come to its end."""
        ...

    def end_item(
        self, item: MigrationItem, *, now: datetime, tried_bytes: int = 0, events: Iterable[EncodedEvent] = ()
    ) -> bool:
        """Record what came of it, and count it in its plan's progress, once. False if it had come to its end before.

        `tried_bytes` are of the files that were migrated or failed: they count for the day.
        """
        ...

    def candidates(
        self,
        rule: MigrationRule,
        selection: MigrationSelection,
        *,
        after: int = 0,
        limit: int = 256,
        but_taken_back: bool = False,
    ) -> tuple[Sequence[Candidate], int | None]:
        """AIPs whose heads hold content files in the rule's formats, in a fixed order, each with what is to be done.

        And behind which key the next page begins, None at the end. A page may be short, or empty, and not be the last. Left
        alone are files with a result in the target's format ("already-migrated"), and those that were found invalid
        ("invalid") or, where a validity is selected, that have another one ("other-validity"); with `but_taken_back` also those
        that `taken_back` names ("taken-back").
        """
        ...

    def standing(self, rule: str) -> StandingApproval | None: ...

    def end_standing(self, rule: str, events: Iterable[EncodedEvent]) -> bool:
        """Take a standing approval back; whether there was one."""
        ...


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A result on this machine: its path, its size in bytes, its raw digests."""

    path: str
    size: int
    sha512: bytes
    sha256: bytes


class MigrationWork(Protocol):
    """One AIP's results on this machine until they are a version: a journal, and the files that it tells of.

    What is kept survives the process. A journal line counts only while its results have the bytes that it says, so that nothing
    need be flushed for it to be believed. `keep` may be called from several threads, each with its own folder.
    """

    def fresh(self) -> str:
        """A new empty folder for one conversion, on the same file system as what is kept."""
        ...

    def drop(self, folder: str) -> None:
        """Remove such a folder."""
        ...

    def look(self, folder: str, path: str) -> KeptFile | None:
        """What a tool left at a path relative to a fresh folder; None unless that is a plain file in it. Raises Unavailable."""
        ...

    def keep(self, source: str, entry: Mapping[str, Json], results: Sequence[str]) -> None:
        """Keep the results (paths of files in a fresh folder) and then the line that tells of them.

        `entry["results"]` has for each its "sha256" (hex) and "size". DiskFull or Unavailable if it cannot be written.
        """
        ...

    def forget(self, source: str) -> None:
        """Take back what was kept for a source: it was not tried. DiskFull or Unavailable if that cannot be written."""
        ...

    def sources(self) -> Sequence[str]:
        """Those that lines tell of, in order of their names."""
        ...

    def entry(self, source: str) -> Mapping[str, Json]: ...

    def open(self, source: str, number: int) -> RawIOBase:
        """The kept result of this number (from 0)."""
        ...

    def room(self) -> int:
        """Bytes that results may still take, so that as much is left to stage them."""
        ...

    def clear(self) -> None:
        """Remove the folder and all in it."""
        ...


class MigrationPlaces(Protocol):
    """Where such folders are."""

    def open(self, name: str) -> MigrationWork:
        """The folder of this name, with what an earlier process kept in it and still holds. For one holder at a time."""
        ...

    def scratch(self, name: str) -> ScratchFolder:
        """Short-lived copies of sources, beside the folder of this name."""
        ...

    def names(self) -> Iterator[str]: ...
