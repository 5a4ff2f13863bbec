"""File systems that are served by a program (FUSE): there syncfs(2) reaches the program's cache and not its medium.

The kernel passes on fsync(2) of a file or folder, and of syncfs nothing (but to virtiofs, which is not told apart here): so each
file of a version has to be flushed by itself. How well the program keeps its word is beyond us.
"""

import ctypes
import os
from collections.abc import Iterable

# statfs(2): FUSE_SUPER_MAGIC, of linux/magic.h. The first member of the structure is a word that says the type.
_FUSE = 0x65735546
_STATFS_BYTES = 512
_libc = ctypes.CDLL(None, use_errno=True)


def is_in_user_space(fd: int) -> bool:
    """Whether the file system of an open file is such a one. OSError if it does not tell."""
    told = ctypes.create_string_buffer(_STATFS_BYTES)
    if _libc.fstatfs(ctypes.c_int(fd), told) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return ctypes.c_long.from_buffer(told).value & 0xFFFFFFFF == _FUSE


def flush_below(folder: str) -> None:
    """What syncfs left to be done there; nothing on any other file system."""
    if is_served_by_a_program(folder):
        flush_each(folder)


def flush_placed(root: str, keys: Iterable[str]) -> None:
    """The same for single files under their keys, with the folders that name them."""
    if not is_served_by_a_program(root):
        return
    for key in keys:
        _flush(f"{root}/{key}", 0)
        parts = key.split("/")[:-1]
        for count in range(len(parts), -1, -1):
            _flush("/".join([root, *parts[:count]]), os.O_DIRECTORY)


def is_served_by_a_program(folder: str) -> bool:
    """`is_in_user_space` of a folder. OSError if it cannot be opened."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return is_in_user_space(fd)
    finally:
        os.close(fd)


def flush_each(folder: str) -> None:
    """fsync every file and folder below, and the folder itself last. Links and devices are passed over."""
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            flush_each(entry.path)
        elif entry.is_file(follow_symlinks=False):
            _flush(entry.path, 0)
    _flush(folder, os.O_DIRECTORY)


def _flush(path: str, flags: int) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
