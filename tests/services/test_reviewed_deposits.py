"""An archivist decides about what they were told of, and about nothing that is found only afterwards."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.examination_policy import ExaminationPolicy, VirusPolicy
from preservation.domain.format_rules import AcceptFormat
from preservation.domain.holdings import TransferStatus
from preservation.errors import NotHere
from preservation.services.ingest_request import IngestResult
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, make_home, preservation
from tests.package_builders import write_files
from tests.services.test_deposit_intake import ARCHIVIST, ByName, Service
from tests.services.test_ingest_looking import MARK, SCANNED, MarkScanner
from tests.text_examiner import TextExaminer

REVIEWED = replace(SCANNED, found=AcceptFormat.REVIEW)
EXAMINED = ExaminationPolicy(at_ingest=True, invalid=AcceptFormat.REVIEW)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    home = make_home(tmp_path / "home")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        yield Service(home, repository)


def take_in(
    service: Service, transfer: str, viruses: VirusPolicy, examination: ExaminationPolicy | None = None
) -> IngestResult:
    formats = replace(service.repository.policies.formats, viruses=viruses)
    if examination is not None:
        formats = replace(formats, examination=examination)
    repository = replace(service.repository, policies=replace(service.repository.policies, formats=formats))
    ingest = repository.ingest(ByName(), TextExaminer(), MarkScanner())
    with closing(service.opened(transfer)) as reader:
        return repository.deposit_intake().take_in(transfer, reader, ingest, Quiet())


def checked_and_accepted(service: Service, package: Path) -> str:
    service.agree('acceptance = "reviewed"\n')
    transfer = service.submitted(package)
    service.check(transfer)
    service.repository.deposits().accept(transfer, ARCHIVIST)
    return transfer


def test_malware_that_the_check_did_not_look_for_goes_back_to_the_archivist(service: Service, tmp_path: Path) -> None:
    transfer = checked_and_accepted(service, write_files(tmp_path / "s", {"a.pdf": b"x" + MARK}))

    first = take_in(service, transfer, REVIEWED)

    assert (first.status, service.held()) == (TransferStatus.REVIEW, 0)
    assert "VIRUS-FOUND" in service.codes(transfer)
    service.repository.deposits().accept(transfer, ARCHIVIST)
    assert take_in(service, transfer, REVIEWED).status is TransferStatus.PRESERVED


def test_an_invalid_file_that_the_check_did_not_look_for_goes_back_to_the_archivist(
    service: Service, tmp_path: Path
) -> None:
    transfer = checked_and_accepted(service, write_files(tmp_path / "s", {"a.pdf": b"\xff\xfe\x80"}))

    first = take_in(service, transfer, VirusPolicy(), EXAMINED)

    assert (first.status, service.held()) == (TransferStatus.REVIEW, 0)
    assert service.codes(transfer) >= {"FILE-INVALID"}
    service.repository.deposits().accept(transfer, ARCHIVIST)
    assert take_in(service, transfer, VirusPolicy(), EXAMINED).status is TransferStatus.PRESERVED


def test_what_was_accepted_stays_accepted_when_an_attempt_fails_in_between(service: Service, tmp_path: Path) -> None:
    transfer = checked_and_accepted(service, write_files(tmp_path / "s", {"a.pdf": b"x" + MARK}))
    take_in(service, transfer, REVIEWED)
    service.repository.deposits().accept(transfer, ARCHIVIST)
    service.repository.deposit_intake().not_opened(transfer, service.repository.ingest(None), NotHere("it is gone"))

    assert take_in(service, transfer, REVIEWED).status is TransferStatus.PRESERVED


def test_a_rebuild_files_no_scan_of_what_was_left_to_review(service: Service, tmp_path: Path) -> None:
    service.agree()
    transfer = service.submitted(write_files(tmp_path / "s", {"a.pdf": b"x" + MARK}))
    waiting = take_in(service, transfer, REVIEWED)
    service.repository.deposits().accept(transfer, ARCHIVIST)
    kept = take_in(service, transfer, VirusPolicy())
    bootstrap.publish(service.repository)

    home = service.home.root
    preservation(
        "rebuild", "--from", home / "replicas" / "a", "--home", tmp_path / "new", "--key", home / "keys" / "ledger.key"
    )

    assert (waiting.status, kept.status) == (TransferStatus.REVIEW, TransferStatus.PRESERVED)
    assert scans(TestHome(tmp_path / "new")) == scans(service.home) == []


def scans(home: TestHome) -> list[object]:
    return [row for row in home.dump() if row[0] in ("virus scan", "infection")]
