"""An event as the ledger keeps it."""

from dataclasses import dataclass
from datetime import datetime

from preservation.domain.events import Event


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event with its exact entry bytes (JCS JSON, at most 65,535 bytes), and what its commitment opens to.

    `private` is JCS JSON, `salt` 32 random bytes; both empty where the event has no private part.
    """

    event: Event
    entry: bytes
    salt: bytes
    private: bytes


@dataclass(frozen=True, slots=True)
class SequencedEvent:
    """An event at its place in the tree. `sequence` is the leaf index, None while not yet integrated."""

    sequence: int | None
    entry: bytes
    salt: bytes
    private: bytes | None  # None once erased


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What `audit list` selects by. None means any. Times are inclusive from, exclusive to, aware UTC."""

    aip: str | None = None
    type: str | None = None
    agent: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
