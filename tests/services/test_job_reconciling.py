"""Nothing waits for ever: jobs are announced again, ended where no worker may try them, and transfers get their job back."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from preservation.domain.agreements import Acceptance, SubmissionAgreement
from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import Job, JobKind, JobProblem, JobState, NewJob, Queue
from preservation.domain.policies import Policies
from preservation.errors import Unavailable
from preservation.ports import Catalogue
from preservation.services.job_reconciling import JobReconciler
from tests.contracts.catalogue_builders import urn
from tests.service_kit import CountingMinter, SetClock, a_catalogue

REVIEWED = SubmissionAgreement(id="reviewed", title="x", collection="x", acceptance=Acceptance.REVIEWED)


class Rung:
    """A bell that remembers, unless it is broken."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.is_broken = False

    def ring(self, jobs: Sequence[Job]) -> None:
        if self.is_broken:
            raise Unavailable("no broker")
        self.ids += [job.id for job in jobs]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with a_catalogue(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def reconciler(catalogue: Catalogue, clock: SetClock, bell: Rung | None = None) -> JobReconciler:
    return JobReconciler(
        catalogue=catalogue,
        bell=bell,
        minter=CountingMinter(),
        clock=clock,
        policies=Policies(agreements={"reviewed": REVIEWED}),
    )


def deposit(
    catalogue: Catalogue,
    clock: SetClock,
    number: int,
    status: TransferStatus = TransferStatus.ACCEPTED,
    *,
    agreement: str | None = None,
    decided_by: str | None = None,
) -> str:
    id = urn(number)  # noqa: A001
    with catalogue.begin() as tx:
        tx.save_transfer(Transfer(id, status, urn(1), clock.now()))
        tx.save_deposit(
            Deposit(
                transfer=id,
                account="ann",
                agreement=agreement,
                source=DepositSource.PATH,
                created=clock.now(),
                decided_by=decided_by,
            )
        )
    return id


def queue(catalogue: Catalogue, clock: SetClock, number: int, subject: str | None = None, attempts: int = 5) -> None:
    with catalogue.begin() as tx:
        job = NewJob(id=urn(number), kind=JobKind.INGEST, subject=subject, max_attempts=attempts)
        tx.add_job(job, now=clock.now())


def lease(catalogue: Catalogue, clock: SetClock) -> Job:
    job = catalogue.job_table().lease(list(Queue), "w", now=clock.now(), until=clock.now() + timedelta(seconds=60))
    assert job is not None
    return job


def test_a_job_that_nobody_was_told_of_is_announced_once_and_again_if_it_still_waits(
    catalogue: Catalogue, clock: SetClock
) -> None:
    bell = Rung()
    service = reconciler(catalogue, clock, bell)
    queue(catalogue, clock, 1)

    rung = []
    for seconds in (1, 2, 60, 120, 5):
        clock.pass_by(seconds=seconds)
        rung.append(service.reconcile().announced)
    assert rung == [0, 1, 0, 1, 0]
    assert bell.ids == [urn(1), urn(1)]


def test_a_job_whose_worker_is_gone_is_announced_to_the_others(catalogue: Catalogue, clock: SetClock) -> None:
    bell = Rung()
    queue(catalogue, clock, 1)
    lease(catalogue, clock)
    clock.pass_by(seconds=63)

    assert reconciler(catalogue, clock, bell).reconcile().announced == 1
    assert bell.ids == [urn(1)]


def test_a_job_that_was_queued_while_the_clock_was_ahead_is_started_once_it_is_set_right(
    catalogue: Catalogue, clock: SetClock
) -> None:
    """A hardware clock in local time: seven hours ahead at the start, until the time service answers."""
    clock.pass_by(hours=7)
    queue(catalogue, clock, 1)
    clock.pass_by(hours=-7)
    reconciler(catalogue, clock).reconcile()

    assert lease(catalogue, clock).id == urn(1)


def test_a_broker_that_is_away_is_told_when_it_is_back(catalogue: Catalogue, clock: SetClock) -> None:
    bell = Rung()
    bell.is_broken = True
    service = reconciler(catalogue, clock, bell)
    queue(catalogue, clock, 1)
    clock.pass_by(seconds=10)

    with pytest.raises(Unavailable):
        service.reconcile()
    bell.is_broken = False
    assert service.reconcile().announced == 1


def test_without_a_broker_nothing_is_announced(catalogue: Catalogue, clock: SetClock) -> None:
    queue(catalogue, clock, 1)
    clock.pass_by(seconds=10)

    assert reconciler(catalogue, clock).reconcile().announced == 0


def test_a_job_that_no_worker_may_try_again_is_ended_and_its_transfer_is_handed_on(
    catalogue: Catalogue, clock: SetClock
) -> None:
    transfer = deposit(catalogue, clock, 70, TransferStatus.RUNNING)
    queue(catalogue, clock, 1, transfer, attempts=1)
    lease(catalogue, clock)
    clock.pass_by(seconds=61)

    done = reconciler(catalogue, clock).reconcile()

    assert [(job.id, job.state) for job in done.settled] == [(urn(1), JobState.FAILED)]
    assert [job.id for job in done.to_give_up] == [urn(1)]
    assert done.queued == []


def test_a_transfer_whose_job_was_cancelled_is_handed_on(catalogue: Catalogue, clock: SetClock) -> None:
    queue(catalogue, clock, 1, deposit(catalogue, clock, 70))
    catalogue.job_table().cancel(urn(1), now=clock.now())

    assert [job.id for job in reconciler(catalogue, clock).reconcile().to_give_up] == [urn(1)]


def test_a_transfer_without_any_job_gets_one_and_only_one(catalogue: Catalogue, clock: SetClock) -> None:
    transfer = deposit(catalogue, clock, 70)

    first = reconciler(catalogue, clock).reconcile()
    second = reconciler(catalogue, clock).reconcile()

    (job,) = catalogue.job_table().jobs()
    assert (list(first.queued), list(second.queued)) == ([job.id], [])
    assert (job.kind, job.subject, job.collection, job.created_by) == (JobKind.INGEST, transfer, urn(1), "ann")


def test_a_transfer_whose_job_ended_without_it_gets_another(catalogue: Catalogue, clock: SetClock) -> None:
    queue(catalogue, clock, 1, deposit(catalogue, clock, 70, TransferStatus.RUNNING))
    job = lease(catalogue, clock)
    catalogue.job_table().succeed(job.id, job.token, now=clock.now(), result={})

    queued = reconciler(catalogue, clock).reconcile().queued
    again = reconciler(catalogue, clock).reconcile().queued

    assert len(queued) == 1
    assert again == []


@pytest.mark.parametrize(
    ("agreement", "decided_by", "status", "kind"),
    [
        ("reviewed", None, TransferStatus.ACCEPTED, JobKind.CHECK),
        ("reviewed", "bob", TransferStatus.ACCEPTED, JobKind.INGEST),
        ("reviewed", None, TransferStatus.RUNNING, JobKind.INGEST),
        ("gone", None, TransferStatus.ACCEPTED, JobKind.INGEST),
    ],
)
def test_what_waits_for_a_review_is_only_checked(
    catalogue: Catalogue, clock: SetClock, agreement: str, decided_by: str | None, status: TransferStatus, kind: JobKind
) -> None:
    deposit(catalogue, clock, 70, status, agreement=agreement, decided_by=decided_by)

    reconciler(catalogue, clock).reconcile()

    assert [job.kind for job in catalogue.job_table().jobs()] == [kind]


def test_what_is_well_is_left_alone(catalogue: Catalogue, clock: SetClock) -> None:
    queue(catalogue, clock, 1, deposit(catalogue, clock, 70))
    deposit(catalogue, clock, 71, TransferStatus.OPEN)
    deposit(catalogue, clock, 72, TransferStatus.REVIEW)
    deposit(catalogue, clock, 73, TransferStatus.PRESERVED)
    job = lease(catalogue, clock)
    catalogue.job_table().fail(
        job.id, job.token, now=clock.now(), problem=JobProblem("x", "y"), retry_at=clock.now() + timedelta(seconds=9)
    )

    done = reconciler(catalogue, clock).reconcile()
    assert (done.settled, done.to_give_up, done.queued) == ([], [], [])
