"""An end to what hangs on a socket: whoever sends a byte now and then never runs into the socket's own timeout."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Deadline:
    """Within the block, what is watched is shut down once the time is over: its reader meets the end of the stream."""

    def __init__(self, seconds: float) -> None:
        self._watched: Callable[[], socket.socket | None] = lambda: None
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def watch(self, watched: Callable[[], socket.socket | None]) -> None:
        """`watched` gives the socket that is in use then, None where there is none yet: connecting has a timeout of its own."""
        self._watched = watched

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _shut(self) -> None:
        watched = self._watched()
        if watched is not None:
            with suppress(OSError):
                # Not by a TLS socket's own method, which another thread may be in.
                socket.socket.shutdown(watched, socket.SHUT_RDWR)
