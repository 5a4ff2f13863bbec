"""Drift: a replica's listing held against the catalogue, both ways, without reading any content.

Objects that the catalogue does not know, and copies that it counts and that the listing lacks. It finds in minutes what a fixity
run finds within its window: a bucket that somebody emptied, a folder that was restored from an old image. It changes
nothing; what is missing is made right by the fixity run that looks at it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from preservation.domain.copies_seen import Drift
from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.holdings import ReplicaRecord
from preservation.ports import Catalogue, Clock, ReplicaStore
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import HOLDINGS, RECORD, Locations
from preservation.services.replica_strangers import KnownObjects, known_objects, object_roots

DRIFT = "drift"
_NAMED = 100


def look_for_drift(
    catalogue: Catalogue,
    locations: Locations,
    recorder: EventRecorder,
    clock: Clock,
    record: ReplicaRecord,
    store: ReplicaStore,
) -> Drift:
    """Compare one replica. What differs is an event (a warning), and an alarm until it no longer does.

    Memory is 16 bytes an object. Raises ReplicaAway where the replica is not there, or goes while it is listed; nothing is said
    of it then.
    """
    store.check_identity()
    known = known_objects(catalogue, locations, record.id)
    unknown: list[str] = []

    def roots() -> Iterator[str]:
        for storage_root in (HOLDINGS, RECORD):
            for found in object_roots(store, storage_root):
                if found.rpartition("/")[2] not in known:
                    unknown.append(found)
                yield found

    listed = KnownObjects(roots())
    if unknown:
        # Some may have been taken in while the others were looked at.
        known = known_objects(catalogue, locations, record.id)
        unknown = [one for one in unknown if one.rpartition("/")[2] not in known]
    absent = _absent(catalogue, locations, record, store, listed)
    now = clock.now()
    drift = Drift(now, len(listed), len(unknown), len(absent))
    _record(catalogue, recorder, record, drift, unknown[:_NAMED], absent[:_NAMED])
    catalogue.note_table().note(
        DRIFT,
        record.id,
        {"time": now.isoformat(), "objects": drift.objects, "unknown": drift.unknown, "absent": drift.absent},
        now=now,
    )
    return drift


def absent_copies(
    catalogue: Catalogue, locations: Locations, record: ReplicaRecord, store: ReplicaStore
) -> Sequence[str]:
    """AIPs of which the catalogue counts a copy on a replica that does not list it. Raises ReplicaAway."""
    store.check_identity()
    listed = KnownObjects(root for storage_root in (HOLDINGS, RECORD) for root in object_roots(store, storage_root))
    return _absent(catalogue, locations, record, store, listed)


def last_drift(catalogue: Catalogue, replica: str) -> Drift | None:
    """What the last look found; None where nobody has looked yet."""
    noted = catalogue.note_table().noted(DRIFT).get(replica)
    if not isinstance(noted, dict):
        return None
    time, counts = noted.get("time"), [noted.get(name) for name in ("objects", "unknown", "absent")]
    if not isinstance(time, str) or not all(isinstance(count, int) for count in counts):
        return None
    objects, unknown, absent = (int(str(count)) for count in counts)
    return Drift(datetime.fromisoformat(time), objects, unknown, absent)


def _record(
    catalogue: Catalogue,
    recorder: EventRecorder,
    record: ReplicaRecord,
    drift: Drift,
    unknown: list[str],
    absent: Sequence[str],
) -> None:
    """An event where anything differs: whole agreement, daily, is no news."""
    if not drift.unknown and not drift.absent:
        return
    strangers: list[Json] = [*unknown]
    event = recorder.event(
        EventType.FIXITY_CHECK,
        EventOutcome.WARNING,
        objects=[
            LinkedObject(id=record.id, kind="replica"),
            *(LinkedObject(id=aip, kind="aip") for aip in absent),
        ],
        detail={
            "act": "listing compared",
            "method": "C",
            "objects": drift.objects,
            "unknown": drift.unknown,
            "absent": drift.absent,
        },
        private={"unknown": strangers} if strangers else None,
    )
    with catalogue.begin() as tx:
        tx.append_events([event])


def _absent(
    catalogue: Catalogue, locations: Locations, record: ReplicaRecord, store: ReplicaStore, listed: KnownObjects
) -> Sequence[str]:
    found = [aip for aip in _counted(catalogue, record.id) if _is_absent(store, locations.object_root(aip), listed)]
    # An unmounted folder lists nothing: then all of this would be said of an empty mount point.
    store.check_identity()
    return found


def _counted(catalogue: Catalogue, replica: str) -> Iterator[str]:
    """AIPs of which the catalogue counts a copy on the replica; one that was found missing is known to be."""
    after: str | None = None
    while page := catalogue.copies_on(replica, after=after):
        yield from (copy.aip for copy in page if copy.version and copy.state.value != "missing")
        after = page[-1].aip


def _is_absent(store: ReplicaStore, root: str, listed: KnownObjects) -> bool:
    """Not listed, and not there when asked for by name: listings lag, and a copy may be newer than the listing."""
    return root.rpartition("/")[2] not in listed and store.size(f"{root}/inventory.json") is None
