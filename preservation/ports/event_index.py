"""What the database says of events beside their entries: that by which they are found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class IndexedEvent:
    """An event's row. `key` orders events by their recording; all but `entry` repeats what the entry says."""

    key: int
    id: str
    type: str
    time: datetime
    outcome: str
    entry: bytes


class EventIndex(Protocol):
    """For whoever audits it. Reads see committed state. Raises Unavailable when the database does not answer."""

    def events(self, *, after: int, limit: int) -> Sequence[IndexedEvent]:
        """Rows behind a key, in order of keys."""
        ...

    def links(self) -> Iterator[tuple[int, str]]:
        """(event key, link) of every event, in any order: `object_link` of each object, `agent_link` of each agent, once."""
        ...

    def unplaced(self, limit: int) -> Sequence[str]:
        """Ids of events that have no place in the ledger and do not wait for one."""
        ...


def object_link(kind: str, id: str) -> str:
    """How a link to an object is told: no kind holds a space."""
    return f"{kind} {id}"


def agent_link(id: str) -> str:
    """How a link to an agent is told."""
    return f" {id}"
