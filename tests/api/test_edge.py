"""What surrounds every request: ids, headers, limits, health, figures, and how the server ends."""

import json
import socket
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from preservation.adapters.opentelemetry_tracing import OpenTelemetryTracing
from preservation.api.edge import Patience
from preservation.domain.people import Role
from tests.api.api_server import ApiServer, Holdings, serve


@pytest.fixture(scope="module")
def hasty(holdings: Holdings) -> Iterator[ApiServer]:
    """A server that does not wait long, with a token for metrics."""
    with serve(holdings, patience=Patience(whole=0.5, silence=0.5), PRESERVATION_METRICS_TOKEN="scrape") as running:  # noqa: S106
        yield running


def test_an_answer_names_its_request_as_the_proxy_did_or_anew(api: ApiServer) -> None:
    client, given = api.client(), str(uuid.uuid4())

    assert client.get("/health/live", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    made = client.get("/problems/nothing", headers={"X-Request-ID": "../../etc"})
    assert str(uuid.UUID(made.headers["X-Request-ID"])) == made.headers["X-Request-ID"]
    assert made.json()["instance"] == f"urn:uuid:{made.headers['X-Request-ID']}"


def test_every_answer_has_the_security_headers(api: ApiServer) -> None:
    for path in ("/health/live", "/nowhere", "/api/v1/aips", "/problems/not-found"):
        headers = api.client().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert "Server" not in headers


def test_no_other_origin_is_given_leave(api: ApiServer) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = api.client().options("/api/v1/collections", headers=asked)

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/aips/", "/api/v1/aips/x", "/api/v1/jobs/%00", "/docs", "/openapi.json"]
)
def test_what_is_not_there_is_a_problem(api: ApiServer, path: str) -> None:
    answer = api.client(Role.AUDITOR).get(path)

    assert answer.status_code in (404, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_method_that_is_not_known_names_those_that_are(api: ApiServer) -> None:
    answer = api.client(Role.AUDITOR).delete("/api/v1/aips")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"
    assert answer.json()["type"] == "/problems/method-not-allowed"


def test_a_body_beyond_the_limit_is_refused(api: ApiServer) -> None:
    client = api.client(Role.ADMINISTRATOR)
    large = b'{"code": "' + b"x" * (1 << 21) + b'"}'

    told = client.post("/api/v1/collections", content=large, headers={"Content-Type": "application/json"})
    streamed = client.post("/api/v1/collections", content=iter([large]), headers={"Content-Type": "application/json"})
    for answer in (told, streamed):
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/too-large"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"code": "\\ud800", "title": "x"}', b"null"])
def test_a_body_that_is_no_json_is_a_problem(api: ApiServer, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.client(Role.ADMINISTRATOR).post("/api/v1/collections", content=body, headers=headers)

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_does_not_come_is_not_waited_for(hasty: ApiServer) -> None:
    with connection(hasty) as sent:
        head = "POST /api/v1/collections HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer administrator-everywhere\r\n"
        sent.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        answer = b"".join(iter(lambda: sent.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"/problems/timed-out" in answer


def test_a_request_head_beyond_the_limit_is_refused(api: ApiServer) -> None:
    with connection(api) as sent:
        sent.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\n")

        assert sent.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_connection_that_says_nothing_is_closed(api: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preservation.api.server.HEADER_SECONDS", 0.3)
    with connection(api) as silent, connection(api) as slow:
        slow.sendall(b"GET /health/live HT")

        assert silent.recv(100) == b""
        assert slow.recv(100) == b""


def connection(api: ApiServer) -> socket.socket:
    host, _, port = api.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def test_health_tells_alive_ready_and_degraded_apart(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)

    assert api.client().get("/health/live").json() == {"status": "alive"}
    assert api.client().get("/health/ready").json()["status"] == "ready"
    whole = client.get("/health").json()
    codes = {one["code"] for one in whole["reasons"]}
    assert whole["status"] == "degraded"
    assert {"HEALTH-NO-WORKER", "HEALTH-NO-SCHEDULER"} <= codes
    assert all(one["message"] for one in whole["reasons"])


def test_figures_are_for_the_token_of_scrapers_or_those_who_may_read_the_state(hasty: ApiServer) -> None:
    hasty.client(Role.AUDITOR).get(f"/api/v1/aips/{hasty.aip}")

    scraped = httpx.get(f"{hasty.url}/metrics", headers={"Authorization": "Bearer scrape"}, timeout=60)
    assert scraped.status_code == 200
    assert 'preservation_http_requests_total{method="GET",route="/api/v1/aips/{id}",status="200"}' in scraped.text
    assert "preservation_jobs" in scraped.text
    assert hasty.client(Role.AUDITOR).get("/metrics").status_code == 200
    assert hasty.client(Role.AUDITOR, "own").get("/metrics").status_code == 403
    assert httpx.get(f"{hasty.url}/metrics", headers={"Authorization": "Bearer wrong"}, timeout=60).status_code == 401


def test_a_mistake_of_ours_is_told_without_its_reason(holdings: Holdings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    with serve(holdings) as running, capture_logs() as logged:
        monkeypatch.setattr(type(running.repository.catalogue), "aip_view", broken)
        answer = running.client(Role.AUDITOR).get(f"/api/v1/aips/{running.aip}")

    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal"
    assert "secret" not in answer.text
    assert any("secret" in str(line) or line.get("exc_info") for line in logged)


def test_the_server_ends_though_somebody_watches_a_job(holdings: Holdings) -> None:
    with serve(holdings) as running:
        client = running.client(Role.ADMINISTRATOR)
        job = client.post("/api/v1/fixity/runs", json={}).json()
        watched = client.send(client.build_request("GET", f"/api/v1/jobs/{job['id']}/progress"), stream=True)
        first = next(line for line in watched.iter_lines() if line.startswith("data: "))
        began = time.monotonic()

    assert json.loads(first.removeprefix("data: "))["id"] == job["id"]
    assert time.monotonic() - began < 25
    watched.close()


def test_a_request_is_a_span_of_its_callers_trace_and_says_its_route_but_no_path(holdings: Holdings) -> None:
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracing(SimpleSpanProcessor(exporter), "api", "0.1")
    trace, caller = uuid.uuid4().hex, uuid.uuid4().hex[:16]
    with serve(holdings, tracer=tracer) as running:
        client = running.client(Role.AUDITOR)
        answer = client.get(f"/api/v1/aips/{running.aip}", headers={"traceparent": f"00-{trace}-{caller}-01"})

    (span,) = exporter.get_finished_spans()
    told = dict(span.attributes or {})
    assert span.name == "request GET"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace
    assert told == {
        "request.id": answer.headers["X-Request-ID"],
        "http.route": "/api/v1/aips/{id}",
        "http.response.status_code": 200,
    }
