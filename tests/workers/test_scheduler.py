"""Schedulers, as real processes: whatever their number, and however long none was there, each due time has one job."""

import signal
from datetime import UTC, datetime, timedelta

from preservation.domain.jobs import Job, JobKind
from preservation.domain.workers import WorkerKind
from preservation.services.job_requests import Schedule
from tests.workers.kit import Processes, eventually
from workers.schedules import PLANS

LEADING = '"event": "leading"'


def scheduled(service: Processes) -> list[Job]:
    with service.repository() as repository:
        found = repository.catalogue.job_table().jobs(limit=1000)
    return [job for job in found if "schedule" in job.parameters]


def test_two_schedulers_at_once_queue_each_job_once(service: Processes) -> None:
    first, second = service.start("workers.scheduler"), service.start("workers.scheduler")
    eventually(lambda: {job.kind for job in scheduled(service)} >= {JobKind.RECORD, JobKind.CLEANUP}, "jobs")

    eventually(lambda: '"event": "standing_by"' in service.log.read_text(), "the other one")

    # Only one leads while both are there; whoever is stopped later may take over in between.
    leading = service.log.read_text().count(LEADING)
    for one in (second, first):
        one.send_signal(signal.SIGTERM)
        assert one.wait() == 0

    keys = [job.key for job in scheduled(service)]
    assert len(keys) == len(set(keys))
    assert leading == 1


def test_a_second_scheduler_takes_over_when_the_first_is_killed(service: Processes) -> None:
    first = service.start("workers.scheduler")
    eventually(lambda: LEADING in service.log.read_text(), "the lead")
    second = service.start("workers.scheduler")

    first.kill()
    first.wait()
    eventually(lambda: service.log.read_text().count(LEADING) == 2, "the second one's lead")

    with service.repository() as repository:
        leaders = [one for one in repository.catalogue.worker_table().workers() if one.kind is WorkerKind.SCHEDULER]
    assert second.pid in [one.pid for one in leaders]


def test_a_scheduler_that_was_off_for_long_catches_up_once(service: Processes) -> None:
    for times in (1, 2):
        scheduler = service.start("workers.scheduler")
        eventually(lambda: service.log.read_text().count(LEADING) == times, "the lead")  # noqa: B023 - called at once
        eventually(lambda: {job.kind for job in scheduled(service)} >= {JobKind.RECORD, JobKind.CLEANUP}, "jobs")
        scheduler.send_signal(signal.SIGTERM)
        assert scheduler.wait() == 0

    # The repository was made a moment ago: every due time before now was missed, and each schedule has one job.
    names = [str(job.parameters["schedule"]) for job in scheduled(service)]
    assert sorted(names) == sorted(set(names))


def test_every_schedule_is_due_at_times_that_do_not_depend_on_when_it_is_asked() -> None:
    now = datetime(2026, 11, 22, 10, 20, 30, tzinfo=UTC)
    for plan in PLANS:
        schedule: Schedule = plan.schedule
        due = schedule.last_due(now)
        assert due <= now < due + schedule.period
        assert schedule.last_due(due) == due
        assert schedule.last_due(due - timedelta(microseconds=1)) == due - schedule.period
