"""What timers do when their time has come: ask a plan what is wanted and queue it; look for alarms."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from preservation.bootstrap import Repository
from preservation.bootstrap.watching import alarms, job_requests, service_watch
from preservation.errors import Unavailable
from preservation.ports import JobBell
from workers.schedules import Plan

ALARMS_EVERY = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class Timer:
    """Something done `every` so often, counted from `start`, in a thread of the scheduler's."""

    def __init__(self, name: str, every: timedelta, start: datetime, do: Callable[[], object]) -> None:
        self.every = every
        self.start = start
        self._name = name
        self._do = do
        self._away: Unavailable | None = None

    def run(self) -> None:
        """Do it. What goes wrong is kept or logged: the thread is not ours to end."""
        try:
            self._do()
        except Unavailable as error:
            self._away = error
        except Exception:
            # Whatever it is, the other timers have their turn.
            log.exception("timer_failed", timer=self._name)

    def check(self) -> None:
        """Raise Unavailable if it came to that."""
        if self._away is not None:
            raise self._away


def plan_timer(repository: Repository, bell: JobBell, plan: Plan) -> Timer:
    """Queue what the plan wants, once for each of its times."""

    def look() -> None:
        looked = repository.with_replicas()
        requests = job_requests(looked)
        for schedule in plan.wanted(looked, plan.schedule, looked.clock.now()):
            queued = requests.request(schedule)
            if queued is not None:
                log.info("scheduled", schedule=schedule.name, job_id=queued)
                _ring(looked, bell, queued)

    schedule = plan.schedule
    return Timer(schedule.name, schedule.period, _EPOCH + schedule.offset, look)


def alarm_timer(repository: Repository) -> Timer:
    """Count what is counted by timers, and tell whoever has to know what is wrong."""

    def look() -> None:
        looked = repository.with_replicas()
        service_watch(looked).refresh()
        told = alarms(looked).look()
        for channel, reason in (told.refused or {}).items():
            log.error("alarm_not_told", channel=channel, reason=reason)

    return Timer("alarms", ALARMS_EVERY, _EPOCH, look)


def _ring(repository: Repository, bell: JobBell, id: str) -> None:
    job = repository.catalogue.job_table().job(id)
    try:
        bell.ring([job] if job is not None else [])
    except Unavailable as error:
        # The reconciler announces it.
        log.warning("bell_unheard", job_id=id, error=str(error))
