"""A worker over the table of jobs, as real processes that are killed and stopped."""

import os
import signal
from pathlib import Path

from preservation.domain.deposits import DepositSource
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import JobKind, JobState, NewJob
from preservation.domain.names import escape
from preservation.services.deposits import WantedDeposit
from tests.services.deposit_kit import an_actor
from tests.workers.kit import Processes, assert_settled, eventually, in_session, worker_pid

MANY, BIG = 3000, 128 << 20


def a_big_package(folder: Path) -> Path:
    """Long enough at work to be killed in the middle of it."""
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number}.txt").write_bytes(b"%d" % number)
    for number in range(4):
        (folder / f"{number}.bin").write_bytes(os.urandom(BIG // 4))
    return folder


def a_package(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    return folder


def test_a_deposit_is_preserved_and_can_be_proven(service: Processes, tmp_path: Path) -> None:
    service.start()
    transfer, job = service.deposit(a_package(tmp_path / "package"))

    (done,) = service.wait(job)

    assert done.state is JobState.SUCCEEDED
    assert done.result is not None
    assert done.result["status"] == "preserved"
    with service.repository() as repository:
        assert repository.catalogue.unproven() == 0
        found = repository.catalogue.transfer(transfer)
    assert found is not None
    assert found.status is TransferStatus.PRESERVED
    assert_settled(service)


def test_a_package_whose_name_is_no_text_is_taken_in_as_it_was_uploaded(service: Processes) -> None:
    """Names of other encodings (VISCII, TCVN 5712) are bytes that are not UTF-8: an upload's metadata carries them whole."""
    service.start()
    with service.repository() as repository:
        actor, name = an_actor(), escape(b"h\xe5 s\xac.txt")
        place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        wanted = WantedDeposit(source=DepositSource.UPLOAD, collection=place, name=name)
        transfer = repository.deposits().open(wanted, None)[0]
        assert isinstance(transfer, Transfer)
        uploads = repository.uploads()
        upload = uploads.begin(transfer.id, 1, name, actor)
        with uploads.continuing(upload, 0) as sink:
            sink.write(b"a")
        uploads.came_to(upload, 1)
        job = repository.deposits().submit(transfer.id, None).job
    assert job is not None

    (done,) = service.wait(job)

    assert (done.state, done.result and done.result["status"]) == (JobState.SUCCEEDED, "preserved")
    assert_settled(service)


def test_a_job_whose_worker_is_killed_is_done_again_after_its_lease(service: Processes, tmp_path: Path) -> None:
    service.start()
    _, job = service.deposit(a_big_package(tmp_path / "package"))
    running = service.wait_until(job, lambda one: one.state is JobState.RUNNING)

    os.kill(worker_pid(running), signal.SIGKILL)
    (done,) = service.wait(job)

    assert (done.state, done.attempts, done.token) == (JobState.SUCCEEDED, 2, 2)
    assert done.result is not None
    assert done.result["status"] == "preserved"
    with service.repository() as repository:
        assert len([one for one in repository.catalogue.aips() if one.id != repository.identity.id]) == 1
    assert_settled(service)


def test_a_worker_that_stops_hands_back_what_it_cannot_finish(service: Processes, tmp_path: Path) -> None:
    worker = service.start()
    _, job = service.deposit(a_big_package(tmp_path / "package"))
    service.wait_until(job, lambda one: one.state is JobState.RUNNING)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait() == 0
    assert in_session(worker.pid) == []
    back = service.job(job)
    if back.state is not JobState.SUCCEEDED:  # it may have been done within its grace
        assert (back.state, back.attempts, back.worker) == (JobState.QUEUED, 0, None)
    service.start()
    (done,) = service.wait(job)
    assert (done.state, done.attempts) == (JobState.SUCCEEDED, 1)
    assert_settled(service)


def test_a_slot_that_is_killed_is_started_again(service: Processes) -> None:
    worker = service.start(worker_slots="1")
    (first,) = service.wait(*service.queue(JobKind.SYNC))
    os.kill(worker_pid(first), signal.SIGKILL)

    (second,) = service.wait(*service.queue(JobKind.SYNC))

    assert second.state is JobState.SUCCEEDED
    assert worker_pid(second) != worker_pid(first)
    assert worker.poll() is None


def test_no_slot_outlives_its_worker(service: Processes) -> None:
    worker = service.start()
    service.wait(*service.queue(JobKind.SYNC))
    assert len(in_session(worker.pid)) > 1

    worker.kill()
    worker.wait()

    eventually(lambda: in_session(worker.pid) == [], "the end of every slot")


def test_what_makes_no_sense_fails_at_once_with_its_reason(service: Processes) -> None:
    service.start()

    (done,) = service.wait(*service.queue(JobKind.EXPORT, subject="urn:uuid:0"))

    assert (done.state, done.attempts) == (JobState.FAILED, 1)
    assert done.problem is not None
    assert (done.problem.code, done.problem.detail) == ("NotHere", "there is no AIP urn:uuid:0")


def test_a_running_job_is_cancelled_and_its_transfer_says_so(service: Processes, tmp_path: Path) -> None:
    service.start()
    transfer, job = service.deposit(a_big_package(tmp_path / "package"))
    service.wait_until(job, lambda one: one.state is JobState.RUNNING)
    with service.repository() as repository:
        repository.catalogue.job_table().cancel(job, now=repository.clock.now())

    (done,) = service.wait(job)

    with service.repository() as repository:
        found = repository.catalogue.transfer(transfer)
        assert found is not None
        if done.state is JobState.CANCELLED:  # the wish may have come too late
            assert found.status is TransferStatus.FAILED
            assert repository.catalogue.aip(found.target[0]) is None
    assert_settled(service)


def test_a_job_cancelled_before_it_ran_leaves_no_transfer_that_waits(service: Processes, tmp_path: Path) -> None:
    transfer, job = service.deposit(a_package(tmp_path / "package"))
    with service.repository() as repository:
        repository.catalogue.job_table().cancel(job, now=repository.clock.now())

    service.start()

    def status() -> TransferStatus:
        with service.repository() as repository:
            found = repository.catalogue.transfer(transfer)
        assert found is not None
        return found.status

    eventually(lambda: status() is TransferStatus.FAILED, "the transfer's end")


def test_a_flood_of_fixity_jobs_does_not_delay_an_ingest(service: Processes, tmp_path: Path) -> None:
    flood = service.queue(JobKind.FIXITY, times=1000)
    service.start()
    service.wait(flood[0])

    _, job = service.deposit(a_package(tmp_path / "package"))
    (done,) = service.wait(job)

    assert done.state is JobState.SUCCEEDED
    with service.repository() as repository:
        waiting = repository.catalogue.job_table().jobs(kind=JobKind.FIXITY, state=JobState.QUEUED, limit=1000)
    assert len(waiting) > 500


def test_a_job_that_kills_every_worker_ends_as_failed_with_its_reason(service: Processes) -> None:
    # Whoever takes the job waits for this lock, and is killed meanwhile.
    with service.repository() as repository, repository.locks.hold("record", seconds=10):
        job = NewJob(id=repository.minter.urn(), kind=JobKind.RECORD, max_attempts=2)
        with repository.catalogue.begin() as tx:
            tx.add_job(job, now=repository.clock.now())
        service.start()
        for attempt in (1, 2):
            running = service.wait_until(
                job.id,
                lambda one: one.state is JobState.RUNNING and one.attempts == attempt,  # noqa: B023 - called at once
            )
            os.kill(worker_pid(running), signal.SIGKILL)

        (done,) = service.wait(job.id)

    assert (done.state, done.attempts) == (JobState.FAILED, 2)
    assert done.problem is not None
    assert done.problem.code == "WorkerLost"
