"""The table of jobs on SQLite."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.jobs import JobProblem, JobProgress, JobState, Queue
from preservation.errors import Unavailable
from tests.contracts.catalogue_builders import NOON, later, urn
from tests.contracts.job_table import JobTableContract, a_job, add, table, take
from tests.contracts.job_table_model import JobModelContract
from tests.contracts.job_table_processes import JobProcessesContract

__all__ = ["table"]


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/jobs.db"
    upgrade(url)
    return url


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(url)
    yield opened
    opened.close()


class TestJobTableOnSQLite(JobTableContract, JobModelContract, JobProcessesContract):
    pass


def test_no_question_and_no_step_reads_the_table_from_end_to_end(catalogue: Catalogue, tmp_path: Path) -> None:
    statements: list[str] = []

    @event.listens_for(catalogue._engine, "connect")
    def trace(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(statements.append)

    jobs = catalogue.job_table()
    add(catalogue, *(a_job(number, subject=urn(9)) for number in range(6)))
    first, second, third, fourth = (take(jobs) for _ in range(4))
    take(jobs, id=urn(5))
    jobs.beat(first.id, first.token, now=NOON, until=later(9), progress=JobProgress())
    jobs.fail(first.id, first.token, now=NOON, problem=JobProblem("x", "y"), retry_at=None)
    jobs.hand_back(second.id, second.token, now=NOON)
    jobs.cancel(third.id, now=NOON)
    jobs.cancelled(third.id, third.token, now=NOON)
    jobs.retry(third.id, now=NOON)
    jobs.succeed(fourth.id, fourth.token, now=NOON, result={})
    jobs.settle_abandoned(now=NOON + timedelta(days=9))
    jobs.bring_forward(now=NOON)
    jobs.abandoned(now=NOON)
    jobs.unannounced(now=NOON, before=NOON)
    jobs.announced([urn(1)], now=NOON)
    jobs.figures(now=NOON)
    jobs.late(now=NOON)
    jobs.forget(ended_before=NOON)
    jobs.jobs(subject=urn(9))
    jobs.jobs(state=JobState.FAILED)
    jobs.job(urn(1))
    with jobs.watch(list(Queue)) as watch:
        watch.is_due(NOON)

    plain = sqlite3.connect(tmp_path / "jobs.db")
    plans = {
        statement: [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {statement}")]
        for statement in statements
        if " job " in statement
    }
    plain.close()
    assert len(plans) > 25
    for statement, steps in plans.items():
        assert not [step for step in steps if step.startswith("SCAN job") and "USING" not in step], (statement, steps)
        assert "ORDER BY due" not in statement or "USE TEMP B-TREE FOR ORDER BY" not in steps, statement
    leases = [steps for statement, steps in plans.items() if "token + 1" in statement and "ORDER BY due" in statement]
    assert leases
    assert all(any("USING INDEX ix_job_open (queue=? AND due<?)" in step for step in steps) for steps in leases)


def test_a_watch_asks_the_table_only_where_somebody_has_written(catalogue: Catalogue) -> None:
    asked: list[str] = []
    jobs = catalogue.job_table()
    with jobs.watch(list(Queue)) as watch:
        watch.is_due(NOON)
        watch._connection.set_trace_callback(asked.append)
        for second in range(100):
            watch.is_due(later(second))
        quiet = [statement for statement in asked if "FROM job" in statement]
        add(catalogue, a_job(1))
        found = watch.is_due(NOON)

    assert quiet == []
    assert found
    assert sum("FROM job" in statement for statement in asked) == 1


def test_a_watch_whose_connection_broke_connects_anew(catalogue: Catalogue) -> None:
    jobs = catalogue.job_table()
    add(catalogue, a_job(1))
    with jobs.watch(list(Queue)) as watch:
        watch.is_due(NOON)
        watch._connection.set_progress_handler(lambda: 1, 1)
        watch._version = None
        with pytest.raises(Unavailable):
            watch.is_due(NOON)

        assert watch.is_due(NOON)
