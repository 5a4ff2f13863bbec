"""What this process counts of its own requests, for Prometheus, beside the figures of the whole service."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from preservation.adapters.metrics import FiguresCollector
from preservation.domain.service_figures import ServiceFigures

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """One for a process. Labels are routes and not addresses, so there are as many series as there are routes."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "preservation_http_requests",
            "Requests answered by this process.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "preservation_http_request_seconds",
            "How long answers took, until their last byte was sent.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self._registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        name = method if method in _METHODS else "other"
        self._requests.labels(name, route, str(status)).inc()
        self._seconds.labels(name, route).observe(seconds)

    def exposition(self, figures: ServiceFigures) -> bytes:
        """All of it in Prometheus' text format."""
        whole = CollectorRegistry(auto_describe=False)
        whole.register(FiguresCollector(figures))
        return generate_latest(whole) + generate_latest(self._registry)
