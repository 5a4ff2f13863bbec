"""How each program here begins: its settings, its logs, and the garbage collector out of the way of what stays."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from preservation.errors import PreservationError, Unavailable
from preservation.logs import set_up_logs
from preservation.settings import Settings, read_settings

WRONG_USE = 2
COULD_NOT_TELL = 3


def begin(program: str, arguments: Sequence[str] | None = None) -> Settings:
    """The settings of the home that `--home` or PRESERVATION_HOME names. Ends the process where they make no sense."""
    parser = argparse.ArgumentParser(prog=f"python -m workers.{program}")
    parser.add_argument("--home", type=Path, default=None)
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(chosen.home, os.environ)
    except PreservationError as error:
        sys.stderr.write(f"preservation: {error}\n")
        sys.exit(COULD_NOT_TELL if isinstance(error, Unavailable) else WRONG_USE)
    set_up_logs(settings.log_level, settings.log_format, sys.stderr)
    return settings


def settle_memory() -> None:
    """Before forking: what is there stays, and a collector that does not touch it leaves its pages shared."""
    gc.collect()
    gc.freeze()
