"""What a table of jobs must do for processes. Subclass it, and give fixtures: `catalogue`, an empty one, and `url`, its own."""

import multiprocessing
from collections import Counter

from preservation.adapters.database.catalogue import open_catalogue
from preservation.domain.jobs import JobKind, JobState, NewJob, Queue
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import NOON, later, urn

JOBS = 90
WORKERS = 3


def work(url: str, worker: str) -> list[tuple[str, int]]:
    """Lease and end jobs until there are none; what was leased, with its token."""
    catalogue = open_catalogue(url)
    table = catalogue.job_table()
    done: list[tuple[str, int]] = []
    empty = 0
    while empty < 2:
        job = table.lease(list(Queue), worker, now=NOON, until=later(60))
        if job is None:
            empty += 1
            continue
        empty = 0
        table.succeed(job.id, job.token, now=NOON, result={"by": worker})
        done.append((job.id, job.token))
    catalogue.close()
    return done


class JobProcessesContract:
    def test_processes_that_work_at_once_share_the_jobs_and_none_is_done_twice(
        self, catalogue: Catalogue, url: str
    ) -> None:
        kinds = [JobKind.INGEST, JobKind.FIXITY, JobKind.EXPORT]
        with catalogue.begin() as tx:
            for number in range(JOBS):
                tx.add_job(NewJob(id=urn(number), kind=kinds[number % 3]), now=NOON)

        with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
            shares = pool.starmap(work, [(url, f"w{number}") for number in range(WORKERS)])

        assert Counter(lease for share in shares for lease in share) == {(urn(n), 1): 1 for n in range(JOBS)}
        ended = catalogue.job_table().jobs(limit=1000)
        assert {job.state for job in ended} == {JobState.SUCCEEDED}
        assert sum(job.result is not None for job in ended) == JOBS
