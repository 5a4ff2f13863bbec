"""Which queues a slot serves, and in which order, so that a flood of one kind of work starves no other.

Of several slots one is kept for what somebody waits for: packages that come in, and packages that go out. From three slots on
one more does everything but fixity runs and migrations, which take hours and are many. The others take every queue, and each
asks first at a queue that its turn names: nobody comes first always.
"""

from collections.abc import Sequence
from itertools import cycle

from preservation.domain.jobs import Queue

URGENT = frozenset({Queue.INGEST, Queue.ACCESS})
BRISK = frozenset(Queue) - {Queue.FIXITY, Queue.MIGRATION}
EVERY = frozenset(Queue)

# Whoever waits for an answer has more turns than what can be done tonight as well.
_TURNS = (
    Queue.INGEST,
    Queue.ACCESS,
    Queue.UPKEEP,
    Queue.INGEST,
    Queue.COPIES,
    Queue.INGEST,
    Queue.ACCESS,
    Queue.FIXITY,
    Queue.INGEST,
    Queue.MIGRATION,
)


def queues_of(slot: int, slots: int) -> frozenset[Queue]:
    """What slot number `slot` (from 0) of so many serves."""
    if slots > 1 and slot == 0:
        return URGENT
    if slots > 2 and slot == 1:
        return BRISK
    return EVERY


class Rota:
    """The turns of one slot."""

    def __init__(self, queues: frozenset[Queue]) -> None:
        self.queues = queues
        self._turns = cycle(queue for queue in _TURNS if queue in queues)

    def next(self) -> Sequence[frozenset[Queue]]:
        """Where to ask for a job, one after the other, until there is one."""
        first = frozenset({next(self._turns)})
        rest = self.queues - first
        return (first, rest) if rest else (first,)
