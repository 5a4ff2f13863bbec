"""What lies in quarantine and is in no event: the trace of a repair that was cut off between its act and its record.

Moving a file and recording that it was moved cannot be one step. So whatever an event does not account for is accounted for
by the next check of the replica: nothing is set aside unseen.
"""

from collections.abc import Iterator, Mapping, Sequence

from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.ledger import EncodedEvent, EventFilter
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.fixity_report import named
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations

QUARANTINE = "quarantine"
FILES_IN_EVENT = 500


def place_of(aside: str) -> LinkedObject:
    """The folder of quarantine that a file was moved to, as an event is linked to it."""
    return LinkedObject(id=aside.removeprefix(f"{QUARANTINE}/").partition("/")[0], kind=QUARANTINE, role="outcome")


def unrecorded(
    catalogue: Catalogue, locations: Locations, store: ReplicaStore, recorder: EventRecorder
) -> Iterator[EncodedEvent]:
    """An event for each folder of quarantine that none tells of yet. Raises Unavailable if the replica cannot be listed."""
    for place, keys in _by_place(store).items():
        if catalogue.events(EventFilter(aip=place), limit=1):
            continue
        files: list[Json] = [named(key) for key in keys[:FILES_IN_EVENT]]
        yield recorder.event(
            EventType.QUARANTINE,
            EventOutcome.SUCCESS,
            objects=[
                *_aips(catalogue, locations, store.id, keys),
                LinkedObject(id=store.id, kind="replica"),
                place_of(f"{QUARANTINE}/{place}"),
            ],
            detail={"act": "found without a record of its own", "files": len(keys)},
            private={"kept_as": files},
        )


def _aips(catalogue: Catalogue, locations: Locations, replica: str, keys: Sequence[str]) -> Iterator[LinkedObject]:
    """The AIPs whose files these are, so that each one's history tells of it. Looks at every copy: it is rarely asked."""
    # quarantine/<place>/<storage root>/<three folders>/<object root>/...
    roots = {"/".join(key.split("/")[2:7]) for key in keys}
    after: str | None = None
    while page := catalogue.copies_on(replica, after=after):
        for copy in page:
            if locations.object_root(copy.aip) in roots:
                yield LinkedObject(id=copy.aip, kind="aip", version=copy.version or None)
        after = page[-1].aip


def _by_place(store: ReplicaStore) -> Mapping[str, list[str]]:
    places: dict[str, list[str]] = {}
    for key, _ in store.list(QUARANTINE):
        places.setdefault(place_of(key).id, []).append(key)
    return places
