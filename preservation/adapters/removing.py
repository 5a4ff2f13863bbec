"""Removing a folder that strangers filled: what they made read-only in it goes as well, and no link is followed."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PLACE = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(folder: str | Path, *, dir_fd: int | None = None) -> None:
    """Away with a folder (in the open folder `dir_fd`) and all that is in it. Raises OSError, as where there is none."""
    try:
        shutil.rmtree(folder, dir_fd=dir_fd)
    except PermissionError:
        _open_up(os.fsencode(folder), dir_fd)
        shutil.rmtree(folder, dir_fd=dir_fd)


def _open_up(name: bytes, parent: int | None) -> None:
    """Let its owner, who has to be us, read and write in a folder and in those below it."""
    place = os.open(name, _PLACE, dir_fd=parent)
    try:
        # By what is open, not by its name, which may be a link's by now.
        os.chmod(f"/proc/self/fd/{place}", 0o700)
        inner = os.open(".", _FOLDER, dir_fd=place)
    finally:
        os.close(place)
    try:
        for each in os.listdir(inner):
            with suppress(NotADirectoryError, FileNotFoundError):
                _open_up(os.fsencode(each), inner)
    finally:
        os.close(inner)
