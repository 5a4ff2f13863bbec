"""Health tells apart what is alive, ready, and whole."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.engine import open_engine
from preservation.domain.jobs import Queue
from preservation.domain.messages import LANGUAGES, render
from preservation.domain.policies import Policies
from preservation.domain.replication_policy import ReplicationPolicy, Rule
from preservation.domain.service_figures import DiskSpace
from preservation.domain.workers import WorkerKind
from preservation.ports import Catalogue
from preservation.services.health import Health, HealthReport, HealthState
from tests.contracts.catalogue_builders import a_replica, an_event, urn
from tests.contracts.catalogue_events import append
from tests.contracts.watching_tables import a_worker
from tests.service_kit import SetClock, a_catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with a_catalogue(tmp_path) as opened:
        with opened.begin() as tx:
            tx.save_replica(a_replica(1))
            tx.save_replica(a_replica(2))
        opened.worker_table().save(a_worker(1))
        opened.worker_table().save(a_worker(2, WorkerKind.SCHEDULER))
        yield opened


def health(catalogue: Catalogue, *, away: dict[str, str] | None = None, free: int = 50) -> Health:
    return Health(
        catalogue=catalogue,
        clock=SetClock(),
        policies=Policies(replication=ReplicationPolicy(rule=Rule(copies=2))),
        away=lambda: away or {},
        disks=lambda: [DiskSpace("home", free << 30, 100 << 30)],
    )


def codes(report: HealthReport) -> list[str]:
    for language in LANGUAGES:
        assert all("{" not in render(one, language) for one in report.reasons)
    return [one.code for one in report.reasons]


def test_a_whole_service_is_ready(catalogue: Catalogue) -> None:
    service = health(catalogue)

    assert (service.ready().state, service.look().state) == (HealthState.READY, HealthState.READY)
    assert service.look().reasons == []


def test_a_replica_that_is_away_degrades(catalogue: Catalogue) -> None:
    report = health(catalogue, away={urn(801): "not mounted"}).look()

    assert report.state is HealthState.DEGRADED
    assert codes(report) == ["HEALTH-REPLICA-AWAY", "HEALTH-TOO-FEW-REPLICAS"]
    assert report.reasons[0].values == {"replica": "tape 1", "reason": "not mounted"}


def test_a_disk_that_is_nearly_full_degrades(catalogue: Catalogue) -> None:
    assert codes(health(catalogue, free=4).look()) == ["HEALTH-DISK-NEARLY-FULL"]


def _stop_workers(catalogue: Catalogue) -> None:
    catalogue.worker_table().leave(urn(1))


def _serve_less(catalogue: Catalogue) -> None:
    catalogue.worker_table().save(replace(a_worker(1), queues=frozenset(Queue) - {Queue.COPIES}))


def _silence_workers(catalogue: Catalogue) -> None:
    catalogue.worker_table().save(a_worker(1, beat=-76))


def _stop_scheduler(catalogue: Catalogue) -> None:
    catalogue.worker_table().leave(urn(2))


def _stop_sequencer(catalogue: Catalogue) -> None:
    append(catalogue, [an_event(-61)])


@pytest.mark.parametrize(
    ("defect", "expected"),
    [
        (_stop_workers, ["HEALTH-NO-WORKER"] * len(Queue)),
        (_silence_workers, ["HEALTH-NO-WORKER"] * len(Queue)),
        (_serve_less, ["HEALTH-NO-WORKER"]),
        (_stop_scheduler, ["HEALTH-NO-SCHEDULER"]),
        (_stop_sequencer, ["HEALTH-LEDGER-BEHIND"]),
    ],
)
def test_a_part_that_is_missing_degrades(
    catalogue: Catalogue, defect: Callable[[Catalogue], None], expected: list[str]
) -> None:
    defect(catalogue)

    report = health(catalogue).look()
    assert (report.state, codes(report)) == (HealthState.DEGRADED, expected)


def test_a_database_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database" * 1000)
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/x.db")
    service = health(catalogue)

    for report in (service.ready(), service.look()):
        assert (report.state, codes(report)) == (HealthState.UNREADY, ["HEALTH-DATABASE-AWAY"])
    catalogue.close()


def test_a_database_of_another_release_is_not_ready(tmp_path: Path, catalogue: Catalogue) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/service.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    engine.dispose()

    report = health(catalogue).look()
    assert (report.state, codes(report)) == (HealthState.UNREADY, ["HEALTH-SCHEMA-OLD"])
