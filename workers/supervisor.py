"""`serve`: API, worker and scheduler on one machine, under one parent that restarts what dies and ends with all of them.

`python -m workers.supervisor --home HOME`. Each part is the program that runs it alone on a machine of its own as well.
"""

import errno
import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence

import structlog

from preservation.settings import Settings
from workers.opening import WRONG_USE, begin
from workers.parts import Part, keep_running, program

# The address is asked for so often until it answers, and said once.
_ASK_SECONDS = 0.2
_TIMEOUT = 5.0
_LATE_SECONDS = 60.0

log = structlog.get_logger()


def parts_of(settings: Settings) -> Sequence[Part]:
    """The programs of `serve`."""
    modules = {"api": "preservation.api", "worker": "workers.worker", "scheduler": "workers.scheduler"}
    return [
        # -P: what lies in the current folder is none of our modules.
        program(name, (sys.executable, "-P", "-m", module, "--home", str(settings.home)))
        for name, module in modules.items()
    ]


def address_of(settings: Settings) -> str:
    """Where people point their browser."""
    host = f"[{settings.api_host}]" if ":" in settings.api_host else settings.api_host
    return f"http://{host}:{settings.api_port}{settings.api_root_path}"


def announce_when_ready(settings: Settings) -> Callable[[], float | None]:
    """What is called until the API answers that it is ready; then the address is printed."""
    began = time.monotonic()
    late = False

    def ask() -> float | None:
        nonlocal late
        if _is_ready(settings):
            sys.stdout.write(f"ready: {address_of(settings)}\n")
            sys.stdout.flush()
            log.info("ready", address=address_of(settings), seconds=round(time.monotonic() - began, 1))
            return None
        if not late and time.monotonic() - began > _LATE_SECONDS:
            late = True
            log.error("not_ready", address=address_of(settings), seconds=_LATE_SECONDS)
        return _ASK_SECONDS if not late else 5.0

    return ask


def _is_ready(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.api_host, settings.api_host)  # noqa: S104 - only compared
    connection = http.client.HTTPConnection(host, settings.api_port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_taken(settings: Settings) -> bool:
    """Whether another program has the address: its answers must not be taken for ours."""
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    try:
        socket.create_server((settings.api_host, settings.api_port), family=family).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    settings = begin("supervisor", arguments)
    if _is_taken(settings):
        sys.stderr.write(f"preservation: something listens at {address_of(settings)} already: see api_port\n")
        return WRONG_USE
    log.info("serving", home=str(settings.home), pid=os.getpid())
    return keep_running(parts_of(settings), grace=settings.grace_seconds, watch=announce_when_ready(settings))


if __name__ == "__main__":
    sys.exit(main())
