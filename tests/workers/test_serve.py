"""`serve`: one command that runs all of it."""

import http.client
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.free_ports import free_port
from tests.workers.kit import Processes, eventually, in_session


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def running(leader: int, module: str) -> list[int]:
    """The processes of a session that run a module."""
    found = []
    for pid in in_session(leader):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            # One that a part had started for a moment.
            continue
        if module.encode() in words:
            found.append(pid)
    return found


@pytest.mark.slow
def test_serve_says_when_it_is_ready_restarts_what_dies_and_ends_with_all(service: Processes) -> None:
    port = free_port()
    serve = service.start("workers.supervisor", api_port=str(port))
    eventually(lambda: f"ready: http://127.0.0.1:{port}" in service.log.read_text(), "the address")
    assert ready(port)

    (api,) = running(serve.pid, "preservation.api")
    os.kill(api, signal.SIGKILL)
    (scheduler,) = running(serve.pid, "workers.scheduler")
    os.kill(scheduler, signal.SIGKILL)
    eventually(lambda: ready(port), "the API again")
    eventually(lambda: running(serve.pid, "workers.scheduler") not in ([], [scheduler]), "the scheduler again")

    serve.send_signal(signal.SIGTERM)
    assert serve.wait() == 0
    assert in_session(serve.pid) == []
    assert not ready(port)


@pytest.mark.slow
def test_nothing_of_serve_outlives_it(service: Processes) -> None:
    port = free_port()
    serve = service.start("workers.supervisor", api_port=str(port))
    eventually(lambda: ready(port), "readiness")

    serve.kill()
    serve.wait()
    eventually(lambda: in_session(serve.pid) == [], "the end of every part")

    assert not ready(port)


def test_serve_does_not_take_another_programs_address_for_its_own(service: Processes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        serve = service.start("workers.supervisor", api_port=str(port))

        assert serve.wait() == 2

    assert f"something listens at http://127.0.0.1:{port} already" in service.log.read_text()
