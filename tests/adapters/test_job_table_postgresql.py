"""The table of jobs on PostgreSQL."""

from collections.abc import Iterator

import psycopg
import pytest

from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.domain.jobs import Queue
from preservation.errors import Unavailable
from tests.adapters.test_catalogue_postgresql import plain
from tests.contracts.catalogue_builders import NOON, urn
from tests.contracts.job_table import JobTableContract, a_job, add, table, take, takes_nothing
from tests.contracts.job_table_model import JobModelContract
from tests.contracts.job_table_processes import JobProcessesContract
from tests.postgresql_server import postgresql_server, postgresql_url

__all__ = ["postgresql_server", "postgresql_url", "table"]

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url(postgresql_url: str) -> str:
    return postgresql_url


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(url)
    yield opened
    opened.close()


class TestJobTableOnPostgreSQL(JobTableContract, JobModelContract, JobProcessesContract):
    pass


def test_nobody_waits_for_a_row_that_another_worker_is_just_taking(catalogue: Catalogue, url: str) -> None:
    add(catalogue, a_job(1), a_job(2))
    jobs = catalogue.job_table()

    with psycopg.connect(plain(url)) as other:
        other.execute("SELECT 1 FROM job WHERE id = %s FOR UPDATE", (urn(1),))
        taken = take(jobs)
        nothing = takes_nothing(jobs)
    assert taken.id == urn(2)
    assert nothing
    assert take(jobs).id == urn(1)


def test_a_watch_whose_connection_broke_connects_anew(catalogue: Catalogue, url: str) -> None:
    add(catalogue, a_job(1))
    with catalogue.job_table().watch(list(Queue)) as watch, psycopg.connect(plain(url), autocommit=True) as other:
        watch.is_due(NOON)
        backend = watch._connection.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s)", (backend,))
        with pytest.raises(Unavailable):
            watch.is_due(NOON)

        assert watch.is_due(NOON)
