"""Deposits are opened, submitted, decided on and withdrawn, each step once, with its event and its job."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from preservation.domain.agreements import Acceptance
from preservation.domain.deposits import DepositSource
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.findings import Finding
from preservation.domain.holdings import AIPVersion, TransferStatus
from preservation.domain.jobs import JobKind
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse
from preservation.services.deposits import WantedDeposit
from tests.contracts.catalogue_builders import a_version, urn
from tests.services.deposit_kit import ARCHIVIST, FONDS, OTHER, PRODUCER, Desk, a_desk, an_actor


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as opened:
        yield opened


def in_status(desk: Desk, package: Path, status: TransferStatus) -> str:
    """A submitted transfer that has come to a status."""
    transfer = desk.submitted(package)
    with desk.catalogue.begin() as tx:
        tx.save_transfer(replace(desk.transfer(transfer), status=status, attempt=1))
    return transfer


def test_an_open_deposit_is_known_and_nothing_is_promised(desk: Desk) -> None:
    transfer, deposit = desk.opened(name="a.zip", size=5, sha256="ab" * 32, title="Hồ sơ")

    assert desk.transfer(transfer.id).status is TransferStatus.OPEN
    assert desk.deposit(transfer.id) == deposit
    assert (deposit.account, deposit.submitted, desk.jobs(), desk.events(transfer.id)) == (
        PRODUCER.account.id,
        None,
        [],
        [],
    )


def test_submitting_makes_it_ours_with_a_job_and_an_event_once(desk: Desk, tmp_path: Path) -> None:
    transfer, _ = desk.opened(source=DepositSource.PATH, place=str(tmp_path), name="a")
    first, again = desk.deposits.submit(transfer.id, PRODUCER), desk.deposits.submit(transfer.id, PRODUCER)

    (job,) = desk.jobs()
    (event,) = desk.events(transfer.id)
    assert (first.job, again.job) == (job.id, None)
    assert (job.kind, job.subject, job.collection, job.created_by) == (
        JobKind.INGEST,
        transfer.id,
        FONDS.id,
        PRODUCER.account.id,
    )
    assert (event.type, event.outcome, event.detail["status"]) == (EventType.TRANSFER, EventOutcome.SUCCESS, "accepted")
    assert event.private["name"] == "a"
    assert PRODUCER.account.id in {one.id for one in event.agents}
    assert desk.transfer(transfer.id).status is TransferStatus.ACCEPTED
    assert desk.deposit(transfer.id).submitted == desk.clock.now()


def test_submitting_many_times_at_once_queues_one_job(desk: Desk, tmp_path: Path) -> None:
    transfer, _ = desk.opened(source=DepositSource.PATH, place=str(tmp_path))

    with ThreadPoolExecutor(8) as pool:
        done = [one.result() for one in [pool.submit(desk.deposits.submit, transfer.id, PRODUCER) for _ in range(8)]]
    assert sum(one.job is not None for one in done) == len(desk.jobs()) == len(desk.events(transfer.id)) == 1


def test_nothing_is_submitted_before_its_package_is_there(desk: Desk) -> None:
    transfer, _ = desk.opened()

    with pytest.raises(WrongUse, match="nothing has been uploaded"):
        desk.deposits.submit(transfer.id, PRODUCER)
    assert desk.transfer(transfer.id).status is TransferStatus.OPEN


def test_what_nobody_knows_is_not_here(desk: Desk) -> None:
    for act in (
        lambda: desk.deposits.submit(urn(1), PRODUCER),
        lambda: desk.deposits.accept(urn(1), ARCHIVIST),
        lambda: desk.deposits.withdraw(urn(1), PRODUCER),
        lambda: desk.opened(agreement="nobody"),
        lambda: desk.opened(aip=urn(1)),
        lambda: desk.intake.deposit(urn(1)),
    ):
        with pytest.raises(NotHere):
            act()


def test_a_collection_or_an_agreement_has_to_be_named_and_they_must_not_contradict(desk: Desk) -> None:
    desk.agree()
    desk.agree(id="lost", collection="H99")
    source = DepositSource.UPLOAD

    assert desk.deposits.collection_of(WantedDeposit(source=source, agreement="so-noi-vu")) == FONDS
    assert desk.deposits.collection_of(WantedDeposit(source=source, agreement="so-noi-vu", collection=FONDS)) == FONDS
    for wanted in (
        WantedDeposit(source=source),
        WantedDeposit(source=source, agreement="so-noi-vu", collection=OTHER),
        WantedDeposit(source=source, agreement="lost"),
    ):
        with pytest.raises(WrongUse):
            desk.deposits.open(wanted, PRODUCER)


def test_an_agreement_tells_who_may_submit_and_how_many_copies_are_wanted(desk: Desk) -> None:
    desk.agree(submitters=frozenset({"so-noi-vu"}), copies=5)
    wanted = WantedDeposit(source=DepositSource.UPLOAD, agreement="so-noi-vu")

    opened, _ = desk.opened(agreement="so-noi-vu")
    refused = desk.deposits.open(wanted, an_actor("somebody-else", 502))

    assert opened.copies == 5
    assert [one.code for one in refused if isinstance(one, Finding)] == ["AGREEMENT-SUBMITTER"]
    assert len(list(desk.catalogue.transfers())) == 1


def test_an_agreement_that_is_not_in_force_takes_nothing(desk: Desk) -> None:
    desk.agree(active=False)

    refused = desk.deposits.open(WantedDeposit(source=DepositSource.UPLOAD, agreement="so-noi-vu"), PRODUCER)

    assert [one.code for one in refused if isinstance(one, Finding)] == ["AGREEMENT-NOT-ACTIVE"]


def test_a_new_version_stays_in_its_aips_collection(desk: Desk) -> None:
    with desk.catalogue.begin() as tx:
        tx.record_version(a_version(1, collection=900))

    transfer, deposit = desk.opened(aip=urn(1))
    with pytest.raises(WrongUse, match="another collection"):
        desk.opened(aip=urn(1), collection=OTHER)
    assert (deposit.aip, transfer.collection) == (urn(1), FONDS.id)
    assert isinstance(desk.catalogue.versions(urn(1))[0], AIPVersion)


def test_a_reviewed_agreement_has_the_package_checked_first(desk: Desk, tmp_path: Path) -> None:
    desk.agree(acceptance=Acceptance.REVIEWED)

    transfer = desk.submitted(tmp_path, agreement="so-noi-vu")

    assert [one.kind for one in desk.jobs(transfer)] == [JobKind.CHECK]
    assert desk.events(transfer)[0].policy == desk.policies.versions["agreements/so-noi-vu"]


def test_an_archivists_yes_queues_the_ingest(desk: Desk, tmp_path: Path) -> None:
    transfer = in_status(desk, tmp_path, TransferStatus.REVIEW)

    done = desk.deposits.accept(transfer, ARCHIVIST)

    assert done.transfer.status is TransferStatus.ACCEPTED
    assert sorted(one.kind for one in desk.jobs(transfer)) == [JobKind.INGEST, JobKind.INGEST]
    assert desk.deposit(transfer).decided_by == ARCHIVIST.account.id
    assert desk.events(transfer)[-1].detail["act"] == "accepted after review"


def test_an_archivists_no_ends_it_with_its_reason_once(desk: Desk, tmp_path: Path) -> None:
    transfer = in_status(desk, tmp_path, TransferStatus.REVIEW)

    first, again = (desk.deposits.reject(transfer, ARCHIVIST, "thiếu mục lục") for _ in range(2))

    assert first.transfer.status is again.transfer.status is TransferStatus.REJECTED
    rejected = [one for one in desk.events(transfer) if one.outcome is EventOutcome.FAILURE]
    assert [one.private["reason"] for one in rejected] == ["thiếu mục lục"]
    assert "thiếu" not in str(rejected[0].detail)
    assert desk.deposit(transfer).reason == "thiếu mục lục"


@pytest.mark.parametrize("status", [TransferStatus.OPEN, TransferStatus.REVIEW])
def test_a_deposit_is_withdrawn_before_it_is_taken_in(desk: Desk, tmp_path: Path, status: TransferStatus) -> None:
    transfer = desk.opened()[0].id if status is TransferStatus.OPEN else in_status(desk, tmp_path, status)

    assert desk.deposits.withdraw(transfer, PRODUCER).transfer.status is TransferStatus.WITHDRAWN
    with pytest.raises(Conflict):
        desk.deposits.submit(transfer, PRODUCER)
    assert desk.events(transfer)[-1].detail["act"] == "withdrawn"


@pytest.mark.parametrize("status", [one for one in TransferStatus if one is not TransferStatus.OPEN])
@pytest.mark.parametrize("act", ["submit", "accept", "reject", "withdraw"])
def test_a_step_that_the_state_does_not_allow_changes_nothing(
    desk: Desk, tmp_path: Path, status: TransferStatus, act: str
) -> None:
    allowed = {
        "submit": {TransferStatus.ACCEPTED},
        "accept": {TransferStatus.REVIEW},
        "reject": {TransferStatus.REVIEW, TransferStatus.REJECTED},
        "withdraw": {TransferStatus.REVIEW, TransferStatus.WITHDRAWN},
    }[act]
    if status in allowed:
        return
    transfer = in_status(desk, tmp_path, status)
    before = (desk.transfer(transfer), desk.deposit(transfer), len(desk.jobs()), len(desk.events(transfer)))

    def step() -> None:
        if act == "reject":
            desk.deposits.reject(transfer, ARCHIVIST, "no")
        else:
            getattr(desk.deposits, act)(transfer, ARCHIVIST)

    with pytest.raises(Conflict):
        step()
    assert (desk.transfer(transfer), desk.deposit(transfer), len(desk.jobs()), len(desk.events(transfer))) == before


def test_what_somebody_works_on_is_not_waited_for_long(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preservation.services.deposits.LOCK_SECONDS", 0.1)
    transfer = desk.submitted(tmp_path)

    with desk.locks.hold(f"transfer:{transfer}", seconds=1), pytest.raises(Unavailable):
        desk.deposits.withdraw(transfer, PRODUCER)


def test_what_cannot_be_recorded_is_not_done(desk: Desk, tmp_path: Path) -> None:
    transfer, _ = desk.opened(source=DepositSource.PATH, place=str(tmp_path))

    def along(*_: object) -> None:
        raise Conflict("the key is in use")

    with pytest.raises(Conflict):
        desk.deposits.open(WantedDeposit(source=DepositSource.UPLOAD, collection=FONDS), PRODUCER, along)
    assert [one.id for one in desk.catalogue.transfers()] == [transfer.id]
