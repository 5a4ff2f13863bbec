"""Spans of one process, sent where the settings say."""

from collections.abc import Iterator
from contextlib import contextmanager

from preservation.adapters.tracing import open_tracing
from preservation.bootstrap.joining import SOFTWARE
from preservation.ports.tracing import Tracer
from preservation.settings import Settings


@contextmanager
def tracing(settings: Settings, part: str) -> Iterator[Tracer]:
    """For the life of a process that has forked already. `part` ("api", "worker") becomes the service's name."""
    tracer = open_tracing(settings.otlp_endpoint, f"preservation-{part}", SOFTWARE.version)
    try:
        yield tracer
    finally:
        tracer.close()
