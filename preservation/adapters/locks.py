"""Locks by name for the processes of one machine. Keeps the promises of `ports.Locks`.

A lock is a lock on one byte of one file, far beyond its end, at a place that the name decides (Linux open file description
locks). The kernel ends it with the process that holds it. The file stays empty, so nothing has to be cleared away.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from preservation.errors import InUse, Unavailable

# Python names neither the commands nor the structure of fcntl(2): F_OFD_SETLK, and `struct flock` of 64-bit Linux.
_SET_LOCK = 37
_FLOCK = "hhqqi4x"
_SHORTEST_WAIT, _LONGEST_WAIT = 0.005, 0.1


class FileLocks:
    """Locks on one file, which is made where it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def hold(self, name: str, *, seconds: float, shared: bool = False) -> Iterator[None]:
        descriptor = self._open()
        try:
            deadline = time.monotonic() + seconds
            wait = _SHORTEST_WAIT
            while not _locked(descriptor, name, shared=shared):
                if time.monotonic() >= deadline:
                    raise InUse(f"another process keeps the lock {name!r} of {self._path.parent}")
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def try_hold(self, name: str) -> Iterator[bool]:
        descriptor = self._open()
        try:
            yield _locked(descriptor, name, shared=False)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written to: {error.strerror}") from error


def _locked(descriptor: int, name: str, *, shared: bool) -> bool:
    kind = fcntl.F_RDLCK if shared else fcntl.F_WRLCK
    at = int.from_bytes(sha256(name.encode()).digest()[:7])
    try:
        fcntl.fcntl(descriptor, _SET_LOCK, struct.pack(_FLOCK, kind, os.SEEK_SET, at, 1, 0))
    except (BlockingIOError, PermissionError):
        return False
    return True
