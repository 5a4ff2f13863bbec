"""What checks need of each replica, and what there is, as metrics."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from preservation.domain.fixity_load import ReplicaPlan
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.service_figures import ServiceFigures

_PREFIX = "preservation_"


def checks_metrics(figures: ServiceFigures) -> Iterator[Metric]:
    """One family for each number; what was not measured yet has no sample."""
    families = {
        "checks_due": "Copies whose deadline has passed, counted up to ten thousand.",
        "checks_oldest_due_seconds": "For how long the copy that is due longest has been due.",
        "checks_needed_bytes_per_second": "What checks have to read in a second so that every window is kept.",
        "checks_needed_per_second": "How many copies have to be checked in a second so that every window is kept.",
        "checks_available_bytes_per_second": "What can be read in a second, as measured and allowed, over a day.",
        "checks_available_per_second": "How many copies can be checked in a second, as measured and allowed, over a day.",
        "checks_load": "Needed in parts of available: above 0.8 there is too little headroom, above 1 copies come late.",
        "copies_within_window": "The part of the copies that was checked within its window.",
    }
    gauges = {name: GaugeMetricFamily(_PREFIX + name, told, labels=["replica"]) for name, told in families.items()}
    for plan in figures.checks:
        name = figures.replica_names.get(plan.replica, plan.replica)
        for family, value in _samples(plan, figures).items():
            if value is not None:
                gauges[family].add_metric([name], value)
    yield from gauges.values()


def _samples(plan: ReplicaPlan, figures: ServiceFigures) -> dict[str, float | None]:
    due = plan.oldest_due
    waited = 0.0 if due is None or due == AT_ONCE else max(0.0, (figures.time - due).total_seconds())
    return {
        "checks_due": plan.waiting,
        "checks_oldest_due_seconds": waited,
        "checks_needed_bytes_per_second": plan.bytes_needed,
        "checks_needed_per_second": plan.checks_needed,
        "checks_available_bytes_per_second": plan.bytes_available,
        "checks_available_per_second": plan.checks_available,
        "checks_load": plan.load,
        "copies_within_window": plan.share_within,
    }
