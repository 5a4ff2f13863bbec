"""When copies are due: never later than the window allows, spread, staggered, and sooner where there is a reason."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.fixity_policy import FixityPolicy, Pace, ReplicaChecks
from preservation.domain.fixity_schedule import (
    AT_ONCE,
    LOOKED_AT_AGAIN,
    NEVER,
    FixitySchedule,
    Rhythm,
    due_of_new,
    next_due,
    rhythm_of,
    turn_of,
)
from preservation.domain.fixity_windows import plan_digest, replica_order, windows_of
from preservation.domain.holdings import Collection, CopyRecord, CopyState, ReplicaRecord, ReplicaState
from preservation.domain.quiet_hours import QuietHours, quiet_hours

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = 86_400
OLD = NOW - timedelta(days=400)

_DAYS = st.integers(1, 36_500)
_TIMES = st.integers(0, 4_000_000_000)
_TURNS = st.integers(0, (1 << 24) - 1)


def some_hours(text: str) -> QuietHours:
    found = quiet_hours(text)
    assert found is not None
    return found


def a_replica(number: int, state: ReplicaState = ReplicaState.ACTIVE) -> ReplicaRecord:
    return ReplicaRecord(f"r{number}", f"replica {number}", "file:///r", "primary", state, NOW)


def a_schedule(policy: FixityPolicy | None = None, replicas: int = 3, **sections: int) -> FixitySchedule:
    policy = policy or FixityPolicy(replicas={name: ReplicaChecks(window_days=days) for name, days in sections.items()})
    records = [a_replica(number) for number in range(replicas)]
    return FixitySchedule(policy, windows_of(policy, [], [], records), replica_order(records))


def a_copy(replica: str = "r0", aip: str = "urn:uuid:1", **changes: object) -> CopyRecord:
    values: dict[str, object] = {"version": 1, "state": CopyState.INTACT, "written": OLD, "checked": NOW}
    return CopyRecord(aip, replica, **{**values, **changes})  # type: ignore[arg-type]


@given(_TIMES, _TIMES, _TURNS, _DAYS, st.integers(0, 168), st.integers(0, 365))
def test_a_check_is_never_due_before_the_last_one_nor_later_than_the_inner_window(
    checked: int, age: int, turn: int, days: int, first: int, second: int
) -> None:
    rhythm = rhythm_of(FixityPolicy(first_check_hours=first, second_check_days=second), days)

    due = next_due(checked, checked - age, turn, rhythm)

    assert checked < due <= checked + days * DAY * 8 // 10


@given(_TIMES, _TURNS, _DAYS, st.integers(0, DAY))
def test_a_check_that_comes_late_is_followed_by_one_on_the_grid(checked: int, turn: int, days: int, late: int) -> None:
    rhythm = Rhythm(period=days * DAY * 8 // 10, first=0, second=0)
    due = next_due(checked, 0, turn, rhythm)

    after = next_due(due + min(late, rhythm.period - 1), 0, turn, rhythm)

    assert after - due == rhythm.period


def test_a_bulk_load_is_not_due_all_at_once() -> None:
    schedule = a_schedule()
    days: Counter[int] = Counter()
    for number in range(7200):
        due = schedule.due(a_copy(aip=f"urn:uuid:{number}"), "fonds", NOW)
        days[(due - NOW).days] += 1

    assert len(days) == 72
    assert max(days.values()) < 2 * 7200 / 72


def test_a_bulk_load_of_new_copies_is_not_due_in_one_hour() -> None:
    policy = FixityPolicy()
    dues = [due_of_new(policy, f"urn:uuid:{number}", NOW) for number in range(600)]
    hours = Counter(int((due - NOW).total_seconds() // 3600) for due in dues if due is not None)

    assert set(hours) == {6, 7, 8, 9, 10, 11}
    assert max(hours.values()) < 200


@pytest.mark.parametrize("replicas", [2, 3, 5])
def test_the_copies_of_an_aip_are_evenly_staggered(replicas: int) -> None:
    schedule = a_schedule(replicas=replicas)
    period = timedelta(days=72)
    dues = sorted(schedule.due(a_copy(f"r{number}"), "fonds", NOW) for number in range(replicas))

    gaps = [(after - before) / period for before, after in zip(dues, [*dues[1:], dues[0] + period], strict=True)]

    assert gaps == pytest.approx([1 / replicas] * replicas, abs=0.0001)


def test_a_new_copy_is_read_within_a_day_again_within_a_month_and_then_by_its_window() -> None:
    schedule = a_schedule()
    written = NOW
    copy = a_copy(written=written, checked=written)
    due = due_of_new(schedule.policy, copy.aip, written)
    assert due is not None
    first = due
    second = schedule.due(a_copy(written=written, checked=first), "fonds", first)
    later = [schedule.due(a_copy(written=written, checked=second), "fonds", second)]
    while len(later) < 4:
        later.append(schedule.due(a_copy(written=written, checked=later[-1]), "fonds", later[-1]))

    assert first - written <= timedelta(hours=12)
    assert schedule.due(copy, "fonds", NOW) == first
    assert second - written <= timedelta(days=30)
    assert later[-1] - later[-2] == timedelta(days=72)


@given(_DAYS, st.integers(1, 168), st.text(min_size=1, max_size=40))
def test_what_ingest_says_of_a_new_copy_is_within_every_window(days: int, hours: int, aip: str) -> None:
    due = due_of_new(FixityPolicy(window_days=days, first_check_hours=hours), aip, NOW)

    assert due is not None
    assert NOW < due <= NOW + min(timedelta(days=days) * 0.8, timedelta(hours=hours))


def test_without_early_checks_ingest_leaves_it_to_the_schedule() -> None:
    assert due_of_new(FixityPolicy(first_check_hours=0), "urn:uuid:1", NOW) is None


@pytest.mark.parametrize("state", [CopyState.DAMAGED, CopyState.MISSING, CopyState.UNREADABLE])
def test_what_is_not_intact_is_looked_at_again_within_the_hour(state: CopyState) -> None:
    assert a_schedule().due(a_copy(state=state), "fonds", NOW) == NOW + LOOKED_AT_AGAIN


def test_a_copy_that_was_never_checked_is_due_since_it_was_written() -> None:
    schedule = a_schedule()

    assert schedule.due(a_copy(checked=None), "fonds", NOW) == OLD
    assert schedule.due(a_copy(checked=None, written=None), "fonds", NOW) == AT_ONCE


def test_holdings_that_are_planned_for_the_first_time_are_not_due_all_at_once() -> None:
    schedule = a_schedule()
    days: Counter[int] = Counter()
    for number in range(7200):
        copy = a_copy(aip=f"urn:uuid:{number}", checked=NOW - timedelta(days=number / 100))
        days[(schedule.due(copy, "fonds", NOW) - NOW).days] += 1

    assert min(days) == 0
    assert max(days) == 71
    assert max(days.values()) < 2.5 * 7200 / 72


def test_a_copy_that_nobody_looked_at_for_the_inner_window_is_overdue_by_what_is_beyond_it() -> None:
    due = a_schedule().due(a_copy(checked=NOW - timedelta(days=80)), "fonds", NOW)

    assert due == NOW - timedelta(days=8)


def test_what_is_no_copy_is_never_due() -> None:
    assert a_schedule().due(a_copy(version=0, state=CopyState.PENDING), "fonds", NOW) == NEVER


def test_a_pending_copy_that_is_behind_keeps_its_window() -> None:
    schedule = a_schedule()

    assert schedule.due(a_copy(state=CopyState.PENDING), "fonds", NOW) == schedule.due(a_copy(), "fonds", NOW)


def test_the_shortest_window_that_is_stated_for_replica_and_collection_holds() -> None:
    policy = FixityPolicy(
        window_days=90,
        replicas={"replica 1": ReplicaChecks(window_days=365), "replica 2": ReplicaChecks(window_days=10)},
        collections={"H49": 30, "H49.9": 400},
    )
    tree = [
        Collection("top", "H49", ""),
        Collection("in it", "H49.1", "", "top"),
        Collection("own", "H49.9", "", "top"),
    ]
    windows = windows_of(policy, [], tree, [a_replica(number) for number in range(3)])

    assert windows.days("r0", "elsewhere") == 90
    assert windows.days("r1", "elsewhere") == 365
    assert windows.days("r0", "in it") == windows.days("r1", "in it") == 30
    assert windows.days("r2", "in it") == 10
    assert windows.days("r0", "own") == 400
    assert (windows.shortest, windows.longest) == (10, 400)


def test_an_agreement_can_only_shorten_the_window_of_its_collection() -> None:
    def agreement(name: str, days: int, *, active: bool = True) -> SubmissionAgreement:
        return SubmissionAgreement(id=name, title=name, collection="H49", active=active, fixity_window_days=days)

    tree = [Collection("top", "H49", ""), Collection("in it", "H49.1", "", "top")]
    policy = FixityPolicy(window_days=90)

    assert windows_of(policy, [agreement("a", 30), agreement("b", 60)], tree, []).days("r", "in it") == 30
    assert windows_of(policy, [agreement("a", 365)], tree, []).days("r", "top") == 90
    assert windows_of(policy, [agreement("a", 30, active=False)], tree, []).days("r", "top") == 90


def test_a_circle_of_collections_ends() -> None:
    tree = [Collection("a", "A", "", "b"), Collection("b", "B", "", "a")]

    assert windows_of(FixityPolicy(collections={"B": 7}), [], tree, []).days("r", "a") == 7


def test_the_plan_is_another_where_windows_or_replicas_are() -> None:
    policy = FixityPolicy()
    plain = a_schedule(policy)
    digest = plan_digest(policy, plain.windows, plain.order)
    more = a_schedule(policy, replicas=4)
    stricter = FixityPolicy(window_days=89)

    assert digest == plan_digest(policy, a_schedule(policy).windows, a_schedule(policy).order)
    assert digest == plan_digest(FixityPolicy(pace=Pace(rate_mib=5)), plain.windows, plain.order)
    assert digest != plan_digest(policy, more.windows, more.order)
    assert digest != plan_digest(stricter, a_schedule(stricter).windows, plain.order)


def test_retired_replicas_have_no_place_in_the_order() -> None:
    records = [a_replica(2), a_replica(1, ReplicaState.RETIRED), a_replica(0)]

    assert dict(replica_order(records)) == {"r0": 0, "r2": 1}


def test_turns_are_spread_over_the_whole_window() -> None:
    tenths = Counter(turn_of(f"urn:uuid:{number}", 0, 1) * 10 >> 24 for number in range(2000))

    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 300


def test_quiet_hours_are_a_part_of_the_day_and_may_be_several() -> None:
    pace = Pace(quiet=(some_hours("08:00-17:00"), some_hours("22:00-04:00")))
    quiet = [hour for hour in range(24) if pace.is_quiet(datetime(2026, 11, 23, hour, 30, tzinfo=UTC))]

    assert quiet == [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 22, 23]
    assert pace.open_share == pytest.approx(9 / 24)
    assert Pace().open_share == 1


def test_a_replicas_own_section_goes_before_what_holds_for_all() -> None:
    policy = FixityPolicy(
        pace=Pace(rate_mib=100, requests_per_second=7, quiet=(some_hours("00:00-01:00"),)),
        replicas={"tape": ReplicaChecks(rate_mib=20, quiet=())},
    )

    assert policy.pace_of("tape") == Pace(rate_mib=20, requests_per_second=7, quiet=())
    assert policy.pace_of("disk") == policy.pace
    assert policy.pace_of("tape").bytes_per_second == 20 << 20
