"""Spans: off unless a collector is named, joined across processes, silent about what people wrote."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from preservation.adapters.opentelemetry_tracing import OpenTelemetryTracing
from preservation.adapters.tracing import NoTracing, open_tracing


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def tracing(exporter: InMemorySpanExporter) -> OpenTelemetryTracing:
    return OpenTelemetryTracing(SimpleSpanProcessor(exporter), "worker", "0.1")


def test_a_span_tells_its_name_its_ids_and_who_made_it(exporter: InMemorySpanExporter) -> None:
    tracer = tracing(exporter)
    with tracer.span("job ingest", {"job_id": "urn:uuid:1", "attempt": 2}):
        pass
    tracer.close()

    (span,) = exporter.get_finished_spans()
    assert (span.name, dict(span.attributes or {})) == ("job ingest", {"job_id": "urn:uuid:1", "attempt": 2})
    assert span.resource.attributes["service.name"] == "worker"
    assert span.end_time is not None
    assert span.start_time is not None
    assert span.end_time >= span.start_time


def test_a_span_within_another_is_its_child(exporter: InMemorySpanExporter) -> None:
    tracer = tracing(exporter)
    with tracer.span("outer", {}), tracer.span("inner", {}):
        pass

    inner, outer = exporter.get_finished_spans()
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id


def test_work_that_another_process_carries_on_belongs_to_the_same_trace(exporter: InMemorySpanExporter) -> None:
    request, worker = tracing(exporter), tracing(exporter)
    with request.span("POST /transfers", {"request_id": "r"}) as handed_on:
        pass
    with worker.span("job ingest", {}, parent=handed_on):
        pass
    with worker.span("job check", {}, parent="not a traceparent"):
        pass

    first, second, third = exporter.get_finished_spans()
    assert first.context is not None
    assert second.context is not None
    assert third.context is not None
    assert second.parent is not None
    assert (second.context.trace_id, second.parent.span_id) == (first.context.trace_id, first.context.span_id)
    assert third.parent is None
    assert third.context.trace_id != first.context.trace_id


def test_of_an_exception_only_its_class_is_told(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(KeyError), tracing(exporter).span("job ingest", {}):
        raise KeyError("Hồ sơ của bà Nguyễn Thị A.pdf")

    (span,) = exporter.get_finished_spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "KeyError")
    assert span.events == ()
    assert "Nguy" not in span.to_json()


def test_without_a_collector_nothing_is_traced_and_nothing_is_loaded() -> None:
    program = (
        "import sys; from preservation.adapters.tracing import open_tracing\n"
        "tracer = open_tracing('', 'x', '1')\n"
        "with tracer.span('x', {}) as handed_on: assert handed_on is None\n"
        "tracer.close(); print([name for name in sys.modules if 'opentelemetry' in name])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert isinstance(open_tracing("", "x", "1"), NoTracing)


def test_a_collector_that_is_away_fails_nothing() -> None:
    tracer = open_tracing("http://127.0.0.1:1/v1/traces", "worker", "0.1")

    with tracer.span("job ingest", {}) as handed_on:
        pass
    tracer.close()
    assert handed_on is not None
