"""A package is looked into before it is kept: for malware, and at each file's format; the policy says what follows."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.bootstrap import Repository
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.examination_policy import ExaminationPolicy, VirusPolicy, VirusScan
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import AcceptFormat
from preservation.domain.holdings import TransferStatus
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import FormatPolicy
from preservation.errors import Unavailable
from preservation.services import ingest
from preservation.services.ingest_request import IngestRequest, IngestResult
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files
from tests.services.test_examination import FILES, acts, examine, known
from tests.text_examiner import TextExaminer

MARK = b"this stands for malware"
LOCKED = b"this stands for an archive with a password"
SCANNED = VirusPolicy(VirusScan.CLAMAV)


class MarkScanner:
    """Finds one mark in files. While it is not `ready` it can look at nothing."""

    def __init__(self, *, ready: bool = True, signatures: str = "1") -> None:
        self.ready = ready
        self.signatures = signatures
        self.scanned: list[str] = []

    def scan(self, paths: Sequence[str]) -> Sequence[str | None]:
        if not self.ready:
            raise Unavailable("the scanner has no signatures")
        self.scanned += paths
        return [self._name(Path(path).read_bytes()) for path in paths]

    def _name(self, data: bytes) -> str | None:
        if data.startswith(LOCKED):
            return "Heuristics.Encrypted.Zip"
        return "Test.Mark" if MARK in data else None

    def describe(self) -> str:
        if not self.ready:
            raise Unavailable("the scanner has no signatures")
        return f"mark-scanner 1 (signatures {self.signatures})"


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


@contextmanager
def opened(home: TestHome, policy: FormatPolicy) -> Iterator[Repository]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        yield replace(repository, policies=replace(repository.policies, formats=policy))


def take_in(
    home: TestHome,
    package: Path,
    policy: FormatPolicy,
    *,
    examiner: TextExaminer | None = None,
    scanner: MarkScanner | None = None,
    aip: str | None = None,
) -> IngestResult:
    with opened(home, policy) as repository:
        collection = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        service = repository.ingest(None, examiner, scanner)
        with closing(open_package(package, repository.home.staging, PackageLimits())) as reader:
            return service.take_in(IngestRequest(reader, collection, aip=aip), Quiet())


def test_files_are_examined_before_they_are_kept(home: TestHome, tmp_path: Path) -> None:
    policy = FormatPolicy(examination=ExaminationPolicy(at_ingest=True))

    taken = take_in(home, write_files(tmp_path / "p", FILES), policy, examiner=TextExaminer())
    later = examine(home)

    assert taken.status is TransferStatus.PRESERVED
    assert [(one.code, one.path) for one in taken.findings] == [("FILE-INVALID", "bad.txt")]
    assert taken.aip is not None
    assert {path: one.examination.validity for path, one in known(home, taken.aip).items()} == {
        "bad.txt": Validity.INVALID,
        "good.txt": Validity.VALID,
        "other.bin": Validity.UNKNOWN,
        "picture.png": Validity.WELL_FORMED,
    }
    # The job has nothing left to do.
    assert later.aips == 0
    assert_sound(home)


def test_a_rebuild_knows_what_was_found_at_ingest(home: TestHome, tmp_path: Path) -> None:
    policy = FormatPolicy(
        examination=ExaminationPolicy(at_ingest=True), viruses=replace(SCANNED, found=AcceptFormat.REVIEW)
    )
    take_in(home, write_files(tmp_path / "p", FILES), policy, examiner=TextExaminer(), scanner=MarkScanner())

    preservation(
        "rebuild", "--from", home.replica("a"), "--home", tmp_path / "new", "--key", home.root / "keys" / "ledger.key"
    )

    kinds = ("examination", "virus scan", "infection")
    assert [one for one in TestHome(tmp_path / "new").dump() if one[0] in kinds] == [
        one for one in home.dump() if one[0] in kinds
    ]
    assert {one[0] for one in home.dump()} >= {"examination", "virus scan"}


def test_the_policy_may_refuse_invalid_files(home: TestHome, tmp_path: Path) -> None:
    policy = FormatPolicy(examination=ExaminationPolicy(at_ingest=True, invalid=AcceptFormat.REFUSE))

    taken = take_in(home, write_files(tmp_path / "p", FILES), policy, examiner=TextExaminer())

    assert taken.status is TransferStatus.REJECTED
    assert [one.code for one in taken.findings if one.is_error] == ["FILE-INVALID"]
    assert acts(home) == []
    assert_sound(home)


def test_the_policy_may_leave_invalid_files_to_an_archivist(home: TestHome, tmp_path: Path) -> None:
    policy = FormatPolicy(examination=ExaminationPolicy(at_ingest=True, invalid=AcceptFormat.REVIEW))

    taken = take_in(home, write_files(tmp_path / "p", FILES), policy, examiner=TextExaminer())

    assert taken.status is TransferStatus.REVIEW


def test_bytes_that_an_earlier_version_holds_are_left_to_the_job(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", FILES)
    aip = home.preserved(package)
    (package / "new.txt").write_bytes(b"new\n")
    policy = FormatPolicy(examination=ExaminationPolicy(at_ingest=True))
    examiner = TextExaminer()

    take_in(home, package, policy, examiner=examiner, aip=aip)
    before = set(known(home, aip))
    examine(home)

    assert before == {"new.txt"}
    assert set(known(home, aip)) == {*FILES, "new.txt"}


def test_an_infected_package_is_rejected_and_nothing_of_it_is_kept(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", {"letter.txt": b"hello", "bad/evil.exe": b"x" + MARK})

    taken = take_in(home, package, FormatPolicy(viruses=SCANNED), scanner=MarkScanner())

    assert taken.status is TransferStatus.REJECTED
    (finding,) = [one for one in taken.findings if one.is_error]
    assert (finding.code, finding.path, finding.values["name"]) == ("VIRUS-FOUND", "bad/evil.exe", "Test.Mark")
    (event,) = home.events(EventType.VIRUS_CHECK)
    assert event.outcome is EventOutcome.FAILURE
    assert (event.detail["infected"], event.detail["scanner"]) == (1, "mark-scanner 1 (signatures 1)")
    assert "evil" not in str(dict(event.detail))
    with home.catalogue() as catalogue:
        assert taken.aip is None
        assert len(catalogue.aips()) == 1  # the repository's own
    assert_sound(home)


def test_the_policy_may_leave_malware_to_an_archivist(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", {"evil.exe": MARK})

    taken = take_in(
        home, package, FormatPolicy(viruses=replace(SCANNED, found=AcceptFormat.REVIEW)), scanner=MarkScanner()
    )

    assert taken.status is TransferStatus.REVIEW
    assert len(home.events(EventType.VIRUS_CHECK)) == 1


@pytest.mark.parametrize("scanner", [None, MarkScanner(ready=False)], ids=["absent", "without signatures"])
def test_a_scanner_that_cannot_scan_lets_nothing_pass(
    home: TestHome, tmp_path: Path, scanner: MarkScanner | None
) -> None:
    package = write_files(tmp_path / "p", {"letter.txt": b"hello"})

    taken = take_in(home, package, FormatPolicy(viruses=SCANNED), scanner=scanner)

    assert taken.status is TransferStatus.FAILED
    assert "could not be scanned" in taken.reason
    assert_sound(home)


def test_where_the_policy_accepts_it_what_could_not_be_scanned_is_taken_in_with_a_warning(
    home: TestHome, tmp_path: Path
) -> None:
    package = write_files(tmp_path / "p", {"letter.txt": b"hello"})
    policy = FormatPolicy(viruses=replace(SCANNED, unavailable=AcceptFormat.ACCEPT))

    taken = take_in(home, package, policy, scanner=MarkScanner(ready=False))

    assert taken.status is TransferStatus.PRESERVED
    assert [one.code for one in taken.findings] == ["VIRUS-NOT-SCANNED"]
    (event,) = home.events(EventType.VIRUS_CHECK)
    assert (event.outcome, event.detail["not_scanned"]) == (EventOutcome.WARNING, True)
    with home.catalogue() as catalogue:
        table = catalogue.examination_table()
        assert [one for one, _ in table.to_be_scanned(before=event.time)].count(str(taken.aip)) == 1


def test_a_file_that_the_scanner_cannot_look_into_is_neither_clean_nor_infected(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", {"locked.zip": LOCKED, "letter.txt": b"hello"})

    taken = take_in(home, package, FormatPolicy(viruses=SCANNED), scanner=MarkScanner())

    assert taken.status is TransferStatus.PRESERVED
    assert [(one.code, one.path) for one in taken.findings] == [("VIRUS-NOT-LOOKED-INTO", "locked.zip")]
    (event,) = home.events(EventType.VIRUS_CHECK)
    assert (event.detail["infected"], event.detail["unscanned"]) == (0, 1)


def test_a_scan_that_is_off_is_said_to_be_off(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "p", {"letter.txt": b"hello"}))

    told = [one.detail["virus_scan"] for one in home.events(EventType.VALIDATION)]

    assert told == ["off"]
    assert home.events(EventType.VIRUS_CHECK) == []


def test_what_a_crash_lost_of_an_examination_is_found_by_the_job(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: object) -> None:
        raise Unavailable("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(ingest, "settle", gone)
        policy = FormatPolicy(examination=ExaminationPolicy(at_ingest=True))
        take_in(home, write_files(tmp_path / "p", FILES), policy, examiner=TextExaminer())
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        (aip,) = [one.id for one in repository.catalogue.aips() if one.id != repository.identity.id]

    report = examine(home)

    assert report.aips == 1
    assert set(known(home, aip)) == set(FILES)
