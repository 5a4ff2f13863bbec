"""Transfers whose job is over: none waits for ever, and each says why."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.domain.deposits import DepositSource
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import JobProblem
from preservation.errors import Unavailable
from preservation.services.deposit_reports import reported_findings
from preservation.services.deposits import WantedDeposit
from preservation.services.given_up_transfers import GivenUpTransfers
from preservation.services.ingest_request import IngestRequest, IngestResult
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, make_home
from tests.package_builders import write_files

LOST = JobProblem("WorkerLost", "its workers did not come back")


class Stopped(Exception):
    """The worker is told to stop."""


class Stopping(Quiet):
    def advance(self, amount: int) -> None:
        raise Stopped


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


@pytest.fixture
def repository(home: TestHome) -> Iterator[bootstrap.Repository]:
    with bootstrap.serving(read_settings(home.root, {})) as opened:
        yield opened


def submitted(repository: bootstrap.Repository, package: Path) -> str:
    place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
    wanted = WantedDeposit(source=DepositSource.PATH, collection=place, place=str(package), name=package.name)
    transfer = repository.deposits().open(wanted, None)[0]
    assert isinstance(transfer, Transfer)
    repository.deposits().submit(transfer.id, None)
    return transfer.id


def take_in(repository: bootstrap.Repository, transfer: str, package: Path, progress: Quiet) -> IngestResult:
    """Only what ingest itself does: the worker is killed before it could say more."""
    _, _, place = repository.deposit_intake().deposit(transfer)
    with closing(open_package(package, repository.home.staging, repository.policies.ingest.limits)) as reader:
        return repository.ingest(None).take_in(IngestRequest(reader, place, transfer=transfer), progress)


def given_up(repository: bootstrap.Repository) -> GivenUpTransfers:
    return GivenUpTransfers(repository.ingest(None).desk, repository.locks)


def reason(repository: bootstrap.Repository, transfer: str) -> str | None:
    deposit = repository.catalogue.deposit(transfer)
    assert deposit is not None
    return deposit.reason


def test_an_accepted_transfer_without_a_job_fails_with_the_jobs_reason(
    repository: bootstrap.Repository, home: TestHome, tmp_path: Path
) -> None:
    transfer = submitted(repository, write_files(tmp_path / "package", {"a": b"a"}))

    assert given_up(repository).give_up(transfer, LOST) is TransferStatus.FAILED
    assert given_up(repository).give_up(transfer, LOST) is None  # once is enough

    assert reason(repository, transfer) == "WorkerLost: its workers did not come back"
    failures = [one for one in home.events(EventType.INGESTION) if one.outcome is EventOutcome.FAILURE]
    assert [one.private["reason"] for one in failures] == ["WorkerLost: its workers did not come back"]


def test_one_that_was_left_in_the_middle_fails_and_leaves_nothing_behind(
    repository: bootstrap.Repository, home: TestHome, tmp_path: Path
) -> None:
    package = write_files(tmp_path / "package", {"a": b"a"})
    transfer = submitted(repository, package)
    with pytest.raises(Stopped):
        take_in(repository, transfer, package, Stopping())
    assert given_up(repository).is_unfinished(transfer)

    assert given_up(repository).give_up(transfer, LOST) is TransferStatus.FAILED

    assert not given_up(repository).is_unfinished(transfer)
    found = repository.catalogue.transfer(transfer)
    assert found is not None
    assert repository.catalogue.aip(found.target[0]) is None


def test_one_that_came_to_its_end_is_left_as_it_is(repository: bootstrap.Repository, tmp_path: Path) -> None:
    package = write_files(tmp_path / "package", {"a": b"a"})
    transfer = submitted(repository, package)
    assert take_in(repository, transfer, package, Quiet()).status is TransferStatus.PRESERVED

    assert given_up(repository).give_up(transfer, LOST) is None
    assert reason(repository, transfer) is None


def test_one_that_somebody_works_on_is_not_given_up(repository: bootstrap.Repository, tmp_path: Path) -> None:
    transfer = submitted(repository, write_files(tmp_path / "package", {"a": b"a"}))

    with repository.locks.hold(f"transfer:{transfer}", seconds=1), pytest.raises(Unavailable):
        given_up(repository).give_up(transfer, LOST)


def test_a_transfer_is_rejected_with_its_reason_or_not_at_all(repository: bootstrap.Repository, tmp_path: Path) -> None:
    files = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "data/a": b"a"}
    package = write_files(tmp_path / "package", {**files, "manifest-sha256.txt": b"00" * 32 + b"  data/a\n"})
    transfer = submitted(repository, package)

    assert take_in(repository, transfer, package, Quiet()).status is TransferStatus.REJECTED

    deposit = repository.catalogue.deposit(transfer)
    assert deposit is not None
    assert any(one.is_error for one in reported_findings(deposit.report))
