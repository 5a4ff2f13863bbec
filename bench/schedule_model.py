"""The fixity schedule over arrays, and a device that reads by it: what a simulation of millions of copies needs.

`next_due_many` is `preservation.domain.fixity_schedule.next_due` for arrays; a test holds the two together, value by value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preservation.domain.fixity_schedule import TURN, Rhythm

Times = NDArray[np.int64]

_BITS = TURN.bit_length() - 1
_BLOCK = 6 * 3600


def next_due_many(checked: Times, written: Times, turn: Times, rhythm: Rhythm) -> Times:
    """As `next_due`, element by element."""
    latest = checked + rhythm.period
    age = checked - written
    quarter, second = rhythm.first // 4, rhythm.second
    early = np.minimum(latest, written + quarter + (quarter * turn >> _BITS))
    due = latest - (latest - (rhythm.period * turn >> _BITS)) % rhythm.period
    again = np.minimum(due, written + second * 3 // 4 + (second // 5 * turn >> _BITS))
    return np.where(age < quarter, early, np.where(age < second // 2, again, due))


@dataclass(slots=True)
class Simulated:
    """One device's year. Times in seconds. `late` checks came after their windows; `delays` are from due time to check."""

    checks: int = 0
    late: int = 0
    late_first: int = 0
    worst_gap: int = 0
    delayed_hour: int = 0
    delayed_day: int = 0
    unchecked: int = 0
    busy: float = 0.0


def simulate(
    written: Times,
    checked: Times,
    turn: Times,
    sizes: NDArray[np.float64],
    *,
    rhythm: Rhythm,
    window: int,
    rate: float,
    start: int,
    end: int,
    away: tuple[int, int] = (0, 0),
) -> Simulated:
    """Read by earliest deadline, one copy after the other, at `rate` bytes a second; not at all while the device is `away`.

    A copy is there from `written` on. `checked` and the due times change in place. A check is begun when it is due, never before.
    """
    result = Simulated()
    due = next_due_many(checked, written, turn, rhythm)
    free = float(start)
    for block in range(start, end, _BLOCK):
        until = min(block + _BLOCK, end)
        if away[0] <= block < away[1]:
            free = float(until)
            continue
        queue = np.flatnonzero(due < until)
        if not len(queue):
            continue
        queue = queue[np.argsort(due[queue], kind="stable")]
        cost = sizes[queue] / rate
        before = np.concatenate(([0.0], np.cumsum(cost)[:-1]))
        # Each begins when the one before has ended and it is due itself.
        begins = before + np.maximum.accumulate(np.maximum(due[queue], max(free, block)) - before)
        taken = int(np.searchsorted(begins, until))
        if not taken:
            continue
        queue, begins = queue[:taken], begins[:taken]
        ends = begins + cost[:taken]
        free = float(ends[-1])
        result.busy += float(cost[:taken].sum())
        _count(result, ends, checked[queue], due[queue], written[queue], window, rhythm)
        checked[queue] = ends.astype(np.int64)
        due[queue] = next_due_many(checked[queue], written[queue], turn[queue], rhythm)
    result.unchecked = int(((end - checked > window) & (written < end - window)).sum())
    return result


def _count(
    result: Simulated, ends: NDArray[np.float64], last: Times, due: Times, written: Times, window: int, rhythm: Rhythm
) -> None:
    gap = ends - last
    result.checks += len(ends)
    result.late += int((gap > window).sum())
    is_first = last - written < rhythm.first // 4
    result.late_first += int((is_first & (ends - written > rhythm.first)).sum())
    result.worst_gap = max(result.worst_gap, int(gap.max()))
    result.delayed_hour += int((ends - due > 3600).sum())
    result.delayed_day += int((ends - due > 86_400).sum())
