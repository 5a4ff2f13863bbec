"""The identifier that asks siegfried."""

from pathlib import Path
from typing import Final

from preservation.adapters.format_identification.engine_process import EngineCommand
from preservation.adapters.format_identification.limits import Limits
from preservation.adapters.format_identification.pool import ProcessIdentifier
from preservation.adapters.format_identification.siegfried_answers import ENGINE

SERVER: Final = "preservation.adapters.format_identification.siegfried_server"

_ENVIRONMENT: Final = {"GOMAXPROCS": "1", "GOGC": "400", "GOMEMLIMIT": "768MiB", "GOTRACEBACK": "none"}
"""One scan at a time needs one processor: letting Go spread it costs a fifth more time in waking threads. Collecting garbage
a quarter as often as Go would saves some 7 % for some 70 MB."""


def siegfried_identifier(
    *, signature: Path | None = None, processes: int = 2, limits: Limits | None = None, scratch: Path | None = None
) -> ProcessIdentifier:
    """Siegfried in `processes` processes, started when first asked.

    `signature` is a siegfried database (`.sig`) to use instead of the one built in. `scratch` is a folder for short-lived
    links, the system's for temporary files if None.
    """
    options = {} if signature is None else {"signature": str(signature)}
    return ProcessIdentifier(
        EngineCommand(name=ENGINE, module=SERVER, options=options, environment=_ENVIRONMENT),
        processes=processes,
        limits=limits or Limits(),
        scratch=scratch,
    )
