"""Brokers of the tests' own: private servers with ports and folders of their own, from the Debian packages."""

import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.free_ports import free_port, free_ports

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 90


class BrokerServer:
    """A server that can be killed and started again on what it kept."""

    def __init__(
        self,
        arguments: list[str],
        environment: dict[str, str],
        port: int,
        url: str,
        log: Path,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """`forget` ends what the server leaves behind."""
        self.url = url
        self._forget = forget
        self._arguments = arguments
        self._environment = environment
        self._port = port
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it takes connections."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._arguments[0]} did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """With all of its processes, as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        self._forget()

    def _answers(self) -> bool:
        """A port that takes connections does not mean yet that somebody speaks the protocol."""
        greeting, answer = (
            (b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00") if self.url.startswith("amqp") else (b"PING\r\n", b"+PONG")
        )
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as connection:
                connection.sendall(greeting)
                return connection.recv(64).startswith(answer)
        except OSError:
            return False


def make_rabbitmq(folder: Path) -> BrokerServer:
    """A node that nobody else knows: its own name service, cookie and list of plugins."""
    port, distribution, names = free_ports(3)
    (folder / "plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text("loopback_users = none\nconsumer_timeout = 86400000\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "RABBITMQ_NODENAME": f"preservation{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    return BrokerServer([str(RABBITMQ)], environment, port, url, folder / "output", functools.partial(_end_epmd, names))


def _end_epmd(port: int) -> None:
    """Erlang's name service detaches itself; it ends when it is asked to and no node is registered any more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(b"\x00\x01k")
                connection.recv(16)
        except OSError:
            return
        time.sleep(0.1)


def make_redis(folder: Path) -> BrokerServer:
    """Every write is on the disk before it is acknowledged."""
    port = free_port()
    arguments = [
        *("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
        *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
    ]
    url = f"redis://127.0.0.1:{port}/0"
    return BrokerServer(arguments, dict(os.environ), port, url, folder / "output")


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[BrokerServer]:
    if not RABBITMQ.exists():
        pytest.skip("RabbitMQ is not installed (Debian: rabbitmq-server)")
    yield from _running(make_rabbitmq)


@pytest.fixture(scope="session")
def redis() -> Iterator[BrokerServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed (Debian: redis-server)")
    yield from _running(make_redis)


def _running(make: Callable[[Path], BrokerServer]) -> Iterator[BrokerServer]:
    with tempfile.TemporaryDirectory(prefix="preservation-broker-", ignore_cleanup_errors=True) as folder:
        server = make(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
