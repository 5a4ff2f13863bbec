"""Checks by deadline: slices, neighbours of damage, due times written by what they follow from, and planned anew (CPP-003)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from preservation.bootstrap.fixity_runs import run_slice, wants_slice
from preservation.domain.fixity_policy import FixityPolicy, Pace, ReplicaChecks
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import CopyRecord, CopyState
from preservation.domain.policies import Policies
from preservation.domain.quiet_hours import quiet_hours
from preservation.services.fixity import Selection
from preservation.services.fixity_planning import FixityPlanning
from preservation.services.fixity_slice import WORTH_A_BATCH, FixitySlice, is_worth_a_slice
from tests.contracts.catalogue_builders import NOON
from tests.service_kit import SetClock
from tests.services.fixity_clock import Passing, a_slice, at, dues, later
from tests.services.fixity_kit import FixityKit, Quiet, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def test_ingest_says_when_a_new_copy_is_due(kit: FixityKit) -> None:
    copy = kit.copy(kit.ids[0])

    assert copy.due is not None
    assert copy.written is not None
    assert timedelta(hours=6) <= copy.due - copy.written <= timedelta(hours=12)


def test_cpp_003_a_new_copy_is_checked_within_a_day_again_within_a_month_and_then_within_its_window(
    kit: FixityKit,
) -> None:
    """CPP-003, step 1: checks are made at the intervals that the policy states."""
    clock = later(kit, hours=0)
    written = clock.now()
    checked: list[float] = []
    for hours in range(0, 24 * 130, 6):
        clock.time = written + timedelta(hours=hours)
        report = at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0], slice=a_slice(clock))
        checked += [hours / 24] if kit.aip in _aips(kit, report.checked, clock) else []

    assert 0.25 <= checked[0] <= 1
    # A turn of the window that comes in the second half of the month is this check too.
    assert any(15 <= day <= 30 for day in checked)
    gaps = [after - before for before, after in pairwise(checked)]
    assert max(gaps) <= 72.5
    assert checked[-1] >= 130 - 72.5


def _aips(kit: FixityKit, count: int, clock: Passing) -> set[str]:
    """Whose copies the run that was just made has looked at."""
    since = clock.time - timedelta(hours=1)
    return {
        one.aip
        for one in (kit.repository.catalogue.copies_on(kit.ids[0]) if count else [])
        if one.checked is not None and one.checked > since
    }


def test_after_a_check_a_copy_is_due_within_the_inner_window(kit: FixityKit) -> None:
    clock = later(kit, days=200)
    at(kit, clock).run(Selection.DUE, Quiet())

    for replica in kit.ids:
        assert all(clock.time < due <= clock.time + timedelta(days=72) for due in dues(kit, replica))


def test_what_is_near_damage_is_checked_in_the_same_run_and_the_other_copy_too(kit: FixityKit) -> None:
    clock = later(kit, days=1)
    damage(kit.content("a", "first.txt"))
    soon = clock.time + timedelta(days=60)
    planned = [(one, soon) for one in kit.repository.catalogue.copies_on(kit.ids[0]) if one.aip != kit.aip]
    planned += [(one, soon) for one in kit.repository.catalogue.copies_on(kit.ids[1])]
    kit.repository.catalogue.fixity_plan_table().plan(planned)

    report = at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0], slice=a_slice(clock))

    assert (report.checked, report.damaged, report.repaired) == (2, 1, 1)
    assert [one.due for one in kit.repository.catalogue.copies(kit.aip) if one.replica == kit.ids[1]] == [AT_ONCE]
    assert all(due > clock.time for due in dues(kit, kit.ids[0]))
    other = at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[1], slice=a_slice(clock))
    assert other.checked == 1


def test_damage_that_is_known_hastens_nothing_again(kit: FixityKit) -> None:
    for name in ("a", "b"):
        damage(kit.content(name, "first.txt"))
    clock = later(kit, days=1)
    at(kit, clock).run(Selection.DUE, Quiet())
    clock.time += timedelta(hours=2)

    report = at(kit, clock).run(Selection.DUE, Quiet())

    assert (report.checked, report.damaged) == (2, 2)


def test_a_slice_ends_when_its_time_is_over_and_the_next_one_goes_on(kit: FixityKit) -> None:
    clock = later(kit, days=1)
    clock.step = timedelta(seconds=1)
    asked: list[int] = []
    short = a_slice(clock, minutes=0.001, asked=asked)

    first = at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0], slice=short)
    second = at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0], slice=a_slice(clock))

    assert (first.checked, asked) == (0, [])
    assert second.checked == 2


def test_a_slice_asks_before_it_opens_files(kit: FixityKit) -> None:
    clock, asked = later(kit, days=1), list[int]()

    at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0], slice=a_slice(clock, asked=asked))

    assert len(asked) == 2
    assert sum(asked) == sum(one.file_count + 3 + 2 * one.head for one in kit.repository.catalogue.aips())


@pytest.mark.parametrize(
    ("minutes", "copies", "over"),
    [(14, 10_000, False), (15, WORTH_A_BATCH, True), (15, WORTH_A_BATCH - 1, False), (60, 0, True), (59, 1, False)],
)
def test_a_slice_lasts_longer_while_it_has_checked_but_few(*, minutes: int, copies: int, over: bool) -> None:
    clock = SetClock()
    bounds = FixitySlice(clock, Pace(), clock.now(), timedelta(minutes=15), lambda _: None, copies)
    clock.pass_by(minutes=minutes)

    assert bounds.is_over is over


def test_a_slice_ends_where_quiet_hours_begin() -> None:
    hours = quiet_hours("12:30-13:00")
    assert hours is not None
    clock = SetClock(NOON)
    bounds = FixitySlice(clock, Pace(quiet=(hours,)), clock.now(), timedelta(hours=2), lambda _: None)

    assert not bounds.is_over
    clock.pass_by(minutes=30)
    assert bounds.is_over


def test_a_few_copies_that_are_due_wait_for_others_but_not_for_long() -> None:
    def worth(waiting: int, hours: float, days: int = 90) -> bool:
        return is_worth_a_slice(waiting, NOON - timedelta(hours=hours), NOON, shortest_days=days)

    assert not is_worth_a_slice(0, None, NOON, shortest_days=90)
    assert not is_worth_a_slice(0, NOON, NOON, shortest_days=90)
    assert not worth(WORTH_A_BATCH - 1, 5.9)
    assert worth(WORTH_A_BATCH, 0)
    assert worth(1, 6)
    assert worth(1, 2.5, days=1)


def test_what_is_near_damage_is_worth_a_slice_at_once(kit: FixityKit) -> None:
    replica = kit.ids[0]
    before = wants_slice(kit.repository, replica)
    kit.repository.catalogue.fixity_plan_table().hasten(
        [(kit.aip, replica)], due=AT_ONCE, unless_checked_since=kit.repository.clock.now()
    )

    assert not before
    assert wants_slice(kit.repository, replica)
    assert run_slice(kit.repository, replica, Quiet()).report.checked == 1
    assert not wants_slice(kit.repository, replica)


def test_due_times_that_are_unknown_are_planned_before_anything_else(kit: FixityKit) -> None:
    catalogue = kit.repository.catalogue
    before = catalogue.copies_on(kit.ids[0])
    with catalogue.begin() as tx:
        tx.save_copies(replace(one, due=None) for one in before)

    assert wants_slice(kit.repository, kit.ids[0])
    assert run_slice(kit.repository, kit.ids[0], Quiet()).report.checked == 0
    assert all(due > kit.repository.clock.now() for due in dues(kit, kit.ids[0]))


def test_a_change_of_policy_plans_all_copies_anew_and_once(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, kit.repository.clock
    kit.fixity().run(Selection.ALL, Quiet())
    aged = [replace(one, written=clock.now() - timedelta(days=400)) for one in catalogue.copies_on(kit.ids[0])]
    with catalogue.begin() as tx:
        tx.save_copies(aged)
    name = kit.repository.replicas.name(kit.ids[0])
    policy = FixityPolicy(first_check_hours=0, replicas={name: ReplicaChecks(window_days=10)})
    strict = FixityPlanning(catalogue, clock, replace(kit.repository.policies, fixity=policy))

    assert not strict.is_current()
    changed = strict.plan_anew(Quiet())

    assert changed >= 2
    assert strict.is_current()
    assert strict.plan_anew(Quiet()) == 0
    assert all(due <= clock.now() + timedelta(days=8) for due in dues(kit, kit.ids[0]))
    assert not FixityPlanning(catalogue, clock, Policies()).is_current()


def test_a_change_of_policy_puts_off_nothing_that_is_urgent(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, kit.repository.clock
    catalogue.fixity_plan_table().hasten([(kit.aip, kit.ids[0])], due=AT_ONCE, unless_checked_since=clock.now())

    FixityPlanning(catalogue, clock, kit.repository.policies).plan_anew(Quiet())

    assert kit.copy(kit.ids[0]).due == AT_ONCE


def test_planning_goes_on_where_it_was_interrupted(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, kit.repository.clock
    planning = FixityPlanning(catalogue, clock, kit.repository.policies)
    planning.plan_anew(Quiet())
    planned = catalogue.fixity_plan_table().planned_as()
    assert planned is not None
    copies = [one for one, _ in catalogue.fixity_plan_table().page()]
    with catalogue.begin() as tx:
        tx.save_copies(replace(one, due=None) for one in copies)
    catalogue.fixity_plan_table().note_plan(planned[0], (copies[1].aip, copies[1].replica), now=clock.now())

    changed = planning.plan_anew(Quiet())

    assert changed == len(copies) - 2
    assert planning.is_current()


def test_a_copy_that_never_came_to_be_is_not_asked_for_again_and_again(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, later(kit, days=1)
    replica = kit.ids[0]
    never = CopyRecord(kit.aip, replica, 1, CopyState.PENDING, due=AT_ONCE)
    with catalogue.begin() as tx:
        tx.save_copies([never])
    kit.path("a", "").rename(kit.home / "taken away")

    report = at(kit, clock).run(Selection.DUE, Quiet(), replica=replica, slice=a_slice(clock))

    assert (report.missing, report.damaged) == (0, 0)
    assert kit.copy(replica).due is not None
    assert kit.copy(replica).due != AT_ONCE


def test_what_a_run_read_is_remembered_as_the_rate_of_its_replica(kit: FixityKit) -> None:
    report = kit.fixity().run(Selection.ALL, Quiet(), replica=kit.ids[0])

    (rate,) = kit.repository.catalogue.fixity_plan_table().rates(kit.ids[0])
    assert (rate.copies, rate.bytes) == (report.checked, report.bytes)
    assert rate.seconds > 0
    assert kit.repository.catalogue.fixity_plan_table().rates(kit.ids[1]) == []
