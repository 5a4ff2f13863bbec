"""`python -m preservation.api --home DIR`: the HTTP API as a process of its own. `preservation api` becomes this."""

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Event as Flag

import structlog

from preservation import bootstrap
from preservation.api.app import create_app
from preservation.api.server import make_server
from preservation.bootstrap.bells import job_bell
from preservation.bootstrap.standing_lock import standing_lock
from preservation.bootstrap.tracing import tracing
from preservation.errors import Conflict, ForkedLedger, NotHere, PreservationError, WrongUse
from preservation.logs import set_up_logs
from preservation.settings import Settings, read_settings

log = structlog.get_logger()

_WRONG, _COULD_NOT = 2, 3


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. 0 after a clean end, 2 for wrong settings, 3 where the repository could not be opened."""
    parser = argparse.ArgumentParser(prog="preservation api", description=__doc__)
    parser.add_argument("--home", type=Path, default=None)
    try:
        settings = read_settings(parser.parse_args(arguments).home, os.environ)
        set_up_logs(settings.log_level, settings.log_format, sys.stderr)
        return _serve(settings)
    except (WrongUse, NotHere, Conflict) as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG
    except (ForkedLedger, PreservationError) as error:
        sys.stderr.write(f"{error}\n")
        return _COULD_NOT


def _serve(settings: Settings) -> int:
    stopping = Flag()
    with tracing(settings, "api") as tracer, bootstrap.serving(settings) as repository, job_bell(settings) as bell:
        app = create_app(repository, bell=bell, stopping=stopping, tracer=tracer)
        server = make_server(app, settings, stopping)
        log.info("api_starts", host=settings.api_host, port=settings.api_port)
        with standing_lock(settings, repository.locks, give_up=lambda: os.kill(os.getpid(), signal.SIGTERM)):
            server.run()
        # uvicorn gives up by itself where it cannot listen.
        return 0 if server.started else _COULD_NOT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
