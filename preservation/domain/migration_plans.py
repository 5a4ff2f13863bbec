"""Plans of format migrations: what is selected, what may become of a plan, what it may cost, when it stops by itself.

A plan is made, approved by a second person, and run over its AIPs, each of which gets one new version (CPP-012, 014, 026).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from preservation.domain.examinations import Validity
from preservation.domain.format_rules import MigrationRule, Risk
from preservation.domain.quiet_hours import QuietHours
from preservation.domain.tools import ToolDescription

# Codes of what lies in a file itself begin so: they are no errors of a tool, and stop no plan.
OF_SOURCE = "SOURCE-"
# What the transfers are called by which migrations and their reverts make versions.
PACKAGE_TYPE = "migration"

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=6)


class PlanState(StrEnum):
    """drafting -> proposed -> approved -> running <-> paused -> done, or stopped on the way.

    `drafting`: it is still being written down; one that was cut off stays so until it is stopped.
    """

    DRAFTING = "drafting"
    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"

    @property
    def is_final(self) -> bool:
        return not TRANSITIONS[self]


TRANSITIONS: Mapping[PlanState, frozenset[PlanState]] = MappingProxyType(
    {
        PlanState.DRAFTING: frozenset({PlanState.PROPOSED, PlanState.STOPPED}),
        PlanState.PROPOSED: frozenset({PlanState.APPROVED, PlanState.STOPPED}),
        PlanState.APPROVED: frozenset({PlanState.RUNNING, PlanState.STOPPED}),
        PlanState.RUNNING: frozenset({PlanState.PAUSED, PlanState.STOPPED, PlanState.DONE}),
        PlanState.PAUSED: frozenset({PlanState.RUNNING, PlanState.STOPPED}),
        PlanState.STOPPED: frozenset(),
        PlanState.DONE: frozenset(),
    }
)


class ItemState(StrEnum):
    """What became of one AIP of a plan.

    MIGRATED: it has a version with the results. UNCHANGED: no file of it was migrated, for the reasons that are listed.
    FAILED: it could not be tried whole (it does not fit on the disk, its bytes cannot be read).
    """

    WAITING = "waiting"
    RUNNING = "running"
    MIGRATED = "migrated"
    UNCHANGED = "unchanged"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        return self in (ItemState.WAITING, ItemState.RUNNING)


@dataclass(frozen=True, slots=True)
class MigrationSelection:
    """Which of the files that a rule is for are meant. `collections` are ids, with all below them resolved; None means all."""

    collections: frozenset[str] | None = None
    risk: Risk | None = None
    validity: Validity | None = None
    aip: str | None = None


@dataclass(frozen=True, slots=True)
class MigrationLimits:
    """What a run may cost. Per day (UTC) in files and bytes of sources, None without bound; `hours` are when it may run.

    An AIP that is begun is finished, so a day may end a little beyond its bound. Beyond `error_percent` of tried files that
    failed the plan stops by itself, but not before `error_files` were tried. `lanes` is how many workers may share it.
    """

    files_per_day: int | None = None
    bytes_per_day: int | None = None
    hours: QuietHours | None = None
    error_percent: int = 5
    error_files: int = 20
    lanes: int = 2


@dataclass(frozen=True, slots=True)
class Amount:
    """Files and their bytes."""

    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class SampledFile:
    """A file that was really converted and compared while the plan was made, then thrown away. `code` is "" if it was good."""

    aip: str
    path: str
    size: int
    result_size: int
    seconds: float
    code: str
    detail: str = ""
    tools: tuple[ToolDescription, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanEstimate:
    """What the sample lets expect of the whole, None where nothing was converted. `seconds` are of one lane."""

    bytes: int | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """What came of a plan's AIPs so far. `bytes` are of the sources that were migrated, `result_bytes` of their results.

    `day` counts days since 1970; `day_files` and `day_bytes` are what was tried on it.
    """

    aips: int = 0
    files: int = 0
    failed: int = 0
    left: int = 0
    bytes: int = 0
    result_bytes: int = 0
    day: int = 0
    day_files: int = 0
    day_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """A plan. `untouched` says by a code what it leaves alone ("already-migrated") and how much that is.

    `made_by` and `approved_by` name people or a timer ("policy"); `by_policy` says that it was a timer, which leaves alone what
    people have taken back. `standing` is set where an approval of an earlier plan by the same rule counts for this one.
    """

    id: str
    rule: MigrationRule
    state: PlanState
    created: datetime
    made_by: str
    selection: MigrationSelection = field(default_factory=MigrationSelection)
    limits: MigrationLimits = field(default_factory=MigrationLimits)
    aips: int = 0
    amount: Amount = field(default_factory=Amount)
    untouched: Mapping[str, Amount] = field(default_factory=dict)
    sample: tuple[SampledFile, ...] = ()
    estimate: PlanEstimate = field(default_factory=PlanEstimate)
    approved_by: str | None = None
    approved: datetime | None = None
    standing: bool = False
    by_policy: bool = False
    ended: datetime | None = None
    reason: str = ""
    progress: PlanProgress = field(default_factory=PlanProgress)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationItem:
    """One AIP of a plan, by its number in it. `base` is the version that was migrated, `version` what that made.

    An AIP that came to its end without `base` was not tried whole: its plan was stopped, or there was no room for it. One that
    cannot be read or written waits until `due`, for the `reason`: `waits` says how often it did, `unread` how often because of
    a source that could not be read.

    `files` and `bytes` are what was selected; `done` of them were migrated, `failed` were not, `left` were not tried because of
    what they are. `reasons` are codes with their counts.
    """

    plan: str
    ordinal: int
    aip: str
    amount: Amount
    state: ItemState = ItemState.WAITING
    base: int | None = None
    version: int | None = None
    representation: str | None = None
    attempts: int = 0
    done: int = 0
    failed: int = 0
    left: int = 0
    done_bytes: int = 0
    result_bytes: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    ended: datetime | None = None
    waits: int = 0
    unread: int = 0
    due: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An AIP with files that a rule is for. `key` is its place in the walk; `untouched` are those left alone, by code."""

    key: int
    aip: str
    head: int
    amount: Amount
    untouched: Mapping[str, Amount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """Plans by this rule, as long as it stays as it is (`digest`), need no further approval."""

    rule: str
    digest: str
    plan: str
    by: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a name that tells people apart, and the account's id where there is one."""

    name: str
    account: str | None = None


def day_of(now: datetime) -> int:
    """Days since 1970 in UTC."""
    return (now.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days


def put_off_until(waits: int, now: datetime) -> datetime:
    """When an AIP is tried again that had to wait so often before: after five minutes, then twice as long each time."""
    return now + min(_FIRST_WAIT * (1 << min(waits, 16)), _LONGEST_WAIT)


def begins_again(limits: MigrationLimits, progress: PlanProgress, now: datetime) -> datetime | None:
    """None if the plan may go on now; else the earliest time at which it is worth looking again."""
    hours = limits.hours
    if hours is not None and not hours.has(now):
        begin = now.replace(hour=hours.begin.hour, minute=hours.begin.minute, second=0, microsecond=0)
        return begin if begin > now else begin + timedelta(days=1)
    if progress.day != day_of(now):
        return None
    is_spent = (limits.files_per_day is not None and progress.day_files >= limits.files_per_day) or (
        limits.bytes_per_day is not None and progress.day_bytes >= limits.bytes_per_day
    )
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day_of(now) + 1) if is_spent else None


def stops_for_errors(limits: MigrationLimits, progress: PlanProgress) -> bool:
    """Whether so much of what was tried failed that somebody has to look."""
    tried = progress.files + progress.failed
    return tried >= limits.error_files and progress.failed * 100 > limits.error_percent * tried


def estimated(sample: Iterable[SampledFile], amount: Amount) -> PlanEstimate:
    """By the sample's means: bytes by bytes, seconds by files."""
    good = [one for one in sample if not one.code]
    size = sum(one.size for one in good)
    if not good or not size:
        return PlanEstimate()
    results, seconds = sum(one.result_size for one in good), sum(one.seconds for one in good)
    return PlanEstimate(
        bytes=amount.bytes * results // size,
        seconds=ceil(amount.files * seconds / len(good)),
    )


def may_approve(plan: MigrationPlan, by: str, *, by_one: bool) -> bool:
    """Whether somebody may approve a plan: somebody else than who made it, unless the archive has decided that one is enough."""
    return by_one or by.casefold() != plan.made_by.casefold()
