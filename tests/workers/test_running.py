"""What becomes of a job that finds somebody else at what it is about, or nothing left to do."""

from contextlib import closing
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from preservation import bootstrap
from preservation.adapters.opentelemetry_tracing import OpenTelemetryTracing
from preservation.adapters.tracing import NoTracing
from preservation.domain.deposits import DepositSource
from preservation.domain.holdings import TransferStatus
from preservation.domain.jobs import Job, JobKind, JobState, NewJob, Queue
from preservation.ports.tracing import Tracer
from preservation.services.deposits import WantedDeposit
from preservation.settings import read_settings
from tests.homes import TestHome, make_home
from tests.package_builders import write_files
from workers.engines import Engines
from workers.running import Runner
from workers.stopping import Stopping


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def a_runner(repository: bootstrap.Repository, engines: Engines, tracer: Tracer | None = None) -> Runner:
    return Runner(
        repository=repository,
        table=repository.catalogue.job_table(),
        engines=engines,
        stopping=Stopping(1),
        worker="w",
        lease=60,
        beat=10,
        tracer=tracer or NoTracing(),
    )


def run_one(repository: bootstrap.Repository, queue: Queue, tracer: Tracer | None = None) -> Job:
    """Lease the job that waits, run it, and tell how it is afterwards."""
    with closing(Engines()) as engines:
        runner = a_runner(repository, engines, tracer)
        job = runner.take({queue})
        assert job is not None
        runner.run(job)
        after = runner.table.job(job.id)
    assert after is not None
    return after


def test_a_job_that_finds_somebody_else_at_it_waits_and_loses_no_attempt(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        replica = next(iter(repository.replicas.stores))
        job = NewJob(id=repository.minter.urn(), kind=JobKind.SYNC, subject=replica, max_attempts=1)
        with repository.catalogue.begin() as tx:
            tx.add_job(job, now=repository.clock.now())
        with repository.locks.hold(f"replica:{replica}", seconds=1):
            after = run_one(repository, Queue.COPIES)
            due_later = after.due > repository.clock.now()

    assert (after.state, after.attempts, after.problem, due_later) == (JobState.QUEUED, 0, None, True)


def test_an_ingest_that_was_left_to_review_before_its_worker_died_has_succeeded(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", {"a.txt": b"a"})
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        wanted = WantedDeposit(source=DepositSource.PATH, collection=place, place=str(package))
        opened = repository.deposits().open(wanted, None)
        transfer = repository.deposits().submit(opened[0].id, None).transfer  # type: ignore[union-attr]
        with repository.catalogue.begin() as tx:
            tx.save_transfer(type(transfer)(transfer.id, TransferStatus.REVIEW, place.id, transfer.created, attempt=2))
        after = run_one(repository, Queue.INGEST)

    assert (after.state, after.problem) == (JobState.SUCCEEDED, None)
    assert after.result is not None
    assert after.result["status"] == "review"


def test_a_job_is_a_span_that_names_its_kind_and_its_subject(home: TestHome) -> None:
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracing(SimpleSpanProcessor(exporter), "worker", "0.1")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        replica = next(iter(repository.replicas.stores))
        job = NewJob(id=repository.minter.urn(), kind=JobKind.SYNC, subject=replica)
        with repository.catalogue.begin() as tx:
            tx.add_job(job, now=repository.clock.now())
        after = run_one(repository, Queue.COPIES, tracer)

    (span,) = exporter.get_finished_spans()
    assert after.state is JobState.SUCCEEDED
    assert (span.name, dict(span.attributes or {})) == (
        "job sync",
        {"job.id": job.id, "job.attempt": 1, "job.subject": replica},
    )
