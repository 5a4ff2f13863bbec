"""Whether a path leads to something that an engine may open, asked before it opens it."""

import os
import stat


def size_of(path: bytes) -> int | str:
    """The size in bytes of a regular file; a sentence for anything else.

    Links are not followed: what they lead to is not part of what was handed in. A pipe or a device would hold the engine
    for ever.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return "There is no such file."
    except OSError as problem:
        return f"The file cannot be looked at: {problem.strerror}."
    except ValueError:
        return "There is no path."
    if stat.S_ISREG(status.st_mode):
        return status.st_size
    if stat.S_ISDIR(status.st_mode):
        return "This is a folder, not a file."
    if stat.S_ISLNK(status.st_mode):
        return "This is a symbolic link, which is not followed."
    return "This is not a regular file."
