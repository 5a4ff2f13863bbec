"""A folder for short-lived copies (ports.ScratchFolder)."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from preservation.errors import Unavailable, could_not

_SUFFIX = re.compile(r"(?:\.[0-9A-Za-z_-]{1,32})?\Z")


class Scratch:
    """Below `parent`, made when it is first needed; what a crash left of an earlier one is removed then.

    For one thread, of the one process that may do this kind of work in the home that `parent` belongs to: another kind
    has another `name`.
    """

    def __init__(self, parent: Path, name: str = "scratch") -> None:
        self._parent = parent
        self._prefix = f"{name}-"
        self._folder: Path | None = None
        self._placed = 0

    def place(self, suffix: str, chunks: Iterable[bytes]) -> str:
        if not _SUFFIX.match(suffix):
            raise ValueError(f"not a suffix: {suffix!r}")
        try:
            path = self._make() / f"{self._placed}{suffix}"
            self._placed += 1
            stream = path.open("xb", buffering=0)
        except OSError as error:
            raise _translated(error) from error
        try:
            with stream:
                for chunk in chunks:
                    _write(stream.fileno(), chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return str(path)

    def clear(self) -> None:
        """Also the folder itself; the next file makes another one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _make(self) -> Path:
        if self._folder is None:
            for left in self._parent.glob(f"{self._prefix}*"):
                shutil.rmtree(left, ignore_errors=True)
            self._folder = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self._parent))
        return self._folder


def _write(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError as error:
        raise _translated(error) from error


def _translated(error: OSError) -> Unavailable:
    return could_not("the scratch folder cannot be written to", error)
