"""FIDO's own process: `python -m` this module. The only place that loads FIDO."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from fido import __version__

from preservation.adapters.format_identification.fido import ENGINE, signatures_of
from preservation.adapters.format_identification.fido_answers import answer_from
from preservation.adapters.format_identification.fido_engine import FidoEngine
from preservation.adapters.format_identification.frames import Answer
from preservation.adapters.format_identification.server import serve


class TooSlow(BaseException):
    """The alarm rang. Not an Exception, so that no handler on the way swallows it."""


class TimedFido:
    """FIDO with an alarm for each file: some of its expressions need time that grows with the square of the file."""

    def __init__(self, options: Mapping[str, str]) -> None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8", errors="replace")  # noqa: SIM115 - open to the end
        droid, containers = options.get("droid"), options.get("containers")
        self._engine = FidoEngine(
            droid=Path(droid) if droid else None, containers=Path(containers) if containers else None
        )
        self._seconds = float(options["seconds"])
        self.version = __version__
        self.signatures = options.get("signatures") or signatures_of(
            self._engine.pronom_version, self._engine.container_file
        )
        signal.signal(signal.SIGALRM, _ring)

    def identify(self, paths: Sequence[str]) -> list[Answer]:
        return [self._one(path) for path in paths]

    def _one(self, path: str) -> Answer:
        try:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
            try:
                kind, matches, warning = self._engine.examine(path)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except TooSlow:
            return f"FIDO did not come to an end with this file within {self._seconds:g} seconds."
        except (OSError, MemoryError) as problem:
            return f"FIDO could not read the file: {type(problem).__name__}."
        return answer_from(kind, matches, warning, version=self.version, signatures=self.signatures)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


if __name__ == "__main__":
    serve(ENGINE, TimedFido)
