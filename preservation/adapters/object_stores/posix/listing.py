"""What lies below a folder, sorted by key, without following a link."""

import os
from collections.abc import Iterator

from preservation.adapters.object_stores.posix import beneath
from preservation.errors import Unavailable


def walk(root: str, prefix: str) -> Iterator[tuple[str, int]]:
    """(key, size) of everything below `root/prefix` that is not a folder. Nothing if that is no folder itself.

    Links, pipes and devices are among them: they do not belong here, and whoever compares has to see them.
    """
    try:
        os.close(beneath.open_folder(root, prefix))
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unavailable(f"cannot list {prefix}: {error.strerror}") from error
    # A stack rather than recursion: how deep the folders go is not for us to say.
    above = [iter(_entries(f"{root}/{prefix}", prefix))]
    while above:
        entry = next(above[-1], None)
        if entry is None:
            above.pop()
            continue
        key, path, size = entry
        if size is None:
            above.append(iter(_entries(path, key)))
        else:
            yield key, size


def _entries(path: str, prefix: str) -> list[tuple[str, str, int | None]]:
    """(key, path, size) of a folder's entries in the order of the keys below them; the size of a folder is None."""
    found: list[tuple[str, str, int | None]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                size = _size(entry)
                if size is None or size >= 0:
                    found.append((f"{prefix}/{entry.name}", entry.path, size))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unavailable(f"cannot list {prefix}: {error.strerror}") from error
    found.sort(key=_by_key)
    return found


def _by_key(entry: tuple[str, str, int | None]) -> str:
    """All keys below the folder "a" begin with "a/", which sorts after "a-" and "a."."""
    key, _, size = entry
    return f"{key}/" if size is None else key


def _size(entry: os.DirEntry[str]) -> int | None:
    """None for a folder, -1 for what is gone by now."""
    if entry.is_dir(follow_symlinks=False):
        return None
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return -1
