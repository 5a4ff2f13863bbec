"""Plans of migration decide by values: names of results, budgets of a day, rates of errors, who may approve."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.format_rules import MigrationRule
from preservation.domain.migration_names import names_of_results, numbered, result_names
from preservation.domain.migration_plans import (
    Amount,
    MigrationLimits,
    MigrationPlan,
    PlanEstimate,
    PlanProgress,
    PlanState,
    SampledFile,
    begins_again,
    day_of,
    estimated,
    may_approve,
    stops_for_errors,
)
from preservation.domain.quiet_hours import quiet_hours
from preservation.standards.ocfl.paths import conflicts

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = PlanProgress(day=day_of(NOON), day_files=10, day_bytes=100)


def a_sample(size: int, result: int, seconds: float, code: str = "") -> SampledFile:
    return SampledFile("a", "p", size, result, seconds, code)


def test_a_result_has_the_name_of_its_source_with_another_suffix() -> None:
    assert result_names(["tập/ảnh.bmp", "no suffix", ".hidden"], ".png") == {
        "tập/ảnh.bmp": "tập/ảnh.png",
        "no suffix": "no suffix.png",
        ".hidden": ".hidden.png",
    }


def test_two_results_never_have_one_name() -> None:
    assert result_names(["a.bmp", "a.gif", "b.bmp"], ".png") == {
        "a.bmp": "a.bmp.png",
        "a.gif": "a.gif.png",
        "b.bmp": "b.png",
    }
    assert set(result_names(["a.bmp", "a.gif", "a.bmp.gif"], ".png").values()) == {
        "a.bmp-2.png",
        "a.gif.png",
        "a.bmp.png",
    }


@given(st.lists(st.from_regex(r"[ab](\.[ab]){0,2}(/[ab](\.[ab]){0,2}){0,2}", fullmatch=True), unique=True, max_size=12))
def test_names_of_results_can_stand_together(paths: list[str]) -> None:
    sources = [path for path in paths if not any(other.startswith(path + "/") for other in paths)]

    names = result_names(sources, ".a")

    assert sorted(names) == sorted(sources)
    assert len(set(names.values())) == len(sources)
    assert list(conflicts(names.values())) == []
    assert names == result_names(list(reversed(sources)), ".a")


def test_numbers_of_results_meet_no_other_result() -> None:
    assert names_of_results({"a.mbox": 2, "b.mbox": 1}, ".eml") == {
        "a.mbox": ("a-0001.eml", "a-0002.eml"),
        "b.mbox": ("b.eml",),
    }
    assert names_of_results({"a.mbox": 2, "a-0001.mbox": 1}, ".eml") == {
        "a.mbox": ("a.mbox-0001.eml", "a.mbox-0002.eml"),
        "a-0001.mbox": ("a-0001.eml",),
    }
    # A folder has the name that a result would have.
    assert names_of_results({"a.mbox": 2, "a-0002.eml/b.mbox": 1}, ".eml")["a.mbox"] == (
        "a.mbox-0001.eml",
        "a.mbox-0002.eml",
    )


@given(
    st.dictionaries(
        st.from_regex(r"[ab](-000[12]){0,2}(\.[ab])?(/[ab](-000[12])?(\.[ab])?)?", fullmatch=True),
        st.integers(1, 3),
        max_size=12,
    )
)
def test_names_of_several_results_can_stand_together(counts: dict[str, int]) -> None:
    sources = {path: one for path, one in counts.items() if not any(other.startswith(path + "/") for other in counts)}

    names = names_of_results(sources, ".a")

    given_ones = [name for found in names.values() for name in found]
    assert {path: len(found) for path, found in names.items()} == sources
    assert len(set(given_ones)) == len(given_ones)
    assert list(conflicts(given_ones)) == []
    assert names == names_of_results(dict(reversed(sources.items())), ".a")


def test_one_of_several_results_has_a_number() -> None:
    assert numbered("a.b/c.tif", 3) == "a.b/c-0003.tif"
    assert numbered("a.b/c", 3) == "a.b/c-0003"


def test_a_plan_rests_once_the_budget_of_the_day_is_spent() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC)

    assert begins_again(MigrationLimits(), TODAY, NOON) is None
    assert begins_again(MigrationLimits(files_per_day=11), TODAY, NOON) is None
    assert begins_again(MigrationLimits(files_per_day=10), TODAY, NOON) == midnight
    assert begins_again(MigrationLimits(bytes_per_day=100), TODAY, NOON) == midnight
    assert begins_again(MigrationLimits(files_per_day=10), TODAY, midnight) is None


def test_a_plan_runs_within_its_hours_only() -> None:
    night = MigrationLimits(hours=quiet_hours("20:00-06:00"))

    assert begins_again(night, TODAY, NOON) == NOON + timedelta(hours=8)
    assert begins_again(night, TODAY, NOON + timedelta(hours=9)) is None
    assert begins_again(night, TODAY, NOON + timedelta(hours=17)) is None
    morning = MigrationLimits(hours=quiet_hours("06:00-08:00"))
    assert begins_again(morning, TODAY, NOON) == NOON + timedelta(hours=18)


def test_a_plan_stops_where_more_fails_than_it_may() -> None:
    limits = MigrationLimits(error_percent=5, error_files=20)

    assert not stops_for_errors(limits, PlanProgress(files=0, failed=19))
    assert stops_for_errors(limits, PlanProgress(files=0, failed=20))
    assert not stops_for_errors(limits, PlanProgress(files=95, failed=5))
    assert stops_for_errors(limits, PlanProgress(files=94, failed=6))
    # What lies in the files themselves is no error of a tool.
    assert not stops_for_errors(limits, PlanProgress(files=20, left=1000))


def test_an_estimate_goes_by_what_was_good_in_the_sample() -> None:
    sample = [a_sample(100, 50, 1.0), a_sample(300, 150, 2.0), a_sample(9, 0, 60.0, "RESULT-DIFFERENT")]

    assert estimated(sample, Amount(10, 1000)) == PlanEstimate(500, 15)
    assert estimated(sample[2:], Amount(10, 1000)) == PlanEstimate()
    assert estimated([], Amount(10, 1000)) == PlanEstimate()


@pytest.mark.parametrize(("by", "by_one", "may"), [("minh", False, True), ("Lan", False, False), ("lan", True, True)])
def test_whoever_made_a_plan_does_not_approve_it(by: str, by_one: bool, may: bool) -> None:
    plan = MigrationPlan(
        id="p",
        rule=MigrationRule("r", frozenset({"fmt/116"}), "fmt/11", "image-to-png"),
        state=PlanState.PROPOSED,
        created=NOON,
        made_by="lan",
    )

    assert may_approve(plan, by, by_one=by_one) is may


def test_what_is_over_stays_over() -> None:
    assert [one for one in PlanState if one.is_final] == [PlanState.STOPPED, PlanState.DONE]
