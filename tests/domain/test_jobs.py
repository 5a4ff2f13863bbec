"""How often a job is tried, and how long that takes."""

from datetime import timedelta

import pytest

from preservation.domain.jobs import JobKind, NewJob, backoff


def patience(job: NewJob) -> timedelta:
    """All pauses between the attempts that a job is allowed."""
    return sum((backoff(made) for made in range(1, job.attempts_allowed)), timedelta())


@pytest.mark.parametrize("kind", [JobKind.CHECK, JobKind.INGEST])
def test_a_transfer_that_was_acknowledged_outlives_an_outage_of_a_night(kind: JobKind) -> None:
    assert timedelta(hours=7) < patience(NewJob(id="j", kind=kind)) < timedelta(hours=8)


def test_what_a_timer_asks_for_again_anyway_is_given_up_soon() -> None:
    assert patience(NewJob(id="j", kind=JobKind.SYNC)) < timedelta(minutes=3)


def test_whoever_asks_may_say_how_often() -> None:
    assert NewJob(id="j", kind=JobKind.INGEST, max_attempts=1).attempts_allowed == 1


def test_no_pause_is_longer_than_an_hour() -> None:
    assert [backoff(made) for made in (1, 2, 3, 60)] == [timedelta(seconds=some) for some in (10, 20, 40, 3600)]
