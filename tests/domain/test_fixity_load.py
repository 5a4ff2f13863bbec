"""What checks need and have: added up over copies, limited by policy, measured by runs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from preservation.domain.alarms import AlarmCode
from preservation.domain.check_alarms import ChecksSeen, check_alarms
from preservation.domain.findings import Severity
from preservation.domain.fixity_load import CopyLoad, ReadingRate, ReplicaPlan, replica_plan
from preservation.domain.fixity_policy import MIB, Pace
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.messages import LANGUAGES, render
from preservation.domain.quiet_hours import quiet_hours
from tests.contracts.catalogue_builders import NOON

DAY = 86_400
GIB = 1 << 30


def a_load(collection: str = "fonds", **changes: object) -> CopyLoad:
    values: dict[str, object] = {
        "copies": 1000,
        "files": 4000,
        "bytes": 72 * GIB,
        "oldest_check": NOON,
        "never_checked": 0,
        "within": {90: 990, 9: 400},
    }
    return CopyLoad("r", collection, **{**values, **changes})  # type: ignore[arg-type]


def a_plan(
    *loads: CopyLoad, pace: Pace | None = None, rates: list[ReadingRate] | None = None, short: str = ""
) -> ReplicaPlan:
    return replica_plan(
        "r",
        loads or [a_load()],
        days=lambda _replica, collection: 9 if collection == short else 90,
        general_days=90,
        pace=pace or Pace(),
        rates=rates or [],
        waiting=5,
        oldest_due=NOON,
    )


def a_rate(seconds: float, copies: int, size: int) -> ReadingRate:
    return ReadingRate(NOON, seconds, copies, size)


def test_what_is_needed_is_every_copy_once_in_the_inner_window() -> None:
    plan = a_plan()

    assert plan.bytes_needed == pytest.approx(GIB / DAY)
    assert plan.checks_needed == pytest.approx(1000 / 72 / DAY)
    assert plan.bytes_wanted == pytest.approx(1.25 * GIB / DAY)


def test_a_collection_with_a_shorter_window_needs_more_and_is_late_sooner() -> None:
    plan = a_plan(a_load(), a_load("short"), short="short")

    assert plan.bytes_needed == pytest.approx(11 * GIB / DAY)
    assert plan.overdue == 10 + 600
    assert (plan.copies, plan.window_days) == (2000, 90)
    assert plan.share_within == pytest.approx(1 - 610 / 2000)


def test_nothing_is_said_of_a_device_that_nobody_has_read() -> None:
    plan = a_plan()

    assert (plan.bytes_available, plan.checks_available, plan.load, plan.is_feasible) == (None, None, None, None)
    assert a_plan(rates=[a_rate(0.3, 1, 10)]).is_feasible is None


def test_what_there_is_was_measured_and_is_less_in_quiet_hours() -> None:
    hours = quiet_hours("00:00-06:00")
    assert hours is not None
    rates = [a_rate(10, 5, 100 * MIB), a_rate(30, 15, 300 * MIB)]

    assert a_plan(rates=rates).bytes_available == pytest.approx(10 * MIB)
    assert a_plan(rates=rates).checks_available == pytest.approx(0.5)
    assert a_plan(rates=rates, pace=Pace(quiet=(hours,))).bytes_available == pytest.approx(7.5 * MIB)


def test_what_the_policy_allows_bounds_what_there_is() -> None:
    rates = [a_rate(10, 5, 100 * MIB)]
    plan = a_plan(rates=rates, pace=Pace(rate_mib=1, requests_per_second=1))

    assert plan.bytes_available == MIB
    assert plan.checks_available == pytest.approx(0.25)
    assert a_plan(pace=Pace(rate_mib=1)).bytes_available == MIB


@pytest.mark.parametrize(("days", "feasible"), [(1.0, False), (1.24, False), (1.26, True), (5.0, True)])
def test_a_window_is_feasible_with_a_quarter_to_spare(*, days: float, feasible: bool) -> None:
    plan = a_plan(rates=[a_rate(DAY, 10**9, int(GIB * days))])

    assert plan.is_feasible is feasible
    assert plan.load == pytest.approx(1 / days, rel=1e-6)


def test_a_day_that_is_all_quiet_keeps_no_window() -> None:
    day, night = quiet_hours("00:00-12:00"), quiet_hours("12:00-00:00")
    assert day is not None
    assert night is not None
    plan = a_plan(rates=[a_rate(10, 5, MIB)], pace=Pace(quiet=(day, night)))

    assert plan.is_feasible is False


def test_an_empty_replica_needs_nothing_and_is_well() -> None:
    plan = replica_plan(
        "r", [], days=lambda _r, _c: 90, general_days=30, pace=Pace(), rates=[], waiting=0, oldest_due=None
    )

    assert (plan.load, plan.is_feasible, plan.share_within, plan.window_days) == (0.0, True, 1.0, 30)
    assert check_alarms(ChecksSeen([plan], {}, {}, {}), NOON) == []


def codes(plan: ReplicaPlan, hours: float, *, last_run: float | None = 0.0) -> list[tuple[AlarmCode, Severity]]:
    runs = {} if last_run is None else {"r": NOON + timedelta(hours=last_run)}
    seen = ChecksSeen([plan], runs, {"r": NOON - timedelta(days=9)}, {"r": "tape"})
    return [(one.code, one.severity) for one in check_alarms(seen, NOON + timedelta(hours=hours))]


def test_checks_have_stopped_where_copies_are_due_and_none_was_checked_for_two_days() -> None:
    stopped = [(AlarmCode.CHECKS_STOPPED, Severity.ERROR)]
    plan = a_plan()

    assert codes(plan, 47) == []
    assert codes(plan, 48) == stopped
    assert codes(plan, 48, last_run=1) == []
    assert codes(replace(plan, waiting=0), 48) == []
    assert codes(plan, 48, last_run=None) == stopped
    assert codes(replace(plan, oldest_due=AT_ONCE), 0, last_run=None) == stopped


def test_checks_fall_behind_long_before_a_copy_is_overdue() -> None:
    behind = [(AlarmCode.CHECKS_BEHIND, Severity.WARNING)]
    plan = a_plan()

    assert codes(plan, 9 * 24 - 1, last_run=9 * 24 - 1) == []
    assert codes(plan, 9 * 24, last_run=9 * 24) == behind
    assert codes(replace(plan, oldest_due=AT_ONCE), 9 * 24, last_run=9 * 24) == []


def test_a_window_that_cannot_be_kept_is_told_with_the_rate_that_it_would_need() -> None:
    tight = a_plan(rates=[a_rate(DAY, 10**9, int(GIB * 1.1))])
    never = a_plan(rates=[a_rate(DAY, 10**9, int(GIB * 0.5))])
    seen = ChecksSeen([never], {"r": NOON}, {}, {"r": "tape"})

    assert codes(tight, 0) == [(AlarmCode.WINDOW_INFEASIBLE, Severity.WARNING)]
    assert codes(never, 0) == [(AlarmCode.WINDOW_INFEASIBLE, Severity.ERROR)]
    (alarm,) = check_alarms(seen, NOON)
    assert alarm.values["wanted"].startswith("0.0148 MiB/s")
    assert "0.0148 MiB/s" in render(alarm.finding, "en")


def test_every_alarm_about_checks_has_a_sentence_in_which_nothing_is_missing() -> None:
    plan = a_plan(rates=[a_rate(DAY, 10**9, int(GIB * 0.5))])
    found = check_alarms(ChecksSeen([plan], {}, {}, {"r": "tape"}), NOON + timedelta(days=30))

    assert {one.code for one in found} == {
        AlarmCode.CHECKS_STOPPED,
        AlarmCode.CHECKS_BEHIND,
        AlarmCode.WINDOW_INFEASIBLE,
    }
    for language in LANGUAGES:
        assert not [
            one for one in found if "{" in render(one.finding, language) or "?" in render(one.finding, language)
        ]
