"""A server that says what it is told to, line after line of what it hears, each letter after a pause."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest


class SlowServer:
    """Answers one connection: the first text at once or after the first request, then one text for each line that comes."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.heard: list[bytes] = []
        self._thread: threading.Thread | None = None

    def says(self, *texts: bytes, pause: float = 0.0) -> None:
        self._thread = threading.Thread(target=self._serve, args=(texts, pause))
        self._thread.start()

    def close(self) -> None:
        self._listening.close()
        if self._thread is not None:
            self._thread.join()

    def _serve(self, texts: tuple[bytes, ...], pause: float) -> None:
        with suppress(OSError):
            connection, _ = self._listening.accept()
            with connection, connection.makefile("rb") as lines:
                for text in texts:
                    if text.startswith(b"HTTP"):
                        while lines.readline().strip():
                            pass
                    for letter in text:
                        connection.sendall(bytes([letter]))
                        time.sleep(pause)
                    is_data = text.startswith(b"354")
                    while line := lines.readline():
                        self.heard.append(line.strip())
                        if not is_data or line == b".\r\n":
                            break


@pytest.fixture
def slow_server() -> Iterator[SlowServer]:
    server = SlowServer()
    yield server
    server.close()
