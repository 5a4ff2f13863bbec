"""The operating system's errors as ours."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from preservation.errors import DiskFull, Unavailable

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises DiskFull or Unavailable in an OSError's place. What is missing is a case of its own wherever it may be."""
    try:
        yield
    except OSError as error:
        kind = DiskFull if error.errno in _NO_ROOM else Unavailable
        raise kind(f"{what}: {error.strerror}") from error
