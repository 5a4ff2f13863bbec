"""The HTTP server: uvicorn with bounds on what a connection may hold and how long it may be silent."""

import asyncio
from threading import Event as Flag
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from preservation.settings import Settings

MAX_HEADERS = 32 * 1024
HEADER_SECONDS = 15.0
KEEP_ALIVE_SECONDS = 30
MAX_CONNECTIONS = 1000
GRACE_SECONDS = 20


class BoundedProtocol(H11Protocol):
    """Closes a connection that does not bring a whole request head in time: uvicorn's own limit begins with the first answer."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_idle():
            # The beginning of a next request, or of the first one: it has to become whole.
            if self._head is None and self.timeout_keep_alive_task is None and not self.transport.is_closing():
                self._head = self.loop.call_later(HEADER_SECONDS, self._give_up)
        else:
            self._calm()

    def _is_idle(self) -> bool:
        # Until the first request came there is no cycle, whatever its declared type says.
        cycle: object = self.cycle
        return cycle is None or self.cycle.response_complete

    def _calm(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        if self._is_idle() and not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """Tells the application that it is to end, so that answers without end (progress) come to theirs."""

    def __init__(self, config: uvicorn.Config, stopping: Flag) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)


def make_server(app: ASGIApp, settings: Settings, stopping: Flag) -> Server:
    """The server at the address that the settings name. `run()` serves until SIGTERM or SIGINT."""
    return Server(
        uvicorn.Config(
            app,
            host=settings.api_host,
            port=settings.api_port,
            root_path=settings.api_root_path,
            forwarded_allow_ips=settings.api_proxies,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=MAX_HEADERS,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
        stopping,
    )
