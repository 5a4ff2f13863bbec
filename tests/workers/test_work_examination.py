"""What timers and workers do about files: they are examined, and scanned where the policy wants that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.domain.events import Json
from preservation.domain.examination_policy import ExaminationPolicy, VirusPolicy, VirusScan
from preservation.domain.jobs import Job, JobKind, JobState, Queue
from preservation.domain.policies import FormatPolicy
from preservation.errors import InUse, Unavailable
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, make_home
from tests.package_builders import write_files
from workers import turns
from workers.engines import Engines
from workers.errands import Errand
from workers.kinds import KINDS
from workers.schedules import PLANS

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    home = make_home(tmp_path_factory.mktemp("work") / "home", identify=True)
    home.preserved(write_files(tmp_path_factory.mktemp("package") / "p", {"a.xml": b"<a/>\n", "b.xml": b"<b>\n"}))
    return home


@pytest.fixture
def repository(home: TestHome) -> Iterator[bootstrap.Repository]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as opened:
        yield opened


def ruled(repository: bootstrap.Repository, **formats: Any) -> bootstrap.Repository:
    return replace(repository, policies=replace(repository.policies, formats=FormatPolicy(**formats)))


def wanted(repository: bootstrap.Repository, name: str) -> int:
    plan = next(one for one in PLANS if one.schedule.name == name)
    return len(list(plan.wanted(repository, plan.schedule, NOON)))


def do(repository: bootstrap.Repository, kind: JobKind, **parameters: Json) -> Any:
    job = Job(
        id="job",
        kind=kind,
        queue=Queue.UPKEEP,
        state=JobState.RUNNING,
        created=NOON,
        due=NOON,
        parameters=parameters,
    )
    return KINDS[kind](Errand(repository, job, Quiet(), Engines()))


def test_a_job_examines_what_is_held_once(repository: bootstrap.Repository) -> None:
    first = do(repository, JobKind.EXAMINE, limit=5)
    second = do(repository, JobKind.EXAMINE)

    assert (first["examined_aips"], first["files"], first["invalid"]) == (1, 2, 1)
    assert [one["path"].rpartition("/")[2] for one in first["invalid_files"]] == ["b.xml"]
    assert second["examined_aips"] == 0


def test_what_a_timer_asked_for_gives_way_after_its_turn_and_goes_on_behind_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    home = make_home(tmp_path / "home", identify=True)
    for name in ("p", "q", "r"):
        home.preserved(write_files(tmp_path / name, {f"{name}.xml": b"<a/>\n"}))
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        first = do(repository, JobKind.EXAMINE, schedule="examination")
        (following,) = repository.catalogue.job_table().jobs(kind=JobKind.EXAMINE)
        asked = do(repository, JobKind.EXAMINE)

    assert (first["examined_aips"], first["more"]) == (1, True)
    assert (following.state, following.parameters) == (JobState.QUEUED, {"schedule": "examination"})
    assert (asked["examined_aips"], asked["more"]) == (2, False)


def test_two_examinations_at_once_are_one_after_the_other(repository: bootstrap.Repository) -> None:
    with repository.locks.hold("examination", seconds=1), pytest.raises(InUse):
        do(repository, JobKind.EXAMINE)


def test_timers_ask_for_what_the_policy_wants(repository: bootstrap.Repository) -> None:
    silent = ruled(repository, examination=ExaminationPolicy(held=False))
    scanned = ruled(repository, viruses=VirusPolicy(VirusScan.CLAMAV))

    assert [wanted(one, "examination") for one in (repository, silent)] == [1, 0]
    assert [wanted(one, "virus scan") for one in (repository, scanned)] == [0, 1]


def test_a_scan_that_is_off_says_so_and_one_without_signatures_is_tried_again(
    repository: bootstrap.Repository, tmp_path: Path
) -> None:
    off = do(repository, JobKind.VIRUS_SCAN)
    scanned = ruled(repository, viruses=VirusPolicy(VirusScan.CLAMAV))
    without = replace(scanned, settings=replace(scanned.settings, clamav_database=tmp_path / "absent"))

    assert off == {"scanner": "off", "scanned_aips": 0}
    with pytest.raises(Unavailable):
        do(without, JobKind.VIRUS_SCAN)
