"""The files at or below a path, without following a link anywhere below it."""

import os
import stat
from collections.abc import Iterator

WalkedFile = bytes | tuple[bytes, str]


def walk_files(path: bytes) -> Iterator[WalkedFile]:
    """Every file below a folder, sorted by name within each folder; a file as itself.

    What is no file is yielded too, so that it gets its sentence; a folder that cannot be opened is yielded with the reason.
    Folders are opened by descriptor with O_NOFOLLOW, so that one replaced by a link while we look is not entered. Memory
    grows with the widest folder and the depth, not with the number of files.
    """
    try:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            yield path
            return
    except OSError:
        yield path
        return
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        try:
            names, folders = _list(folder)
        except OSError as problem:
            yield folder, f"The folder cannot be looked into: {problem.strerror}."
            continue
        yield from (os.path.join(folder, name) for name in names)
        waiting.extend(os.path.join(folder, name) for name in reversed(folders))


def _list(folder: bytes) -> tuple[list[bytes], list[bytes]]:
    """(names of what is not a folder, names of folders), each sorted."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with os.scandir(descriptor) as entries:
            names: list[bytes] = []
            folders: list[bytes] = []
            for entry in entries:
                kind = folders if entry.is_dir(follow_symlinks=False) else names
                kind.append(os.fsencode(entry.name))
    finally:
        os.close(descriptor)
    return sorted(names), sorted(folders)
