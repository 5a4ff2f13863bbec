"""The operating system's errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from preservation.errors import could_not


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises DiskFull or Unavailable in an OSError's place. What is missing is a case of its own wherever it may be."""
    try:
        yield
    except OSError as error:
        raise could_not(what, error) from error
