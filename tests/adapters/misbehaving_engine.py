"""An engine that does what hostile files make engines do, in a real process: `python -m` this module.

A file is treated by its name: `dies…` kills the process, `hangs…` keeps it for ever, `babbles…` makes it send what is no
answer, `grows…` makes it allocate without end. Every other file is said to be fmt/1.
"""

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from preservation.adapters.format_identification.frames import Answer
from preservation.adapters.format_identification.server import serve
from preservation.domain.formats import Basis, FormatIdentification


class Misbehaving:
    version = "1"
    signatures = "none"

    def __init__(self, options: dict[str, str]) -> None:
        if "broken" in options:
            raise ValueError("no signatures here")
        self._hoard: list[bytes] = []

    def identify(self, paths: Sequence[str]) -> list[Answer]:
        return [self._one(Path(path).name) for path in paths]

    def _one(self, name: str) -> Answer:
        if name.startswith("dies"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("hangs"):
            threading.Event().wait()
        if name.startswith("grows"):
            while True:
                self._hoard.append(bytes(16 * 1024**2))
        if name.startswith("babbles"):
            return FormatIdentification(7, "", "", "", Basis.BYTE, "", "", "")  # type: ignore[arg-type]
        return FormatIdentification("fmt/1", name, "", "", Basis.BYTE, "misbehaving", "1", "none")


if __name__ == "__main__":
    serve("misbehaving", Misbehaving)
