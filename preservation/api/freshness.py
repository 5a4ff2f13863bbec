"""The repository as it is now: replicas come back and go away, policies change, while the process runs."""

import time
from threading import Lock

from preservation.bootstrap import Repository

SECONDS = 10.0


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
                self._repository = self._repository.with_replicas()
                self._looked = time.monotonic()
            return self._repository

    def forget(self) -> None:
        """After a change of replicas or policies."""
        with self._lock:
            self._looked = float("-inf")
