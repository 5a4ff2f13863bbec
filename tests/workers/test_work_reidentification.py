"""What timers and workers do about formats that may be known better by now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, JobState, Queue
from preservation.errors import InUse, WrongUse
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, make_home
from tests.package_builders import write_files
from workers.engines import Engines
from workers.errands import Errand
from workers.kinds import KINDS
from workers.schedules import PLANS

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    home = make_home(tmp_path / "home")
    home.preserved(write_files(tmp_path / "p", {"a.xml": b'<?xml version="1.0"?>\n<a/>\n'}))
    return home


@pytest.fixture
def repository(home: TestHome) -> Iterator[bootstrap.Repository]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as opened:
        yield opened


def do(repository: bootstrap.Repository, **parameters: Json) -> Any:
    job = Job(
        id="job",
        kind=JobKind.REIDENTIFY,
        queue=Queue.UPKEEP,
        state=JobState.RUNNING,
        created=NOON,
        due=NOON,
        parameters=parameters,
    )
    return KINDS[JobKind.REIDENTIFY](Errand(repository, job, Quiet(), Engines()))


def is_queued(repository: bootstrap.Repository) -> bool:
    plan = next(one for one in PLANS if one.schedule.kind is JobKind.REIDENTIFY)
    return bool(list(plan.wanted(repository, plan.schedule, NOON)))


def test_a_job_identifies_what_nobody_had_identified_once_and_only_where_the_policy_asks_an_engine(
    home: TestHome, repository: bootstrap.Repository
) -> None:
    switched_off = (is_queued(repository), do(repository))
    (home.root / "policies" / "formats.toml").write_text('first = "siegfried"\n')

    first, second = do(repository, limit=5), do(repository)

    assert switched_off == (False, {"engine": None, "asked": 0})
    assert is_queued(repository.with_policies())
    assert (first["engine"], first["aips"], first["asked"], first["changed"]) == ("siegfried", 1, 1, 1)
    assert second["asked"] == 0
    assert [one.puid for one in repository.catalogue.format_holdings() if one.puid] == ["fmt/101"]


def test_one_job_at_a_time_does_it_and_a_wrong_parameter_is_refused(repository: bootstrap.Repository) -> None:
    with repository.locks.hold("reidentification", seconds=0), pytest.raises(InUse):
        do(repository, engine="siegfried")
    with pytest.raises(WrongUse):
        do(repository, engine="droid")
