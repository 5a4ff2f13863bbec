"""Where an export reads from, and what an AIP must consist of."""

from collections.abc import Sequence
from hashlib import sha512

from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import AIPVersion, CopyState
from preservation.errors import NotHere, Unavailable
from preservation.ports import Catalogue
from preservation.services.access_reading import Holder
from preservation.services.replica_set import ReplicaSet

_MISSING = "EXPORT-SOURCE-MISSING"
_UNREADABLE = "EXPORT-SOURCE-UNREADABLE"


def find_holders(catalogue: Catalogue, replicas: ReplicaSet, version: AIPVersion) -> list[Holder]:
    """Replicas that can be reached, those first whose copy is known to be intact and new enough."""
    copies = {copy.replica: copy for copy in catalogue.copies(version.aip)}
    sound: list[Holder] = []
    doubtful: list[Holder] = []
    for replica, store in replicas.stores.items():
        copy = copies.get(replica)
        holder = Holder(store, replicas.name(replica), copy.version if copy is not None else 0)
        is_sound = copy is not None and copy.state is CopyState.INTACT and copy.version >= version.number
        (sound if is_sound else doubtful).append(holder)
    return [*sound, *doubtful]


def explain_lost_inventory(
    versions: Sequence[AIPVersion], object_root: str, holders: Sequence[Holder], notes: FindingLog
) -> tuple[str, bool]:
    """Which inventory no replica gave as it is on record, and whether one of them could not be read, so that it may be there.

    `versions` are those that are needed. What each replica has of that inventory goes to the notes.
    """
    for version in reversed(versions):
        name = f"v{version.number}/inventory.json"
        states = [_state(holder, f"{object_root}/{name}", version.inventory_digest) for holder in holders]
        if all(code for code, _ in states):
            for holder, (code, reason) in zip(holders, states, strict=True):
                if code != _MISSING or holder.version >= version.number:
                    values = {"replica": holder.store.id, "name": holder.name, **({"reason": reason} if reason else {})}
                    notes.add(Finding(code, Severity.WARNING, name, values))
            return name, any(code == _UNREADABLE for code, _ in states)
    return "inventory.json", True


def _state(holder: Holder, key: str, digest: str) -> tuple[str, str]:
    """The code of what is wrong with it there, and why it was not read; ("", "") if nothing is wrong."""
    try:
        data = holder.store.read(key)
    except Unavailable as error:
        return _UNREADABLE, str(error)
    except NotHere:
        try:
            holder.store.check_identity()
        except Unavailable as error:
            return _UNREADABLE, str(error)
        return _MISSING, ""
    return ("", "") if sha512(data).hexdigest() == digest else ("EXPORT-SOURCE-DAMAGED", "")
