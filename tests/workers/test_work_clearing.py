"""Clearing away: what cannot be cleared of one kind keeps nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from preservation.domain.jobs import Job, JobKind, JobState, NewJob, Queue
from preservation.errors import Unavailable
from tests.contracts.catalogue_builders import urn
from tests.services.fixity_kit import Quiet, a_home
from workers.engines import Engines
from workers.errands import Errand
from workers.kinds import KINDS


def test_a_place_that_cannot_be_cleared_keeps_no_other_from_being_cleared(tmp_path: Path) -> None:
    with a_home(tmp_path, versions=1) as kit:
        repository = kit.repository
        now = repository.clock.now()
        for folder in (repository.home.deposits, repository.home.exports, repository.home.staging):
            folder.mkdir(exist_ok=True)
        with repository.catalogue.begin() as tx:
            tx.add_job(NewJob(id=urn(1), kind=JobKind.EXPORT), now=now - timedelta(days=40))
        repository.catalogue.job_table().cancel(urn(1), now=now - timedelta(days=40))
        repository.home.exports.rmdir()
        repository.home.exports.touch()
        job = Job(id="job", kind=JobKind.CLEANUP, queue=Queue.UPKEEP, state=JobState.RUNNING, created=now, due=now)

        with pytest.raises(Unavailable, match="exports"):
            KINDS[JobKind.CLEANUP](Errand(repository, job, Quiet(), Engines()))

        assert repository.catalogue.job_table().job(urn(1)) is None
