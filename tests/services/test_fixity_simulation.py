"""The schedule over a year, small: every copy within its window with a quarter of headroom, and the ledger's entries bounded.

`bench/bench_schedule.py` does the same for ten million AIPs; the rule over arrays that it works with is held to the planner's
own here.
"""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.bench_schedule import year
from bench.schedule_model import next_due_many, simulate
from preservation.domain.fixity_policy import FixityPolicy, Pace
from preservation.domain.fixity_schedule import Rhythm, next_due, rhythm_of
from preservation.services.fixity_notes import BATCH
from preservation.services.fixity_slice import FixitySlice, is_worth_a_slice
from tests.contracts.catalogue_builders import NOON
from tests.service_kit import SetClock

DAY = 86_400

_COPY = st.tuples(st.integers(0, 4_000_000_000), st.integers(0, 4_000_000_000), st.integers(0, (1 << 24) - 1))


@settings(max_examples=300)
@given(
    st.lists(_COPY, min_size=1, max_size=20),
    st.integers(1, 36_500),
    st.integers(0, 168),
    st.integers(0, 365),
)
def test_the_rule_over_arrays_is_the_planners_own(
    copies: list[tuple[int, int, int]], days: int, first: int, second: int
) -> None:
    rhythm = rhythm_of(FixityPolicy(first_check_hours=first, second_check_days=second), days)
    checked, written, turn = (np.array(column, np.int64) for column in zip(*copies, strict=True))

    found = next_due_many(checked, written, turn, rhythm)

    assert found.tolist() == [next_due(*one, rhythm) for one in copies]


@pytest.mark.parametrize("replica", [0, 1, 2])
def test_a_year_with_a_quarter_of_headroom_and_a_week_away_makes_nothing_late(replica: int) -> None:
    found, _, _ = year(20_000, replica, 3)

    assert found.checks > 20_000 * 5 * 0.9
    assert found.late <= found.checks * 0.001
    assert found.unchecked == 0


def test_a_device_that_is_too_slow_is_seen_to_be_late() -> None:
    """The simulation can fail: with half of what is needed most checks come late."""
    random = np.random.default_rng(1)
    rhythm = Rhythm(period=72 * DAY, first=0, second=0)
    turn = random.integers(0, 1 << 24, 2000)
    written = np.zeros(2000, np.int64)
    checked = written.copy()
    sizes = np.full(2000, 1e9)

    found = simulate(
        written,
        checked,
        turn,
        sizes,
        rhythm=rhythm,
        window=90 * DAY,
        rate=2000 * 1e9 / rhythm.period / 2,
        start=0,
        end=365 * DAY,
    )

    assert found.late > found.checks * 0.5
    assert found.busy > 0.99 * 365 * DAY


@pytest.mark.parametrize("share_of_device", [0.05, 0.3, 0.8, 0.99])
def test_a_sweep_of_a_million_copies_adds_at_most_five_thousand_entries(share_of_device: float) -> None:
    """The real rules for when a slice begins and ends, on devices that are hardly busy and on such that always are."""
    copies, window = 1_000_000, timedelta(days=72)
    arrive = copies / window.total_seconds()
    take = arrive / share_of_device
    clock, entries, done = SetClock(), 0, 0.0
    while done < copies - 1:
        passed = (clock.now() - NOON).total_seconds()
        waiting = passed * arrive - done
        oldest = NOON + timedelta(seconds=done / arrive)
        if waiting < 1 or not is_worth_a_slice(int(waiting), oldest, clock.now(), shortest_days=90):
            clock.pass_by(minutes=5)
            continue
        bounds = FixitySlice(clock, Pace(), clock.now(), timedelta(minutes=15), lambda _: None)
        taken = 0.0
        while not bounds.is_over and taken < waiting:
            taken = min(taken + 30 * take, waiting)
            clock.pass_by(seconds=30)
            bounds.copies = int(taken)
        done += taken
        entries += -(-int(taken) // BATCH)

    assert entries <= 5000
