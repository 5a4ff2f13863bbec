"""The service's figures as Prometheus reads them (text format 0.0.4, OpenMetrics names).

Each scrape makes its families from values that were looked up for it; there is no state of a process in them, so that every
process of an installation answers the same. The age of what a timer has counted is a metric itself.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from preservation.adapters.metrics.checks import checks_metrics
from preservation.adapters.metrics.copies import copies_metrics
from preservation.adapters.metrics.examinations import examination_metrics
from preservation.domain.holdings import TransferStatus
from preservation.domain.jobs import JobState
from preservation.domain.service_figures import HoldingFigures, ServiceFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "preservation_"


def exposition(figures: ServiceFigures) -> bytes:
    """The answer to a scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FiguresCollector(figures))
    return generate_latest(registry)


class FiguresCollector(Collector):
    """For a registry of the caller's own, which may hold other collectors beside it."""

    def __init__(self, figures: ServiceFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every family, with its help and its unit in the name."""
        yield from self._jobs()
        yield from self._service()
        yield from self._ledger()
        if self._figures.holdings is not None:
            yield from self._holdings(self._figures.holdings)
        if self._figures.copies is not None:
            yield from copies_metrics(self._figures.copies)
        yield from checks_metrics(self._figures)
        if self._figures.examinations is not None:
            yield from examination_metrics(self._figures.examinations)

    def _jobs(self) -> Iterator[Metric]:
        jobs = _gauge("jobs", "Jobs that are queued or running, and those that ended within a day.", "queue", "state")
        oldest = _gauge("job_oldest_due_seconds", "For how long the oldest open job has been due.", "queue", "state")
        for one in self._figures.jobs:
            jobs.add_metric([one.queue.value, one.state.value], one.count)
            if one.state in (JobState.QUEUED, JobState.RUNNING):
                oldest.add_metric([one.queue.value, one.state.value], self._age(one.oldest_due))
        yield jobs
        yield oldest
        yield _single("jobs_late", "Queued jobs that wait longer than their queue promises.", self._figures.late)

    def _service(self) -> Iterator[Metric]:
        figures = self._figures
        workers = _gauge("workers", "Processes heard of lately.", "kind")
        for kind in sorted({one.kind for one in figures.workers}):
            workers.add_metric([kind.value], sum(one.kind is kind for one in figures.workers))
        yield workers
        free = _gauge("disk_free_bytes", "Room left where the service writes.", "place")
        total = _gauge("disk_bytes", "Size of the file system where the service writes.", "place")
        for disk in figures.disks:
            free.add_metric([disk.place], disk.free)
            total.add_metric([disk.place], disk.total)
        yield free
        yield total
        away = _gauge("replica_away", "1 for a replica that is not here.", "replica")
        for replica, name in figures.replica_names.items():
            away.add_metric([name], int(replica in figures.away))
        yield away
        alarms = _gauge("alarms", "Alarms that are on.", "code")
        for code, count in sorted(figures.alarms.items()):
            alarms.add_metric([code], count)
        yield alarms

    def _ledger(self) -> Iterator[Metric]:
        lag = self._figures.ledger
        yield _single("ledger_unsequenced_events", "Events that wait for their place in the ledger.", lag.events)
        yield _single("ledger_lag_seconds", "Age of the oldest event that waits.", self._age(lag.oldest))

    def _holdings(self, held: HoldingFigures) -> Iterator[Metric]:
        yield _single("figures_age_seconds", "Age of what was counted over all holdings.", self._age(held.time))
        yield _single("figures_seconds", "How long it took to count it.", held.seconds)
        yield _single("aips", "AIPs held.", held.aips)
        yield _single("files", "Files of head versions.", held.files)
        yield _single("content_bytes", "Bytes of head versions.", held.bytes)
        versions = _gauge("ingested_versions", "AIP versions made within the window.", "window")
        files = _gauge("ingested_files", "Files of AIP versions made within the window.", "window")
        size = _gauge("ingested_bytes", "Bytes of AIP versions made within the window.", "window")
        for window, taken in (("hour", held.last_hour), ("day", held.last_day)):
            versions.add_metric([window], taken.versions)
            files.add_metric([window], taken.files)
            size.add_metric([window], taken.bytes)
        yield from (versions, files, size)
        transfers = _gauge("transfers", "Transfers by what became of them.", "status")
        for status in TransferStatus:
            transfers.add_metric([status.value], held.transfers.get(status, 0))
        yield transfers
        yield from self._copies(held)

    def _copies(self, held: HoldingFigures) -> Iterator[Metric]:
        copies = _gauge("copies", "Copies by what was last found of them.", "replica", "state")
        overdue = _gauge("copies_overdue", "Copies not checked within the window of the fixity policy.", "replica")
        oldest = _gauge(
            "copy_oldest_check_seconds", "How long ago the copy that was checked first was checked.", "replica"
        )
        never = _gauge("copies_never_checked", "Copies that were never checked since they were written.", "replica")
        lacking = _gauge("copies_lacking", "AIPs of which the replica holds no intact copy of the head.", "replica")
        for one in held.replicas:
            name = self._name(one.replica)
            for state in ("intact", "damaged", "missing", "unreadable", "pending"):
                copies.add_metric([name, state], getattr(one, state))
            overdue.add_metric([name], held.overdue[one.replica])
            oldest.add_metric([name], self._age(one.oldest_check))
            never.add_metric([name], one.never_checked)
        for replica, count in held.lacking.items():
            lacking.add_metric([self._name(replica)], count)
        yield from (copies, overdue, oldest, never, lacking)

    def _name(self, replica: str) -> str:
        return self._figures.replica_names.get(replica, replica)

    def _age(self, since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (self._figures.time - since).total_seconds())


def _gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, told, labels=labels)


def _single(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, told, value=value)
