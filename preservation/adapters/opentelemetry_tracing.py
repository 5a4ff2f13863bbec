"""Spans by OpenTelemetry. Loaded only where a collector is named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_EXPORT_SECONDS = 5


def otlp_tracing(endpoint: str, service: str, version: str) -> "OpenTelemetryTracing":
    """Batches, sent by a thread: a collector that is away delays nothing, and its spans are dropped."""
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_SECONDS)
    return OpenTelemetryTracing(BatchSpanProcessor(exporter), service, version)


class OpenTelemetryTracing:
    """Keeps the promises of `ports.Tracer`, with a provider of its own: nothing of it is global."""

    def __init__(self, processor: SpanProcessor, service: str, version: str) -> None:
        resource = Resource.create({"service.name": service, "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("preservation", version)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, attributes: Mapping[str, str | int], *, parent: str | None = None
    ) -> Iterator[str | None]:
        """The parent is the one given, or else the span that this thread is within."""
        context = self._propagator.extract({"traceparent": parent}) if parent else None
        # What an exception says may hold names that people gave: of it only the class is told.
        with self._tracer.start_as_current_span(
            name, context=context, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            carrier: dict[str, str] = {}
            self._propagator.inject(carrier)
            try:
                yield carrier.get("traceparent")
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise
            finally:
                span.set_attributes(dict(attributes))

    def close(self) -> None:
        """Flushes and ends the sending thread."""
        self._provider.shutdown()
