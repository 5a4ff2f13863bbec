"""When each copy is due to be checked: a deadline from the policy's window, phases that are spread, and what shortens it.

The order of work is earliest deadline first: it keeps every deadline that any order keeps, on one device (Liu and Layland 1973).
Deadlines are for an inner window of eight tenths of the policy's, so that a day without checks makes nothing overdue.

A copy's checks lie on a grid of its own: times one inner window apart, at a phase that follows from the AIP's id and from which
replica it is. So copies that came on one day are not due on one day, and the copies of one AIP are looked at evenly in
turn: of r copies one is checked every r-th part of the window, which makes the loss of all of them between two checks less likely
than checking all on the same day. The next time is the latest on the grid that is within the inner window: a check that comes
late is followed by one on time, and none is ever put off beyond the window.

Shortened, never lengthened: new copies come soon and again after some weeks, since media and writes that are bad show it early;
what is not intact is looked at again within the hour; copies near a damaged one, and the others of its AIP, at once. Only turns
on the grid give way where they went by; none of these does, however late it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from preservation.domain.fixity_policy import FixityPolicy
from preservation.domain.fixity_windows import DAY, FixityWindows
from preservation.domain.holdings import CopyRecord, CopyState

# The inner window: W' = 0.8 W.
INNER_TENTHS = 8
# Before every other deadline: what came near damage. Behind every other one: what is no copy at all.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# So long after it was found not to be intact a copy is looked at again: a replica may have come back, a source of repair too.
LOOKED_AT_AGAIN = timedelta(hours=1)
# So far the clocks of machines that are in order may differ. What lies further ahead was told by one that was not.
CLOCKS_DIFFER = timedelta(days=1)
# How many copies before and after a damaged one, in the order in which they were written, are looked at at once.
NEIGHBOURS = 16

_TURN_BITS = 24
TURN = 1 << _TURN_BITS
_HOUR = 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What holds for the copies of one window, in whole seconds. `period` is the inner window; 0 leaves `first`, `second` out."""

    period: int
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class FixitySchedule:
    """The policy, applied to replicas and collections as they are. `order` gives each active replica its place among them."""

    policy: FixityPolicy
    windows: FixityWindows
    order: Mapping[str, int]

    def due(self, copy: CopyRecord, collection: str, now: datetime) -> datetime:
        """By when a copy is to be checked next, after what is known of it. `collection` is the id of its AIP's."""
        if not copy.version:
            return NEVER
        if copy.state not in (CopyState.INTACT, CopyState.PENDING):
            return now + LOOKED_AT_AGAIN
        if copy.checked is None or is_ahead(copy.checked, now):
            return min(copy.written or AT_ONCE, now)
        days = self.windows.days(copy.replica, collection)
        turn = turn_of(copy.aip, self.order.get(copy.replica, 0), len(self.order))
        checked = _seconds(copy.checked)
        written = checked - _HOUR * 24 * 36_500 if copy.written is None else _seconds(copy.written)
        rhythm = rhythm_of(self.policy, days)
        due = next_due(checked, written, turn, rhythm)
        if due < _seconds(now):
            # Its turn went by before it had one: it need not come before others that nobody has looked at for longer.
            due = checked + rhythm.period
            early = early_check(checked, written, turn, rhythm)
            # A check that was promised because the copy is new, and has not been made, is no turn that went by. Old holdings that
            # are planned for the first time were promised none.
            is_new = _seconds(now) - written < max(rhythm.first, rhythm.second)
            if early is not None and (is_new or copy.due is not None):
                due = min(due, early)
        return _EPOCH + due * _SECOND

    def planned(self, copy: CopyRecord, collection: str, now: datetime) -> CopyRecord:
        """The copy with its due time."""
        return replace(copy, due=self.due(copy, collection, now))


def is_ahead(time: datetime, now: datetime) -> bool:
    """Whether a clock that was wrong has told a time: a check that is yet to come is none, and nothing may rest on it."""
    return time > now + CLOCKS_DIFFER


def rhythm_of(policy: FixityPolicy, days: int) -> Rhythm:
    """The rhythm of copies with a window of so many days."""
    return Rhythm(
        period=days * DAY * INNER_TENTHS // 10,
        first=policy.first_check_hours * _HOUR,
        second=policy.second_check_days * DAY,
    )


def next_due(checked: int, written: int, turn: int, rhythm: Rhythm) -> int:
    """The time of the next check in seconds since 1970, after one at `checked` of a copy that was written at `written`.

    `turn` is the copy's place in the window, 0 to 2^24. The result is after `checked` and at most `rhythm.period` later.
    """
    latest = checked + rhythm.period
    early = early_check(checked, written, turn, rhythm)
    if early is not None and checked - written < rhythm.first // 4:
        return min(latest, early)
    due = latest - (latest - (rhythm.period * turn >> _TURN_BITS)) % rhythm.period
    return due if early is None else min(due, early)


def early_check(checked: int, written: int, turn: int, rhythm: Rhythm) -> int | None:
    """When a copy is read because it is new, all as of `next_due`; None once it has been read for that."""
    age = checked - written
    if age < rhythm.first // 4:
        # Between a quarter and a half of the time allowed: what was written in one night is not read in one minute.
        return written + rhythm.first // 4 + (rhythm.first // 4 * turn >> _TURN_BITS)
    if age < rhythm.second // 2:
        return written + rhythm.second * 3 // 4 + (rhythm.second // 5 * turn >> _TURN_BITS)
    return None


def turn_of(aip: str, replica: int, replicas: int) -> int:
    """Where in the window a copy has its turn, 0 to 2^24: by its AIP's id, and evenly shifted from replica to replica."""
    spread = int.from_bytes(blake2b(aip.encode(), digest_size=3).digest())
    return (spread + replica * TURN // max(replicas, 1)) % TURN


def due_of_new(policy: FixityPolicy, aip: str, written: datetime) -> datetime | None:
    """By when a copy that was just written and read back is due, without looking at anything else: ingest asks for this.

    None where the policy wants no early check: then its window decides, and the schedule is asked later.
    """
    if not policy.first_check_hours:
        return None
    # No window is shorter than a day: half of this is within the inner window of every copy.
    first = min(policy.first_check_hours * _HOUR, 2 * DAY * INNER_TENTHS // 10)
    turn = turn_of(aip, 0, 1)
    return written + timedelta(seconds=first // 4 + (first // 4 * turn >> _TURN_BITS))


def _seconds(time: datetime) -> int:
    return (time - _EPOCH) // _SECOND
