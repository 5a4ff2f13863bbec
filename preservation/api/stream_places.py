"""How many answers without end may be given at one time: each holds a connection."""

from collections import Counter
from threading import Lock

MOST_STREAMS = 200
MOST_OF_ACCOUNT = 10


class StreamPlaces:
    """How many streams there are, in all and for each account. Safe for threads."""

    def __init__(self, most: int = MOST_STREAMS, most_of_account: int = MOST_OF_ACCOUNT) -> None:
        self._most, self._most_of_account = most, most_of_account
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    def take(self, account: str) -> bool:
        """Whether there was a place. What was taken has to be given back."""
        with self._lock:
            if self._taken.total() >= self._most or self._taken[account] >= self._most_of_account:
                return False
            self._taken[account] += 1
            return True

    def give_back(self, account: str) -> None:
        with self._lock:
            self._taken[account] -= 1
            if not self._taken[account]:
                del self._taken[account]
