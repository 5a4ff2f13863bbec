"""`serve`, `api`, `worker`, `scheduler`: each takes this process's place.

The parts are programs of their own, so that a command pays for none of them, and the package knows no worker.
"""

import os
import sys
from typing import Annotated, NoReturn

import typer

from preservation.cli.console import HomeOption, settings_of
from preservation.errors import NotHere, WrongUse

PortOption = Annotated[int | None, typer.Option(min=1, max=65_535, help="The port, instead of what the settings say.")]
HostOption = Annotated[str | None, typer.Option(help="The address to listen at, instead of what the settings say.")]
SlotsOption = Annotated[
    int | None, typer.Option(min=1, max=64, help="How many jobs at a time, instead of what the settings say.")
]


def serve(
    host: HostOption = None, port: PortOption = None, slots: SlotsOption = None, home: HomeOption = None
) -> NoReturn:
    """Run API, worker and scheduler on this machine, until SIGTERM or Ctrl-C.

    Prints the address once it answers. A part that dies is started again.
    """
    _become("workers.supervisor", home, api_host=host, api_port=port, worker_slots=slots)


def api(host: HostOption = None, port: PortOption = None, home: HomeOption = None) -> NoReturn:
    """Run the HTTP API alone."""
    _become("preservation.api", home, api_host=host, api_port=port)


def worker(slots: SlotsOption = None, home: HomeOption = None) -> NoReturn:
    """Run jobs: with a broker those that it is told of, without one those in the database."""
    _become("workers.worker", home, worker_slots=slots)


def scheduler(home: HomeOption = None) -> NoReturn:
    """Queue what is due by policy. A second one waits, and takes over when the first is gone."""
    _become("workers.scheduler", home)


def _become(module: str, home: HomeOption, **given: str | int | None) -> NoReturn:
    """Run a module in this process's place, with what was given as settings. Its home is looked at first."""
    chosen = {f"PRESERVATION_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    os.environ.update(chosen)
    settings = settings_of(home)
    if not settings.home.is_dir():
        raise NotHere(f"{settings.home} is not a home: `preservation init` makes one")
    program = sys.executable
    if not program:
        raise WrongUse("this Python does not know where it is")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(program, [program, "-P", "-m", module, "--home", str(settings.home)])  # noqa: S606 - no shell is wanted
