"""What surrounds every request: its id, its log line and figures, security headers, a time limit for its body, the last resort.

Plain ASGI, because it is on the way of every answer. Nothing here knows what a request is about.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from preservation.api import problem_types as kinds
from preservation.api.addresses import root_path
from preservation.api.problems import Problem, document
from preservation.ports.tracing import Tracer

# Told of each answer: method, the route's template, status, seconds.
Observe = Callable[[str, str, int, float], None]

UNKNOWN_ROUTE = "(none)"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("Cache-Control", "no-store"),
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How large a body may be, in bytes, and how long it may take, in seconds.

    An upload (by prefix of the path) is limited by its route alone, and by each silence.
    """

    largest: int = 1 << 20
    whole: float = 60.0
    silence: float = 60.0
    uploads: Sequence[str] = ("/api/v1/uploads",)


class Edge:
    """Wraps the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        observe: Observe | None = None,
        patience: Patience | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._app = app
        self._observe = observe
        self._tracer = tracer
        self._patience = patience or Patience()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._app, scope, receive, send, self._patience, self._observe)
        if self._tracer is None:
            await exchange.run()
            return
        told = exchange.told
        with self._tracer.span(f"request {scope['method']}", told, parent=_header(scope, b"traceparent")):
            await exchange.run()
            told.update(exchange.outcome)


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, patience: Patience, observe: Observe | None
    ) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._patience, self._observe = patience, observe
        path = str(scope["path"]).removeprefix(root_path(scope))
        self._is_upload = path.startswith(tuple(patience.uploads))
        self._began = time.monotonic()
        self._body_ended = False
        self._received = 0
        self._status = 0
        self._id = _request_id(scope)

    @property
    def told(self) -> dict[str, str | int]:
        """What a span says of the request when it begins."""
        return {"request.id": self._id}

    @property
    def outcome(self) -> Mapping[str, str | int]:
        """What it says in the end: by then the route is known. The path itself holds ids only, and is not told either."""
        return {"http.route": self._route, "http.response.status_code": self._status}

    async def run(self) -> None:
        self._scope["preservation.request_id"] = self._id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self._id)
        try:
            await self._app(self._scope, self._patiently, self._signed)
        except Exception:
            log.exception("request_broke", method=self._scope["method"], route=self._route)
            if self._status:
                # Half of an answer is out: closing the connection is the only way to say that the rest is missing.
                raise
            await document(Problem(kinds.INTERNAL), self._id)(self._scope, self._receive, self._signed)
        finally:
            self._tell()

    @property
    def _route(self) -> str:
        path = getattr(self._scope.get("route"), "path", None)
        return path if isinstance(path, str) else UNKNOWN_ROUTE

    def _tell(self) -> None:
        seconds = time.monotonic() - self._began
        if self._observe is not None:
            self._observe(self._scope["method"], self._route, self._status, seconds)
        log.info(
            "request_answered",
            method=self._scope["method"],
            route=self._route,
            status=self._status,
            milliseconds=round(seconds * 1000, 1),
            account=self._scope.get("preservation.account"),
        )

    async def _signed(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._id
            for name, value in _HEADERS:
                headers.setdefault(name, value)
            if self._scope.get("scheme") == "https":
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await self._send(message)

    async def _patiently(self) -> Message:
        """The next part of the body. 408 if it comes too late, 413 beyond the limit; no limit once it has ended."""
        if self._body_ended:
            return await self._receive()
        limit = self._patience.silence
        if not self._is_upload:
            limit = self._patience.whole - (time.monotonic() - self._began)
        try:
            message = await asyncio.wait_for(self._receive(), max(limit, 0.0))
        except TimeoutError as error:
            raise HTTPException(kinds.TIMED_OUT.status, headers={"Connection": "close"}) from error
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._body_ended = True
        self._received += len(message.get("body", b""))
        if self._received > self._patience.largest and not self._is_upload:
            raise HTTPException(kinds.TOO_LARGE.status, headers={"Connection": "close"})
        return message


def _request_id(scope: Scope) -> str:
    """The one that a proxy gave, if it is a UUID, so that both logs name the request alike; else a new one."""
    given = _header(scope, b"x-request-id")
    return given if given is not None and _UUID.match(given) else str(uuid.uuid4())


def _header(scope: Scope, name: bytes) -> str | None:
    return next((str(value, "latin-1") for one, value in scope["headers"] if one == name), None)
