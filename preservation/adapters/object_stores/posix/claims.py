"""Claims on names in `work/`: what a living process stages there is left alone by the recovery of another one.

A claim is a lock (flock) on `work/<name>.claim`. The kernel lets go of it when its owner dies, however it dies, so a claim that
can be taken belongs to nobody any more. It is taken before anything is staged under the name, and given up after the last of it
is durable or gone: a claim that is found without an owner also says that something may not have been flushed.
"""

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from preservation.adapters.object_stores.posix import durable

WORK = "work"
_SUFFIX = ".claim"


class Claim:
    """The right to `work/<name>`. Give it up once, with `finish` or `leave`; both may be called again."""

    def __init__(self, lock: str, descriptor: int) -> None:
        self._lock = lock
        self._descriptor = descriptor

    @property
    def descriptor(self) -> int:
        """A file of the same file system, open since before anything was done under the name; -1 once given up."""
        return self._descriptor

    def finish(self) -> None:
        """Nothing is left under the name."""
        if self._descriptor >= 0:
            with suppress(FileNotFoundError):
                os.unlink(self._lock)
            self.leave()

    def leave(self) -> None:
        """Something may be left under the name: recovery may have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def take(root: str, name: str) -> Claim | None:
    """The claim on a name; None while somebody else who lives has it."""
    lock = f"{root}/{WORK}/{name}{_SUFFIX}"
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(lock, descriptor):
                return Claim(lock, descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        # Its owner finished between the two calls: the lock is on a file that has no name any more.
        os.close(descriptor)


def names(root: str) -> Sequence[str]:
    """Every name in `work/` that is claimed or taken, sorted."""
    try:
        found = os.listdir(f"{root}/{WORK}")
    except FileNotFoundError:
        return []
    return sorted({name.removesuffix(_SUFFIX) for name in found})


@contextmanager
def workspace(root: str, kind: str) -> Iterator[str]:
    """A new folder in `work/` for files that are on their way; gone at the end."""
    name = f"{kind}-{secrets.token_hex(12)}"
    claim = take(root, name)
    if claim is None:
        raise FileExistsError(errno.EEXIST, "somebody else works there", name)
    folder = f"{root}/{WORK}/{name}"
    try:
        os.mkdir(folder)
        yield folder
    finally:
        # What this leaves behind, recovery clears; the work itself is done, or failed for another reason.
        try:
            durable.remove_tree(folder)
            claim.finish()
        except OSError:
            claim.leave()


def _is_still(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False
