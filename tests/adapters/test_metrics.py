"""What Prometheus is told, read back by its own parser."""

from collections.abc import Mapping
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from preservation.adapters.metrics import exposition
from preservation.domain.copies_seen import CopiesSeen, Drift, FaultsSeen, PeerSeen
from preservation.domain.filed_examinations import ExaminationFigures
from preservation.domain.holdings import ReplicaFigures, TransferStatus
from preservation.domain.jobs import JobState, Queue, QueueFigures
from preservation.domain.replication_gap import BelowPolicy, Gap
from preservation.domain.service_figures import DiskSpace, HoldingFigures, LedgerLag, ServiceFigures, Taken
from preservation.domain.workers import WorkerKind
from tests.contracts.catalogue_builders import NOON, later
from tests.contracts.watching_tables import a_worker

HELD = HoldingFigures(
    time=later(-30),
    seconds=1.5,
    aips=10,
    files=100,
    bytes=1 << 40,
    last_hour=Taken(1, 2, 3),
    last_day=Taken(4, 5, 6),
    transfers={TransferStatus.PRESERVED: 9, TransferStatus.RUNNING: 1},
    replicas=[ReplicaFigures("r1", 10, 99, 7, 1, 1, 0, 1, later(-86_400), 2, 6)],
    lacking={"r1": 3, "r2": 10},
)
FIGURES = ServiceFigures(
    time=NOON,
    jobs=[
        QueueFigures(Queue.INGEST, JobState.QUEUED, 5, later(-90)),
        QueueFigures(Queue.INGEST, JobState.FAILED, 2, None),
    ],
    late=1,
    holdings=HELD,
    ledger=LedgerLag(7, later(-3)),
    workers=[a_worker(1), a_worker(2), a_worker(3, WorkerKind.SCHEDULER)],
    disks=[DiskSpace("home", 25, 100)],
    replica_names={"r1": 'tape "1"\n', "r2": "băng 2"},
    away=frozenset({"r2"}),
    alarms={"ALARM-JOBS-LATE": 2},
    examinations=ExaminationFigures(files=90, unexamined=4, invalid=3, worsened=2, infected=1, unscanned_aips=5),
)


def read(figures: ServiceFigures) -> Mapping[tuple[str, ...], float]:
    """(name, label values...) of every sample."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition(figures).decode())
        for sample in family.samples
    }


def test_every_figure_is_told() -> None:
    samples = read(FIGURES)

    tape = 'tape "1"\n'
    expected = {
        ("preservation_content_files",): 90,
        ("preservation_files_unexamined",): 4,
        ("preservation_files_invalid",): 3,
        ("preservation_files_worsened",): 2,
        ("preservation_files_infected",): 1,
        ("preservation_aips_unscanned",): 5,
        ("preservation_jobs", "ingest", "queued"): 5,
        ("preservation_jobs", "ingest", "failed"): 2,
        ("preservation_job_oldest_due_seconds", "ingest", "queued"): 90,
        ("preservation_jobs_late",): 1,
        ("preservation_workers", "worker"): 2,
        ("preservation_workers", "scheduler"): 1,
        ("preservation_disk_free_bytes", "home"): 25,
        ("preservation_disk_bytes", "home"): 100,
        ("preservation_replica_away", tape): 0,
        ("preservation_replica_away", "băng 2"): 1,
        ("preservation_alarms", "ALARM-JOBS-LATE"): 2,
        ("preservation_ledger_unsequenced_events",): 7,
        ("preservation_ledger_lag_seconds",): 3,
        ("preservation_figures_age_seconds",): 30,
        ("preservation_aips",): 10,
        ("preservation_content_bytes",): 1 << 40,
        ("preservation_ingested_files", "hour"): 2,
        ("preservation_ingested_bytes", "day"): 6,
        ("preservation_transfers", "preserved"): 9,
        ("preservation_transfers", "rejected"): 0,
        ("preservation_copies", tape, "damaged"): 1,
        ("preservation_copies_overdue", tape): 4,
        ("preservation_copy_oldest_check_seconds", tape): 86_400,
        ("preservation_copies_never_checked", tape): 2,
        ("preservation_copies_lacking", tape): 3,
        ("preservation_copies_lacking", "băng 2"): 10,
    }
    assert {key: samples.get(key) for key in expected} == expected


def test_an_age_is_told_of_open_jobs_only() -> None:
    assert ("preservation_job_oldest_due_seconds", "ingest", "failed") not in read(FIGURES)


def test_before_the_first_count_the_rest_is_told() -> None:
    samples = read(replace(FIGURES, holdings=None))

    assert ("preservation_jobs_late",) in samples
    assert not [name for name in samples if name[0] == "preservation_aips"]


def test_two_answers_share_nothing() -> None:
    assert exposition(FIGURES) == exposition(FIGURES)
    assert read(replace(FIGURES, late=9))[("preservation_jobs_late",)] == 9


def test_what_is_short_of_the_policy_is_told_by_collection_and_demand() -> None:
    seen = CopiesSeen(
        below=[
            BelowPolicy("c1", frozenset({"r1"}), 5, Gap(copies=2, regions=1)),
            BelowPolicy("c1", frozenset({"r2"}), 3, Gap(copies=1)),
        ],
        held=["băng 2"],
        disputed={"urn:1": NOON},
        drift={"băng 2": Drift(NOON, 9, 1, 2)},
        peers=[PeerSeen("university", {"urn:1": NOON}, NOON, NOON)],
        faults={"băng 2": FaultsSeen(3, 86_400.0, None)},
    )

    samples = read(replace(FIGURES, copies=seen))

    expected = {
        ("preservation_aips_below_policy", "c1", "copies"): 8,
        ("preservation_aips_below_policy", "c1", "regions"): 5,
        ("preservation_copies_below_policy",): 13,
        ("preservation_replica_repairs_held", "băng 2"): 1,
        ("preservation_aips_disputed",): 1,
        ("preservation_replica_drift", "unknown", "băng 2"): 1,
        ("preservation_replica_drift", "absent", "băng 2"): 2,
        ("preservation_peer_faults", "university"): 1,
        ("preservation_copy_faults", "băng 2"): 3,
        ("preservation_fault_detect_seconds", "băng 2"): 86_400,
    }
    assert {key: samples[key] for key in expected} == expected
