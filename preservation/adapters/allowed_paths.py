"""Packages that lie on the server: only below folders that the administrator allows."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from preservation.errors import NotAllowed, NotHere, Unavailable, WrongUse


def resolve(text: str, roots: Sequence[Path]) -> Path:
    """Where a path leads, every link followed. NotAllowed if that is not below one of the roots, whether it is there or not.

    Raises WrongUse for a text that is no absolute path, NotHere if nothing is there, Unavailable if it cannot be looked at.
    """
    if not text.startswith("/") or "\0" in text:
        raise WrongUse("a path on the server is absolute")
    try:
        found = Path(os.path.realpath(text))
        allowed = [Path(os.path.realpath(root)) for root in roots]
    except OSError as error:
        raise Unavailable(f"the path cannot be followed: {error.strerror}") from error
    if not any(found != root and found.is_relative_to(root) for root in allowed):
        raise NotAllowed("this path is not below a folder that the administrator allows")
    try:
        if stat.S_ISLNK(found.lstat().st_mode):
            raise WrongUse("the links at this path lead nowhere")
    except FileNotFoundError as error:
        raise NotHere("nothing is at this path") from error
    except OSError as error:
        raise Unavailable(f"the path cannot be looked at: {error.strerror}") from error
    return found
