"""Timers of the scheduler: what nothing comes of any more is told by the workers."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from preservation.adapters.clock import SystemClock
from preservation.bootstrap.watching import alarms, service_watch
from preservation.domain.alarms import AlarmCode
from preservation.domain.jobs import Job
from preservation.domain.workers import Worker, WorkerKind
from tests.services.fixity_clock import later
from tests.services.fixity_kit import a_home
from workers.scheduler import lead
from workers.schedules import PLANS
from workers.stopping import Stopping
from workers.timers import Timer, alarm_timer, plan_timer


class Given:
    """A clock that can be set; what passes on it is real."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


class Patient(Stopping):
    """Waits for some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(0)
        self._end = time.monotonic() + seconds

    @property
    def is_wanted(self) -> bool:
        return time.monotonic() >= self._end


class Unheard:
    """A bell that nobody hears."""

    def ring(self, jobs: Sequence[Job]) -> None: ...


@pytest.mark.parametrize("days", [-3650, 1])
def test_a_clock_that_is_set_ends_the_lead_so_that_timers_are_made_anew(days: int) -> None:
    """Those that are there wait for a time by the clock as it was, and would run no more for years."""
    clock, stopping, ran = Given(), Patient(60), list[datetime]()

    def set_clock() -> None:
        ran.append(clock.now())
        clock.ahead = timedelta(days=days)

    lead([Timer("x", timedelta(minutes=1), clock.now() + timedelta(hours=1), set_clock)], stopping, clock)

    assert len(ran) == 1
    assert not stopping.is_wanted


def test_a_timer_that_breaks_keeps_no_other_from_its_turn() -> None:
    clock, stopping, ran = Given(), Patient(60), list[str]()

    def fail() -> None:
        ran.append("broken")
        raise PermissionError(13, "Permission denied")

    def set_clock() -> None:
        ran.append("next")
        clock.ahead = timedelta(days=1)

    begins = clock.now() + timedelta(hours=1)
    lead([Timer(one.__name__, timedelta(days=9), begins, one) for one in (fail, set_clock)], stopping, clock)

    assert ran == ["broken", "next"]


def test_an_alarm_tells_that_nothing_is_counted_any_more(tmp_path: Path) -> None:
    """A policy that cannot be read stops every timer, while the scheduler is heard of as before."""
    with a_home(tmp_path, versions=1) as kit:
        clock = later(kit, days=1)
        repository = replace(kit.repository, clock=cast("SystemClock", clock))
        service_watch(repository).refresh()
        (kit.home / "policies" / "fixity.toml").write_text('window_days = "ninety"\n')
        timers = [*(plan_timer(repository, Unheard(), plan) for plan in PLANS), alarm_timer(repository)]
        seen = []
        for hours in (0, 24):
            clock.time += timedelta(hours=hours)
            for kind in (WorkerKind.WORKER, WorkerKind.SCHEDULER):
                one = Worker(
                    id=kind.value, name="x", kind=kind, host="host", pid=1, queues=frozenset(),
                    started=kit.repository.clock.now(), beat=clock.now(),
                )  # fmt: skip
                repository.catalogue.worker_table().save(one)
            for timer in timers:
                timer.run()
                timer.check()
            found = {one.alarm.code for one in alarms(repository).look().on}
            seen.append(found & {AlarmCode.FIGURES_OLD, AlarmCode.SCHEDULER_SILENT})

        assert repository.catalogue.job_table().jobs(limit=10) == []

    assert seen == [set(), {AlarmCode.FIGURES_OLD}]
