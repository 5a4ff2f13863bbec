"""What is counted, and what ratings, reports and alarms make of it: by each copy's own window, and of replicas in use."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from preservation.adapters.clock import SystemClock
from preservation.bootstrap.watching import alarms, service_watch
from preservation.domain.alarms import AlarmCode
from preservation.domain.fixity_policy import FixityPolicy, ReplicaChecks
from preservation.domain.holdings import CopyState
from preservation.domain.policies import Policies
from preservation.services.copy_standing import counted_now, standing
from preservation.services.fixity import Selection
from preservation.services.fixity_forecast import FixityForecast
from preservation.services.loss_figures import model_losses
from preservation.services.replica_changes import retire_replica
from preservation.services.replica_report import replica_report
from tests.services.fixity_clock import at, later
from tests.services.fixity_kit import FixityKit, Quiet, a_home


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def by_windows(kit: FixityKit, general: int, **days: int) -> Policies:
    sections = {name: ReplicaChecks(window_days=one) for name, one in days.items()}
    return replace(kit.repository.policies, fixity=FixityPolicy(window_days=general, replicas=sections))


def test_a_retired_replica_raises_no_alarm(kit: FixityKit) -> None:
    """Its copies stay in the catalogue; nobody looks after them any more."""
    repository = kit.repository
    record = repository.replicas.records[kit.ids[0]]
    with repository.catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(record.id), state=CopyState.DAMAGED)])
    retire_replica(repository.catalogue, repository.recorder, repository.policies, record, accept_gap=True)
    clock = later(kit, days=400)
    at(kit, clock).run(Selection.ALL, Quiet(), replica=kit.ids[1])
    then = replace(repository, clock=cast("SystemClock", clock))
    service_watch(then).refresh()

    on = {one.alarm.code for one in alarms(then).look().on}

    kept = repository.catalogue.figure_table().kept()
    assert kept is not None
    assert [one.replica for one in kept.replicas] == [kit.ids[1]]
    assert not on & {AlarmCode.COPIES_DAMAGED, AlarmCode.COPIES_OVERDUE}


def test_integrity_is_told_by_each_replicas_own_window(kit: FixityKit) -> None:
    catalogue, clock = kit.repository.catalogue, later(kit, days=1)
    at(kit, clock).run(Selection.ALL, Quiet())
    clock.time += timedelta(days=60)
    now, policies = clock.now(), by_windows(kit, 90, a=30)
    records = kit.repository.replicas.records

    counted = counted_now(catalogue, policies, now)
    service = FixityForecast(catalogue, clock, policies).refresh(
        catalogue.figure_table().count(now=now, window=timedelta(days=90))
    )
    reports = [replica_report(catalogue, policies, records[one], is_here=True, now=now) for one in kit.ids]

    assert counted.overdue == service.overdue == {kit.ids[0]: 2, kit.ids[1]: 0}
    levels = [standing(catalogue, policies, one, now).integrity for one in (counted, service)]
    assert levels[0] == levels[1] < 4
    assert [one.check.aips for one in reports] == [2, 0]


def test_the_model_takes_the_longest_window_in_use(kit: FixityKit) -> None:
    catalogue, now = kit.repository.catalogue, kit.repository.clock.now()
    holdings = counted_now(catalogue, kit.repository.policies, now)

    def years(policies: Policies) -> float:
        return round(model_losses(catalogue, policies, holdings, {}).check_years * 365.25)

    assert years(by_windows(kit, 90)) == 90
    assert years(by_windows(kit, 90, a=365)) == 365
    assert years(by_windows(kit, 90, a=30, b=60)) == 60
