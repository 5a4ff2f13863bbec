"""`scheduler`: timers that queue what is due by policy, and do no work themselves.

`python -m workers.scheduler --home HOME`. Of several only one is at it: it holds the lock `scheduler`; the others wait for that,
and take over when it is gone. Timers are in memory only, and made anew when the clock is set. What was queued is in the table,
under a key that names schedule and time, so that two leaders for a moment (a database that was away has forgotten its locks)
queue nothing twice.
"""

import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from preservation import bootstrap
from preservation.bootstrap.bells import job_bell
from preservation.domain.workers import WorkerKind
from preservation.errors import Unavailable
from preservation.ports import Clock, JobBell
from preservation.settings import Settings
from workers.opening import begin
from workers.register import Registered
from workers.schedules import PLANS
from workers.slots import worker_name
from workers.stopping import Stopping
from workers.timers import Timer, alarm_timer, plan_timer

LOCK = "scheduler"
STANDBY_SECONDS = 5.0
TICK_SECONDS = 0.5
# Less than the shortest period: what a timer is late by then is caught up with.
CLOCK_SET_SECONDS = 30.0

log = structlog.get_logger()


def run_scheduler(settings: Settings) -> int:
    """The process: in the lead or waiting for it, until it is to stop; its exit status."""
    stopping = Stopping(settings.grace_seconds)
    stopping.heed_signals()
    with job_bell(settings) as bell:
        while not stopping.is_wanted:
            try:
                with bootstrap.serving(settings) as repository:
                    _wait_for_the_lead(repository, bell, stopping)
            except Unavailable as error:
                log.warning("database_away", error=str(error))
            _sleep(TICK_SECONDS, stopping)
    return 0


def _wait_for_the_lead(repository: bootstrap.Repository, bell: JobBell, stopping: Stopping) -> None:
    is_said = False
    while not stopping.is_wanted:
        with repository.locks.try_hold(LOCK) as is_leader:
            if is_leader:
                timers = [*(plan_timer(repository, bell, one) for one in PLANS), alarm_timer(repository)]
                with Registered(repository, WorkerKind.SCHEDULER, worker_name(LOCK)):
                    lead(timers, stopping, repository.clock)
                return
        if not is_said:
            log.info("standing_by")
            is_said = True
        _sleep(STANDBY_SECONDS, stopping)


def lead(timers: Sequence[Timer], stopping: Stopping, clock: Clock) -> None:
    """Run the timers until the process is to stop, or the clock is set: timers wait for times by the clock as it was, which may
    be years away. Whoever leads next begins anew. Raises Unavailable where a timer did: then somebody else may lead."""
    # What it has to say of every run is said by the timers, in our words.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # noqa: TID251 - a library's own logger
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        # Late by however much, it runs once.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for timer in timers:
        seconds = int(timer.every.total_seconds())
        scheduler.add_job(timer.run, IntervalTrigger(seconds=seconds, start_date=timer.start, timezone=UTC))
    log.info("leading", schedules=len(timers))
    began, began_at = time.monotonic(), clock.now()
    scheduler.start()
    try:
        # What was missed while nobody led is caught up with, once; and no time that comes meanwhile is missed.
        for timer in timers:
            if not stopping.is_wanted:
                timer.run()
        while not stopping.is_wanted:
            for timer in timers:
                timer.check()
            set_by = (clock.now() - began_at).total_seconds() - (time.monotonic() - began)
            if abs(set_by) > CLOCK_SET_SECONDS:
                log.warning("clock_was_set", seconds=round(set_by))
                return
            time.sleep(TICK_SECONDS)
    finally:
        scheduler.shutdown(wait=True)


def _sleep(seconds: float, stopping: Stopping) -> None:
    until = time.monotonic() + seconds
    while not stopping.is_wanted and time.monotonic() < until:
        time.sleep(TICK_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    return run_scheduler(begin("scheduler", arguments))


if __name__ == "__main__":
    sys.exit(main())
