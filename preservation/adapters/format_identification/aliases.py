"""Names that an engine can take, for files whose own it cannot: inside the engine's process and its scratch folder.

Siegfried is handed names as UTF-8 and hands them back as JSON; a name that is not UTF-8 is refused, and one with certain
control characters makes its answer unreadable. Such a file is looked at through a symbolic link that keeps its extension.
"""

import os
import re
from typing import Final

_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_EXTENSION: Final = re.compile(rb"\.[0-9A-Za-z_-]{1,32}\Z")


class Aliases:
    """Makes files in `scratch`, a folder that is made when it is first needed, and removes them in `clear`."""

    def __init__(self, scratch: str) -> None:
        self._scratch = os.fsencode(scratch)
        self._made: list[bytes] = []

    def plain(self, path: bytes) -> str:
        """The path as it is where that can be, else that of a link to it."""
        if _CONTROL.search(path) is None:
            try:
                return path.decode("utf-8")
            except UnicodeDecodeError:
                pass
        alias = self._fresh(path)
        os.symlink(os.path.abspath(path), alias)
        return os.fsdecode(alias)

    def ends(self, path: bytes, window: int) -> str:
        """A file of the first and the last `window` bytes of the one at `path`, which must have at least so many."""
        alias = self._fresh(path)
        with open(path, "rb") as source, open(alias, "wb") as target:
            target.write(source.read(window))
            source.seek(-window, os.SEEK_END)
            target.write(source.read(window))
        return os.fsdecode(alias)

    def clear(self) -> None:
        for alias in self._made:
            os.unlink(alias)
        self._made.clear()

    def _fresh(self, path: bytes) -> bytes:
        os.makedirs(self._scratch, mode=0o700, exist_ok=True)
        extension = _EXTENSION.search(path)
        alias = os.path.join(self._scratch, b"%d%s" % (len(self._made), extension.group() if extension else b""))
        self._made.append(alias)
        return alias
