"""The repository as it is now: replicas come back and go away, policies change, while the process runs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from preservation.bootstrap import Repository
from preservation.errors import Unavailable, WrongUse

SECONDS = 10.0


def with_policies(repository: Repository) -> Repository:
    """The same, with the policies as they are in the home now. Unavailable where they are not what policies can be."""
    with _told_to_operators():
        return repository.with_policies()


@contextmanager
def _told_to_operators() -> Iterator[None]:
    """What is wrong with a file of the archive's own is no mistake of whoever asks, and is logged as any failure of ours."""
    try:
        yield
    except WrongUse as error:
        raise Unavailable(f"what the archive has decided cannot be read: {error}") from error


class FreshRepository:
    """Looks at replicas and policies again, at most every few seconds. Safe for threads."""

    def __init__(self, repository: Repository, seconds: float = SECONDS) -> None:
        self._repository = repository
        self._seconds = seconds
        self._lock = Lock()
        self._looked = float("-inf")

    def __call__(self) -> Repository:
        with self._lock:
            if time.monotonic() - self._looked > self._seconds:
                with _told_to_operators():
                    self._repository = self._repository.with_replicas()
                self._looked = time.monotonic()
            return self._repository

    def forget(self) -> None:
        """After a change of replicas or policies."""
        with self._lock:
            self._looked = float("-inf")
