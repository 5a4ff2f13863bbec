"""Workers that a broker tells of jobs: the table stays the truth, whatever becomes of messages."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from preservation.adapters.clock import SystemClock
from preservation.adapters.job_bell import CeleryBell
from preservation.bootstrap.bells import job_bell
from preservation.domain.jobs import Job, JobKind, JobState, Queue
from tests.broker_servers import BrokerServer
from tests.homes import make_home
from tests.workers.kit import Processes, assert_settled, eventually, worker_pid
from tests.workers.test_worker import a_big_package, a_package

pytestmark = pytest.mark.broker


@pytest.fixture(params=["rabbitmq", "redis"])
def broker(request: pytest.FixtureRequest) -> BrokerServer:
    server: BrokerServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def service(tmp_path: Path, broker: BrokerServer) -> Iterator[Processes]:
    processes = Processes(make_home(tmp_path / "home"), {"PRESERVATION_BROKER_URL": broker.url})
    try:
        yield processes
    finally:
        processes.end()


def ring(service: Processes, *ids: str) -> None:
    jobs = [service.job(one) for one in ids]
    with job_bell(service.settings) as bell:
        bell.ring(jobs)


def outcome(job: Job) -> tuple[JobState, object]:
    return job.state, job.result["status"] if job.result else job.problem


def test_a_job_that_was_rung_for_is_done(service: Processes, tmp_path: Path) -> None:
    service.start()
    _, job = service.deposit(a_package(tmp_path / "package"))
    ring(service, job)

    (done,) = service.wait(job)

    assert outcome(done) == (JobState.SUCCEEDED, "preserved")


def test_a_job_that_nobody_rang_for_is_announced_by_the_reconciler(service: Processes) -> None:
    service.start()

    (done,) = service.wait(*service.queue(JobKind.SYNC))

    assert done.state is JobState.SUCCEEDED


def test_a_message_that_comes_often_is_work_once(service: Processes) -> None:
    (job,) = service.queue(JobKind.SYNC)
    ring(service, *[job] * 20)
    service.start()

    service.wait(job)
    service.wait(*service.queue(JobKind.SYNC, times=5))

    assert (service.job(job).attempts, service.job(job).token) == (1, 1)
    assert service.log.read_text().count(f'"event": "job_started", "job_id": "{job}"') <= 1


def test_a_message_that_nobody_takes_leaves_rabbitmq_by_itself(rabbitmq: BrokerServer) -> None:
    """Jobs that wait long are announced again: what is left of earlier times must not fill the broker."""
    now = SystemClock().now()
    job = Job(id="x", kind=JobKind.SYNC, queue=Queue.COPIES, state=JobState.QUEUED, created=now, due=now)
    bell = CeleryBell(rabbitmq.url)
    bell.ring([job])
    bell.close()

    with Connection(rabbitmq.url) as connection:
        channel: Any = connection.channel()
        message = channel.basic_get("preservation.copies", no_ack=True)
    assert message.properties["expiration"] == "600000"


def test_a_killed_slots_job_is_done_again_after_its_lease(service: Processes, tmp_path: Path) -> None:
    service.start()
    _, job = service.deposit(a_big_package(tmp_path / "package"))
    ring(service, job)
    running = service.wait_until(job, lambda one: one.state is JobState.RUNNING)

    os.kill(worker_pid(running), signal.SIGKILL)
    (done,) = service.wait(job)

    assert outcome(done) == (JobState.SUCCEEDED, "preserved")
    assert done.attempts == 2
    assert_settled(service)


def test_a_worker_that_stops_ends_in_time_and_hands_back(service: Processes, tmp_path: Path) -> None:
    worker = service.start()
    _, job = service.deposit(a_big_package(tmp_path / "package"))
    ring(service, job)
    service.wait_until(job, lambda one: one.state is JobState.RUNNING)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait() == 0
    service.start()
    (done,) = service.wait(job)
    assert outcome(done) == (JobState.SUCCEEDED, "preserved")
    assert done.attempts == 1


def test_jobs_queued_while_the_broker_was_away_are_done_when_it_is_back(
    service: Processes, broker: BrokerServer
) -> None:
    service.start()
    service.wait(*service.queue(JobKind.SYNC))
    broker.kill()
    jobs = service.queue(JobKind.SYNC, times=3)

    broker.start()

    assert {job.state for job in service.wait(*jobs)} == {JobState.SUCCEEDED}


def test_a_worker_is_in_the_register_before_its_first_job(service: Processes) -> None:
    service.start(worker_slots="2")

    def served() -> set[Queue]:
        with service.repository() as repository:
            found = repository.catalogue.worker_table().workers()
        return {queue for one in found for queue in one.queues}

    eventually(lambda: served() == set(Queue), "every queue served")
