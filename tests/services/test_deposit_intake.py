"""What the jobs of a deposit come to, in a home with replicas: checked, reviewed, preserved or refused, by its agreement."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import JobProblem
from preservation.domain.people import Account, AccountKind, AccountState, Actor
from preservation.errors import Conflict, NotHere, Superseded
from preservation.services.deposit_reports import reported_findings
from preservation.services.deposits import WantedDeposit
from preservation.services.given_up_transfers import GivenUpTransfers
from preservation.services.ingest_request import IngestResult
from preservation.settings import read_settings
from tests.contracts.catalogue_builders import NOON, PDF, UNKNOWN, urn
from tests.homes import Quiet, TestHome, assert_sound, make_home, originals
from tests.interleaving import NoLocks
from tests.package_builders import write_files

FILES = {"a.pdf": b"a pdf", "b.txt": b"text"}
ARCHIVIST = Actor(
    Account(
        id=urn(501),
        name="an-archivist",
        kind=AccountKind.PERSON,
        display_name="A",
        state=AccountState.ACTIVE,
        created=NOON,
    ),
    (),
)


class ByName:
    """Identifies by how a file's name ends, and by nothing else."""

    def identify(self, paths: Sequence[str]) -> list[FormatIdentification]:
        return [PDF if path.endswith(".pdf") else UNKNOWN for path in paths]

    def close(self) -> None: ...


class Service:
    """A home that is open, as a worker has it."""

    def __init__(self, home: TestHome, repository: bootstrap.Repository) -> None:
        self.home, self.repository = home, repository

    def agree(self, text: str = "") -> None:
        folder = self.home.root / "policies" / "agreements"
        folder.mkdir(exist_ok=True)
        (folder / "a-1.toml").write_text(f'title = "t"\ncollection = "unassigned"\n{text}\n')
        self.repository = self.repository.with_policies()

    def submitted(self, package: Path, agreement: str | None = "a-1", **wanted: Any) -> str:
        place = next(one for one in self.repository.catalogue.collections() if one.code == "unassigned")
        source = DepositSource.PATH
        values = {"source": source, "collection": place, "agreement": agreement, "place": str(package), **wanted}
        opened = self.repository.deposits().open(WantedDeposit(**values), None)
        transfer = opened[0]
        assert isinstance(transfer, Transfer), opened
        assert self.repository.deposits().submit(transfer.id, None).job
        return transfer.id

    def check(self, transfer: str) -> TransferStatus:
        with closing(self.opened(transfer)) as reader:
            return self.repository.deposit_intake().check(transfer, reader, ByName(), Quiet())

    def take_in(self, transfer: str) -> IngestResult:
        with closing(self.opened(transfer)) as reader:
            ingest = self.repository.ingest(ByName())
            return self.repository.deposit_intake().take_in(transfer, reader, ingest, Quiet())

    def opened(self, transfer: str) -> Any:
        limits = self.repository.policies.ingest.limits
        return open_package(str(self.deposit(transfer).place), self.repository.home.staging, limits)

    def deposit(self, transfer: str) -> Deposit:
        found = self.repository.catalogue.deposit(transfer)
        assert found is not None
        return found

    def status(self, transfer: str) -> TransferStatus:
        found = self.repository.catalogue.transfer(transfer)
        assert found is not None
        return found.status

    def held(self) -> int:
        """How many AIPs there are beside the repository's own record."""
        return len(self.repository.catalogue.aips()) - 1

    def codes(self, transfer: str) -> set[str]:
        return {one.code for one in reported_findings(self.deposit(transfer).report)}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    home = make_home(tmp_path / "home")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        yield Service(home, repository)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_files(tmp_path / "set", FILES)


def test_a_deposit_that_keeps_its_agreement_is_preserved(service: Service, package: Path) -> None:
    service.agree('[formats]\n"fmt/95" = "accept"\n')
    transfer = service.submitted(package)

    result, again = service.take_in(transfer), service.take_in(transfer)

    assert (result.status, again.status, again.aip) == (TransferStatus.PRESERVED, TransferStatus.PRESERVED, result.aip)
    assert originals(service.home.object(str(result.aip))) == FILES
    bootstrap.publish(service.repository)
    assert_sound(service.home)


def test_a_format_that_needs_review_stops_an_automatic_ingest_until_an_archivist_says_yes(
    service: Service, package: Path
) -> None:
    service.agree('[formats]\nunknown = "review"\n')
    transfer = service.submitted(package)

    first = service.take_in(transfer)
    waiting = service.status(transfer)
    aips = service.held()
    codes = service.codes(transfer)
    done = service.repository.deposits().accept(transfer, ARCHIVIST)
    second = service.take_in(transfer)

    assert (first.status, waiting, aips, codes) == (
        TransferStatus.REVIEW,
        TransferStatus.REVIEW,
        0,
        {"AGREEMENT-FORMAT-REVIEW"},
    )
    assert done.job is not None
    assert second.status is TransferStatus.PRESERVED
    assert service.held() == 1
    assert not (service.home.replica("a") / "work").exists() or not list((service.home.replica("a") / "work").iterdir())


def test_a_format_that_is_refused_is_refused_and_nothing_is_kept(service: Service, package: Path) -> None:
    service.agree('[formats]\n"fmt/95" = "refuse"\n')
    transfer = service.submitted(package)

    result = service.take_in(transfer)

    assert (result.status, service.status(transfer)) == (TransferStatus.REJECTED, TransferStatus.REJECTED)
    assert service.codes(transfer) == {"AGREEMENT-FORMAT-REFUSED"}
    assert service.held() == 0


def test_a_reviewed_deposit_is_checked_kept_nowhere_and_waits(service: Service, package: Path) -> None:
    service.agree('acceptance = "reviewed"\n')
    transfer = service.submitted(package)

    first, again = service.check(transfer), service.check(transfer)

    report = service.deposit(transfer).report
    assert first is again is TransferStatus.REVIEW
    assert isinstance(report, dict)
    assert (report["valid"], report["files"], report["bytes"], report["package_type"]) == (True, 2, 9, "folder")
    formats = report["formats"]
    assert isinstance(formats, list)
    assert sorted(str(one["puid"]) for one in formats if isinstance(one, dict)) == ["None", "fmt/95"]
    assert service.held() == 0
    told = [one for one in service.home.events(EventType.VALIDATION) if one.detail.get("act") == "checked for review"]
    assert [one.outcome for one in told] == [EventOutcome.SUCCESS]


def test_a_check_names_everything_that_is_wrong(service: Service, tmp_path: Path) -> None:
    service.agree('acceptance = "reviewed"\nmax_files = 1\n[formats]\n"fmt/95" = "refuse"\nunknown = "review"\n')
    broken = write_files(tmp_path / "b", {**FILES, "metadata/checksum.md5": b"0" * 32 + b"  a.pdf\n"})
    transfer = service.submitted(broken)

    status = service.check(transfer)

    assert status is TransferStatus.REJECTED
    assert service.codes(transfer) >= {"AGREEMENT-FILES", "AGREEMENT-FORMAT-REFUSED", "AGREEMENT-FORMAT-REVIEW"}
    with pytest.raises(Conflict):
        service.repository.deposits().accept(transfer, ARCHIVIST)


def test_what_is_not_submitted_is_not_checked(service: Service, package: Path) -> None:
    service.agree()
    transfer = service.submitted(package)
    done = service.take_in(transfer)

    assert done.status is TransferStatus.PRESERVED
    with pytest.raises(Conflict):
        service.check(transfer)


def test_a_second_submission_becomes_a_new_version(service: Service, package: Path, tmp_path: Path) -> None:
    service.agree()
    first = service.take_in(service.submitted(package))
    changed = write_files(tmp_path / "changed", {"c.pdf": b"c"})

    second = service.take_in(service.submitted(changed, aip=first.aip, title="Mới"))

    assert (second.aip, second.version, second.status) == (first.aip, 2, TransferStatus.PRESERVED)
    assert originals(service.home.object(str(first.aip))) == {"c.pdf": b"c"}
    assert service.home.show(str(first.aip))["title"] == "Mới"


def test_an_agreement_that_wants_more_copies_than_there_are_leaves_it_stored(service: Service, package: Path) -> None:
    service.agree("copies = 3\n")

    result = service.take_in(service.submitted(package))

    assert (result.status, result.copies, result.wanted) == (TransferStatus.STORED, 2, 3)


def test_a_package_that_went_away_fails_with_its_reason(service: Service, package: Path) -> None:
    service.agree()
    transfer = service.submitted(package)
    package.rename(package.with_name("away"))
    ingest = service.repository.ingest(None)

    with pytest.raises(NotHere) as caught:
        service.take_in(transfer)
    result = service.repository.deposit_intake().not_opened(transfer, ingest, caught.value)

    assert (result.status, service.status(transfer)) == (TransferStatus.FAILED, TransferStatus.FAILED)
    assert "no file or folder" in str(service.deposit(transfer).reason)


def test_an_agreement_that_went_away_is_said_so(service: Service, package: Path) -> None:
    service.agree()
    transfer = service.submitted(package)
    service.repository = replace(
        service.repository, policies=replace(service.repository.policies, agreements={}, versions={})
    )

    with pytest.raises(NotHere, match="a-1"):
        service.take_in(transfer)
    assert service.status(transfer) is TransferStatus.ACCEPTED


def test_a_check_that_was_taken_on_by_somebody_else_undoes_no_decision(service: Service, package: Path) -> None:
    """A slow process that lost its lock: while it looks at formats, another one checks, and an archivist decides."""
    service.agree('acceptance = "reviewed"\n')
    transfer = service.submitted(package)
    intake = replace(service.repository.deposit_intake(), locks=NoLocks())
    decided: list[TransferStatus] = []

    class Slow(ByName):
        def identify(self, paths: Sequence[str]) -> list[FormatIdentification]:
            with closing(service.opened(transfer)) as reader:
                intake.check(transfer, reader, ByName(), Quiet())
            deposits = replace(service.repository.deposits(), locks=NoLocks())
            decided.append(deposits.accept(transfer, ARCHIVIST).transfer.status)
            return super().identify(paths)

    with closing(service.opened(transfer)) as reader, pytest.raises(Superseded):
        intake.check(transfer, reader, Slow(), Quiet())

    assert decided == [service.status(transfer)] == [TransferStatus.ACCEPTED]
    assert service.deposit(transfer).decided_by == ARCHIVIST.account.id


def test_a_check_that_failed_can_be_tried_again(service: Service, package: Path) -> None:
    service.agree('acceptance = "reviewed"\n')
    transfer = service.submitted(package)
    given_up = GivenUpTransfers(service.repository.ingest(None).desk, service.repository.locks)
    ended = given_up.give_up(transfer, JobProblem("Unavailable", "it did not answer"))

    assert ended is TransferStatus.FAILED
    assert service.check(transfer) is TransferStatus.REVIEW


def test_who_is_given_up_while_slow_cannot_come_back(service: Service, package: Path) -> None:
    service.agree('acceptance = "reviewed"\n')
    transfer = service.submitted(package)
    intake = replace(service.repository.deposit_intake(), locks=NoLocks())
    given_up = GivenUpTransfers(service.repository.ingest(None).desk, NoLocks())

    class Slow(ByName):
        def identify(self, paths: Sequence[str]) -> list[FormatIdentification]:
            given_up.give_up(transfer, JobProblem("Cancelled", "somebody cancelled it"))
            return super().identify(paths)

    with closing(service.opened(transfer)) as reader, pytest.raises(Superseded):
        intake.check(transfer, reader, Slow(), Quiet())

    assert service.status(transfer) is TransferStatus.FAILED


def test_what_a_failed_attempt_said_does_not_outlive_the_one_that_succeeds(service: Service, package: Path) -> None:
    service.agree()
    transfer = service.submitted(package)
    gone = NotHere("it is gone")
    service.repository.deposit_intake().not_opened(transfer, service.repository.ingest(None), gone)
    before = service.deposit(transfer).reason

    result = service.take_in(transfer)

    report = service.deposit(transfer).report
    assert (before, result.status) == ("it is gone", TransferStatus.PRESERVED)
    assert service.deposit(transfer).reason is None
    assert isinstance(report, dict)
    assert (report["valid"], report["files"]) == (True, result.files)
