"""What is held is scanned again by newer signatures: found is told, never removed; what could not be looked at is not clean."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.scratch import Scratch
from preservation.domain.alarms import AlarmCode
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.examination_alarms import examination_alarms
from preservation.errors import Unavailable
from preservation.services.examination_watch import count_examinations, kept_examinations
from preservation.services.virus_scanning import HeldVirusScan, VirusReport
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files
from tests.services.test_ingest_looking import MARK, MarkScanner

DATA = "representations/rep1/data/"


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


@contextmanager
def scanning(home: TestHome, scanner: MarkScanner) -> Iterator[HeldVirusScan]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        yield HeldVirusScan(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            clock=repository.clock,
            policies=repository.policies,
            scanner=scanner,
            scratch=Scratch(repository.home.staging, "virus-scan"),
        )


def scan(home: TestHome, scanner: MarkScanner, *, again: bool = False) -> VirusReport:
    with scanning(home, scanner) as service:
        return service.run(Quiet(), again=again)


def test_what_newer_signatures_find_is_told_and_nothing_is_removed(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"evil.exe": b"x" + MARK, "letter.txt": b"hello"}))
    before = home.show(aip)

    report = scan(home, MarkScanner())
    second = scan(home, MarkScanner())
    third = scan(home, MarkScanner(signatures="2"), again=True)

    assert (report.aips, report.files, report.infected) == (1, 2, 1)
    assert report.found == [(aip, DATA + "evil.exe", "Test.Mark")]
    assert (second.aips, third.aips) == (0, 1)
    events = home.events(EventType.VIRUS_CHECK)
    assert [(one.outcome, one.detail["scanner"]) for one in events] == [
        (EventOutcome.FAILURE, "mark-scanner 1 (signatures 1)"),
        (EventOutcome.FAILURE, "mark-scanner 1 (signatures 2)"),
    ]
    assert home.show(aip)["versions"] == before["versions"]
    assert_sound(home)


def test_malware_in_what_is_held_is_an_alarm_until_a_scan_finds_it_no_more(home: TestHome, tmp_path: Path) -> None:
    home.preserved(write_files(tmp_path / "p", {"evil.exe": MARK}))
    scan(home, MarkScanner())

    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        catalogue, now = repository.catalogue, repository.clock.now()
        count_examinations(catalogue, repository.identity.id, now)
        seen = kept_examinations(catalogue)

        assert [one.code for one in examination_alarms(seen, now)] == [AlarmCode.FILES_INFECTED]
        assert seen is not None
        assert (seen.files, seen.unexamined, seen.infected, seen.unscanned_aips) == (1, 1, 1, 0)


def test_a_rebuild_knows_which_files_are_infected(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"evil.exe": MARK}))
    scan(home, MarkScanner())

    preservation(
        "rebuild", "--from", home.replica("a"), "--home", tmp_path / "new", "--key", home.root / "keys" / "ledger.key"
    )

    with TestHome(tmp_path / "new").catalogue() as catalogue:
        assert [(one.aip, one.path, one.what) for one in catalogue.examination_table().infected()] == [
            (aip, DATA + "evil.exe", "Test.Mark")
        ]


def test_a_rebuild_that_has_lost_which_files_are_infected_leaves_the_aip_to_the_next_scan(
    home: TestHome, tmp_path: Path
) -> None:
    home.preserved(write_files(tmp_path / "p", {"evil.exe": MARK}))
    scan(home, MarkScanner())
    for text in home.replica("a").glob("texts/**/*.jsonl"):
        text.unlink()

    preservation(
        "rebuild", "--from", home.replica("a"), "--home", tmp_path / "new", "--key", home.root / "keys" / "ledger.key"
    )

    rebuilt = TestHome(tmp_path / "new")
    assert [row for row in rebuilt.dump() if row[0] in ("virus scan", "infection")] == []
    assert scan(rebuilt, MarkScanner()).infected == 1


def test_a_scanner_without_signatures_leaves_everything_unscanned(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"letter.txt": b"hello"}))

    with scanning(home, MarkScanner(ready=False)) as service, pytest.raises(Unavailable):
        service.run(Quiet())

    assert home.events(EventType.VIRUS_CHECK) == []
    with scanning(home, MarkScanner()) as service:
        long_ago = service.clock.now() - timedelta(days=365)
        assert aip in [one for one, _ in service.catalogue.examination_table().to_be_scanned(before=long_ago)]


def test_damaged_bytes_are_not_scanned_for_the_file(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"evil.exe": MARK}))
    for name in "ab":
        for path in home.object(aip, name).rglob("evil.exe"):
            path.write_bytes(b"harmless")

    report = scan(home, MarkScanner())

    assert (report.aips, [one for one, _ in report.waiting]) == (0, [aip])
    assert home.events(EventType.VIRUS_CHECK) == []
