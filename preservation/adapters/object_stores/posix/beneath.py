"""Opening what lies beneath a folder, without following a symbolic link on the way.

A link in place of a file or a folder of a replica is damage: what it leads to is not a copy that this replica holds, and may be
the very copy that another one holds. So it is treated as absent. openat2(2) has the kernel see to it in one call, which matters
where thousands of small files are read; where there is none (before Linux 5.6, or refused by a sandbox), each part of the path
is opened by itself.
"""

import ctypes
import errno
import os
import stat
import struct

# What an open fails with when the path leads to nothing, over a link, or through something that is no folder.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})

# Opening a pipe would wait for somebody to write into it.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_SYS_OPENAT2 = 437  # the same number on every architecture that Linux gave it after 2011
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_open_how = struct.Struct("=QQQ").pack  # flags, mode, resolve
_syscall = ctypes.CDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long
_syscall.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)


def open_file(root: str, key: str) -> int:
    """A descriptor of a regular file, for reading. FileNotFoundError if the key leads to anything else, or to nothing."""
    descriptor = _open(root, key, _FILE)
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        os.close(descriptor)
        raise
    if not regular:
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "not a regular file", key)
    return descriptor


def open_folder(root: str, key: str) -> int:
    """A descriptor of a folder, for use as `dir_fd`; the root itself for "". FileNotFoundError if there is no such folder."""
    return _open(root, key, _FOLDER)


def _open(root: str, key: str, flags: int) -> int:
    if key:
        try:
            return _openat2(root, key, flags)
        except OSError as error:
            if error.errno in _ABSENT:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), key) from error
            if error.errno not in (errno.ENOSYS, errno.EPERM):
                raise
    return open_by_parts(root, key, flags)


def _openat2(root: str, key: str, flags: int) -> int:
    # The root itself may lie behind a link: where it is, is for the administrator to say.
    base = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        how = _open_how(flags, 0, _RESOLVE_NO_SYMLINKS | _RESOLVE_BENEATH)
        descriptor = int(_syscall(_SYS_OPENAT2, base, os.fsencode(key), how, len(how)))
    finally:
        os.close(base)
    if descriptor < 0:
        failure = ctypes.get_errno()
        raise OSError(failure, os.strerror(failure), key)
    return descriptor


def open_by_parts(root: str, key: str, flags: int) -> int:
    """As openat2(2) does it, in as many calls as the key has parts."""
    folder, _, name = key.rpartition("/")
    steps = [(part, _FOLDER) for part in folder.split("/") if part]
    if name:
        steps.append((name, flags))
    try:
        # The root itself may lie behind a link: where it is, is for the administrator to say.
        descriptor = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        for part, step in steps:
            above = descriptor
            try:
                descriptor = os.open(part, step, dir_fd=above)
            finally:
                os.close(above)
    except OSError as error:
        if error.errno in _ABSENT:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), key) from error
        raise
    return descriptor
