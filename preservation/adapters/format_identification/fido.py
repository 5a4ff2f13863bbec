"""FIDO's answers in the domain's words, and the identifier that asks it."""

import re
from pathlib import Path
from typing import Final

from preservation.adapters.format_identification.engine_process import EngineCommand
from preservation.adapters.format_identification.limits import Limits
from preservation.adapters.format_identification.pool import ProcessIdentifier

ENGINE: Final = "fido"
SERVER: Final = "preservation.adapters.format_identification.fido_server"

_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def fido_identifier(
    *,
    processes: int = 1,
    limits: Limits | None = None,
    scratch: Path | None = None,
    seconds_per_file: float = 20.0,
    droid: Path | None = None,
    containers: Path | None = None,
    signatures: str = "",
) -> ProcessIdentifier:
    """FIDO in `processes` processes, started when first asked.

    A file that takes longer than `seconds_per_file` gets a sentence without ending the process. `droid` and `containers` are
    signature files of DROID to use instead of FIDO's own, `signatures` what answers call them.
    """
    options = {"seconds": str(seconds_per_file)}
    options |= {"droid": str(droid)} if droid is not None else {}
    options |= {"containers": str(containers)} if containers is not None else {}
    options |= {"signatures": signatures} if signatures else {}
    return ProcessIdentifier(
        EngineCommand(name=ENGINE, module=SERVER, options=options, environment={}),
        processes=processes,
        limits=limits or Limits(),
        scratch=scratch,
    )


def signatures_of(pronom_version: str, container_file: str) -> str:
    """`PRONOM V109, containers 2020-01-21`, in the form that siegfried's get too."""
    date = _DATE.search(container_file)
    return f"PRONOM V{pronom_version}" + (f", containers {'-'.join(date.groups())}" if date else "")
