"""A proxy before an S3 server that lies, refuses, hangs and breaks off when it is told to, at one request of many."""

import http.client
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})
_HANG_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request: `kind` is

    answer      it is answered with `status`
    drop        its connection is broken off
    hang        nothing is answered for longer than the client waits
    lie         it is answered 200 and nothing is stored or deleted
    etag        the answer names another ETag
    truncate    the answer ends in the middle
    checksum    the answer has a checksum that is wrong
    lag         a listing is empty

    `is_applied` says whether the server has carried it out before that.
    """

    kind: str
    status: int = 0
    is_applied: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind}{self.status or ''}{'-applied' if self.is_applied else ''}"


FAULTS = (
    *(Fault("answer", status, applied) for status in (403, 409, 412, 429, 500, 503) for applied in (False, True)),
    *(Fault("drop", is_applied=applied) for applied in (False, True)),
    *(Fault("hang", is_applied=applied) for applied in (False, True)),
    *(Fault(kind) for kind in ("lie", "etag", "truncate", "checksum", "lag")),
)


@dataclass(slots=True)
class FaultProxy:
    """`seen` counts requests since `arm`; the one with the armed number is struck, and those after it if it is `for_good`."""

    endpoint: str
    upstream: str
    seen: int = 0
    log: list[str] = field(default_factory=list)
    _at: int = -1
    _fault: Fault | None = None
    _for_good: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, at: int, fault: Fault | None, *, for_good: bool = False) -> None:
        """Strike the request with this number, counted from now."""
        with self._lock:
            self.seen, self._at, self._fault, self._for_good = 0, at, fault, for_good
            self.log.clear()

    def disarm(self) -> None:
        """Let everything through."""
        self.arm(-1, None)

    def next(self, line: str) -> Fault | None:
        """What happens to this request."""
        with self._lock:
            number = self.seen
            self.seen += 1
            self.log.append(line)
            is_struck = number == self._at or (self._for_good and number > self._at >= 0)
            return self._fault if is_struck else None


@contextmanager
def fault_proxy(upstream: str, tls: ssl.SSLContext | None = None) -> Iterator[FaultProxy]:
    """A proxy on a port of its own, before the server at this URL; behind TLS if a context is given."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    proxy = FaultProxy(f"{scheme}://127.0.0.1:{server.server_address[1]}", urlsplit(upstream).netloc)
    server.proxy = proxy  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that trusts no such certificate breaks off: nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body go out at once: waiting for an acknowledgement between them costs 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        proxy: FaultProxy = self.server.proxy  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        fault = proxy.next(f"{self.command} {self.path}")
        if fault is None:
            self._answer(*self._forward(proxy, body))
            return
        if fault.kind == "lie" and self.command in ("PUT", "POST", "DELETE"):
            self._answer(200, {"ETag": '"d41d8cd98f00b204e9800998ecf8427e"'}, b"")
            return
        applied = None
        if fault.is_applied or fault.kind not in ("answer", "drop", "hang"):
            applied = self._forward(proxy, body)
        self._strike(fault, applied)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - names of the base class

    def _strike(self, fault: Fault, applied: tuple[int, dict[str, str], bytes] | None) -> None:
        if fault.kind == "answer":
            error = f"<Error><Code>Injected{fault.status}</Code></Error>".encode()
            self._answer(fault.status, {"Content-Type": "application/xml", "Retry-After": "0"}, error)
            return
        if fault.kind in ("drop", "hang"):
            if fault.kind == "hang":
                time.sleep(_HANG_SECONDS)
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(2)
            return
        assert applied is not None
        status, headers, data = applied
        if fault.kind == "etag":
            headers = {**headers, "ETag": '"0123456789abcdef0123456789abcdef"'}
        if fault.kind == "checksum":
            headers = {**headers, "x-amz-checksum-sha256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
        if fault.kind == "lag" and b"<ListBucketResult" in data[:500]:
            data = b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></ListBucketResult>'
        self._answer(status, headers, data, cut=fault.kind == "truncate")

    def _forward(self, proxy: FaultProxy, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(proxy.upstream, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            upstream.request(self.command, self.path, body=body or None, headers=headers)
            answer = upstream.getresponse()
            data = answer.read()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            if self.command == "HEAD":
                kept["Content-Length"] = answer.headers.get("Content-Length", "0")
            return answer.status, kept, data
        finally:
            upstream.close()

    def _answer(self, status: int, headers: dict[str, str], data: bytes, *, cut: bool = False) -> None:
        with suppress(OSError):
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) // 2] if cut else data)
            self.wfile.flush()
            if cut and data:
                self.close_connection = True
                self.connection.shutdown(2)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests have a log of their own."""
