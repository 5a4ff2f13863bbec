"""Where spans go: nowhere, or to a collector by OTLP over HTTP, as the setting `otlp_endpoint` says."""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from preservation.errors import WrongUse
from preservation.ports.tracing import Tracer

# Optional: the extra `tracing` of the package brings it.
_OPENTELEMETRY = "preservation.adapters.opentelemetry_tracing"


class NoTracing:
    """Nothing is traced, and nothing is loaded for it."""

    @contextmanager
    def span(
        self, name: str, attributes: Mapping[str, str | int], *, parent: str | None = None
    ) -> Iterator[str | None]:
        """The block, and nothing else."""
        yield None

    def close(self) -> None:
        """Nothing waits."""


def open_tracing(endpoint: str, service: str, version: str) -> Tracer:
    """What the settings ask for; `endpoint` is the URL of traces ("http://127.0.0.1:4318/v1/traces"), empty for none.

    To be called after a process has forked: threads do the sending. WrongUse where the libraries for it are not installed.
    """
    if not endpoint:
        return NoTracing()
    try:
        module = importlib.import_module(_OPENTELEMETRY)
    except ModuleNotFoundError as error:
        raise WrongUse(
            f"otlp_endpoint is set, but {error.name} is not installed: preservation[tracing] brings it"
        ) from error
    tracer: Tracer = module.otlp_tracing(endpoint, service, version)
    return tracer
