"""Due times that are planned anew: nothing that was brought forward is put off by it, and no wrong clock lasts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from preservation.adapters.clock import SystemClock
from preservation.bootstrap.fixity_runs import wants_slice
from preservation.bootstrap.watching import service_watch
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.services.fixity import Selection
from preservation.services.fixity_forecast import FixityForecast
from preservation.services.fixity_planning import FixityPlanning, hasten_replica
from tests.services.fixity_clock import Passing, a_slice, at, dues, later
from tests.services.fixity_kit import FixityKit, Quiet, a_home


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def planning(kit: FixityKit, clock: Passing) -> FixityPlanning:
    return FixityPlanning(kit.repository.catalogue, clock, kit.repository.policies)


def test_what_was_hastened_stays_so_when_a_replica_is_added(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, later(kit, days=100)
    at(kit, clock).run(Selection.ALL, Quiet())
    planning(kit, clock).plan_anew(Quiet())
    now = clock.now()
    hasten_replica(catalogue, kit.repository.recorder, kit.ids[0], days=3, now=now)
    hastened, others = dues(kit, kit.ids[0]), dues(kit, kit.ids[1])
    with catalogue.begin() as tx:
        tx.save_replica(ReplicaRecord("urn:uuid:0", "c", "", "secondary", ReplicaState.ACTIVE, now))

    planning(kit, clock).plan_anew(Quiet())

    assert max(hastened) <= now + timedelta(days=3)
    assert all(after <= before for before, after in zip(hastened, dues(kit, kit.ids[0]), strict=True))
    assert dues(kit, kit.ids[1]) != others


def test_what_was_checked_since_it_was_hastened_is_due_by_its_window_again(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, later(kit, days=100)
    hasten_replica(catalogue, kit.repository.recorder, kit.ids[0], days=3, now=clock.now())
    clock.time += timedelta(days=4)
    at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0])
    policies = replace(kit.repository.policies, fixity=replace(kit.repository.policies.fixity, window_days=80))

    FixityPlanning(catalogue, clock, policies).plan_anew(Quiet())

    assert all(timedelta(0) < due - clock.time <= timedelta(days=64) for due in dues(kit, kit.ids[0]))


def test_a_check_made_by_a_clock_that_was_ahead_does_not_put_off_the_next_one(kit: FixityKit) -> None:
    """A machine whose battery is empty runs before it has asked for the time."""
    true, wrong = later(kit, days=1), later(kit, days=3650)
    catalogue, replica = kit.repository.catalogue, kit.ids[0]
    at(kit, wrong).run(Selection.ALL, Quiet())
    ahead = dues(kit, replica)
    repository = replace(kit.repository, clock=cast("SystemClock", true))
    service_watch(repository).refresh()

    wanted = wants_slice(repository, replica)
    overdue = [one.overdue for one in FixityForecast(catalogue, true, repository.policies).kept_plans()]
    report = at(kit, true).run(Selection.DUE, Quiet(), replica=replica, slice=a_slice(true))

    assert min(ahead) > true.time + timedelta(days=3000)
    assert wanted
    assert overdue == [2, 2]
    assert report.intact == 2
    checked = [one.checked for one in catalogue.copies_on(replica)]
    assert all(one is not None and one <= true.time for one in checked)
    assert max(dues(kit, replica)) <= true.time + timedelta(days=72)
    assert not wants_slice(repository, replica)


def test_figures_of_a_time_to_come_are_counted_again(kit: FixityKit) -> None:
    true, wrong = later(kit, days=1), later(kit, days=3650)
    clocks = [cast("SystemClock", clock) for clock in (wrong, true)]

    assert [service_watch(replace(kit.repository, clock=clock)).refresh() for clock in clocks] == [True, True]
