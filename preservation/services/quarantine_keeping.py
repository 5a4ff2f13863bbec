"""What lies in quarantine as evidence, and until when the policy wants it kept.

Nothing here removes it: what is past its time is for a person to take away, with the means of the place itself. The events say
what each thing was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.events import EventType
from preservation.domain.ledger import EventFilter
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.quarantine_register import QUARANTINE
from preservation.standards.ledger_entry import decode


@dataclass(frozen=True, slots=True)
class KeptAside:
    """One folder of quarantine: all that one repair set aside. `since` is None where no event tells of it yet."""

    place: str
    since: datetime | None
    until: datetime | None
    files: int
    bytes: int

    def is_past(self, now: datetime) -> bool:
        """Whether the policy no longer asks for it to be kept."""
        return self.until is not None and self.until <= now


def kept_aside(catalogue: Catalogue, policies: Policies, store: ReplicaStore) -> Iterator[KeptAside]:
    """Everything in a replica's quarantine, by place. Raises Unavailable if it cannot be listed."""
    days = timedelta(days=policies.replication.repair.quarantine_days)
    sizes: dict[str, tuple[int, int]] = {}
    for key, size in store.list(QUARANTINE):
        place = key.removeprefix(f"{QUARANTINE}/").partition("/")[0]
        files, amount = sizes.get(place, (0, 0))
        sizes[place] = (files + 1, amount + size)
    for place, (files, amount) in sorted(sizes.items()):
        since = _since(catalogue, place)
        yield KeptAside(place, since, None if since is None else since + days, files, amount)


def _since(catalogue: Catalogue, place: str) -> datetime | None:
    found = catalogue.events(EventFilter(aip=place, type=EventType.QUARANTINE.value), limit=1)
    return decode(found[0][1].entry, None, b"").time if found else None
