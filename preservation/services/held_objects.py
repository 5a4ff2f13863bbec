"""What a replica has where a copy is to be made: an object of some version, nothing, or pieces that are in its way."""

from collections.abc import Sequence
from hashlib import sha512

from preservation.domain.events import LinkedObject
from preservation.domain.fixity import Damaged
from preservation.domain.holdings import AIPVersion
from preservation.errors import InUse, Unavailable
from preservation.ports import Catalogue, Locks, Minter, ReplicaStore
from preservation.services.fixity_check import STRANGER
from preservation.services.fixity_events import FixityEvents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.object_files import read_inventory
from preservation.services.repair import Repair, set_stranger_aside


def held_version(store: ReplicaStore, root: str, versions: Sequence[AIPVersion]) -> int:
    """The newest version that is whole on the replica by its root inventory; 0 if that cannot be read."""
    data = read_inventory(store, f"{root}/inventory.json")
    if data is None:
        return 0
    found = sha512(data).hexdigest()
    for version in versions:
        if version.inventory_digest == found:
            return version.number
    raise Unavailable("the copy's root inventory is not one that the ledger knows: `fixity run` repairs it")


def set_pieces_aside(
    catalogue: Catalogue,
    recorder: EventRecorder,
    minter: Minter,
    locks: Locks,
    store: ReplicaStore,
    *,
    aip: str,
    keys: Sequence[str],
) -> None:
    """Keep what belongs to no object as evidence, with its events.

    InUse while somebody else changes the AIP: they may be of a version that is being made. Unavailable where one stays.
    """
    with locks.try_hold(f"aip:{aip}") as is_ours:
        if not is_ours:
            raise InUse(f"somebody else is at {aip}")
        repair_id = minter.urn().removeprefix("urn:uuid:")
        repairs = [set_stranger_aside(store, Damaged(key, "", STRANGER), repair_id) for key in keys]
        _record(catalogue, recorder, store, repairs)
    left = [one for one in repairs if not one.repaired]
    if left:
        raise Unavailable(f"{left[0].key} is in the way: {left[0].reason}")


def _record(catalogue: Catalogue, recorder: EventRecorder, store: ReplicaStore, repairs: Sequence[Repair]) -> None:
    events = FixityEvents(recorder)
    replica = [LinkedObject(id=store.id, kind="replica")]
    encoded = list(events.replica_found(store.id, [one.found for one in repairs]))
    for one in repairs:
        encoded.extend(events.repaired(replica, one))
    with catalogue.begin() as tx:
        tx.append_events(encoded)
