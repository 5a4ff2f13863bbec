"""Timers queue one job for a due time, however many schedulers there are and however long there was none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.jobs import JobKind, JobState, Queue
from preservation.ports import Catalogue
from preservation.services.job_requests import JobRequests, Schedule
from tests.contracts.catalogue_builders import NOON
from tests.service_kit import CountingMinter, SetClock, a_catalogue

HOURLY = Schedule("fixity", JobKind.FIXITY, timedelta(hours=1), parameters={"selection": "due"})


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with a_catalogue(tmp_path) as opened:
        yield opened


def finish_all(catalogue: Catalogue, clock: SetClock) -> int:
    table, count = catalogue.job_table(), 0
    while (job := table.lease(list(Queue), "w", now=clock.now(), until=clock.now())) is not None:
        table.succeed(job.id, job.token, now=clock.now(), result={})
        count += 1
    return count


def test_a_due_time_is_queued_once(catalogue: Catalogue) -> None:
    clock = SetClock()
    requests = JobRequests(catalogue, CountingMinter(), clock)

    done = []
    for _ in range(8):
        requests.request(HOURLY)
        done.append(finish_all(catalogue, clock))
        clock.pass_by(minutes=20)
    assert done == [1, 0, 0, 1, 0, 0, 1, 0]


def test_a_scheduler_that_was_off_catches_up_once(catalogue: Catalogue) -> None:
    clock = SetClock()
    requests = JobRequests(catalogue, CountingMinter(), clock)
    requests.request(HOURLY)
    finish_all(catalogue, clock)
    clock.pass_by(days=9)

    queued = [requests.request(HOURLY) for _ in range(5)]

    assert sum(one is not None for one in queued) == 1
    assert finish_all(catalogue, clock) == 1
    assert requests.request(HOURLY) is None


def test_many_schedulers_at_once_queue_one_job(catalogue: Catalogue) -> None:
    requests = JobRequests(catalogue, CountingMinter(), SetClock())

    with ThreadPoolExecutor(8) as pool:
        queued = list(pool.map(lambda _n: requests.request(HOURLY), range(16)))

    assert sum(one is not None for one in queued) == 1
    (job,) = catalogue.job_table().jobs()
    assert (job.key, job.parameters) == (
        "fixity 2026-11-22T12:00:00+00:00",
        {"selection": "due", "schedule": "fixity"},
    )


def test_a_run_that_is_longer_than_its_period_is_not_queued_behind_itself(catalogue: Catalogue) -> None:
    clock = SetClock()
    requests = JobRequests(catalogue, CountingMinter(), clock)
    requests.request(HOURLY)
    clock.pass_by(hours=5)
    other = Schedule("fixity of everything", JobKind.FIXITY, timedelta(hours=1))

    assert requests.request(HOURLY) is None
    assert requests.request(other) is not None
    finish_all(catalogue, clock)
    assert requests.request(HOURLY) is not None


@given(
    period=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=30)),
    offset=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
    now=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_due_times_stand_still_between_two_of_them(period: timedelta, offset: timedelta, now: datetime) -> None:
    schedule = Schedule("x", JobKind.FIXITY, period, offset)

    last = schedule.last_due(now)
    assert last <= now < schedule.next_due(now) == last + period
    assert schedule.last_due(last) == last
    assert schedule.last_due(last + period - timedelta(microseconds=1)) == last


def test_a_daily_time_is_that_time_of_day_in_utc() -> None:
    nightly = Schedule("x", JobKind.FIXITY, timedelta(days=1), timedelta(hours=2))

    assert nightly.last_due(NOON) == NOON.replace(hour=2, minute=0, second=0, microsecond=0)


def test_what_follows_a_job_is_queued_once_however_often_that_job_runs(catalogue: Catalogue) -> None:
    clock = SetClock()
    requests = JobRequests(catalogue, CountingMinter(), clock)
    requests.request(HOURLY)
    table = catalogue.job_table()
    job = table.lease(list(Queue), "w", now=clock.now(), until=clock.now())
    assert job is not None

    due = clock.now() + timedelta(seconds=30)
    for _ in range(2):
        requests.follow(job, due=due)
    (following,) = table.jobs(kind=HOURLY.kind, state=JobState.QUEUED)

    assert (following.parameters, following.subject, following.due) == (job.parameters, job.subject, due)
    assert following.id != job.id
