"""From `stored` to `preserved`: the moment at which the policy's number of replicas hold a transfer's version intact.

`copies` alone decides that. What the rule says of media, regions, organisations and copies out of reach is no matter of one
package: it is short for all of a collection or for none, is shown and told as a gap, and holds up no ingest.
"""

from collections.abc import Sequence
from dataclasses import replace

from preservation.domain.holdings import AIPVersion, CopyState, Transfer, TransferStatus
from preservation.domain.policies import Policies
from preservation.domain.replication_policy import Rule
from preservation.ports import Catalogue


def rule_of(catalogue: Catalogue, policies: Policies, collection: str) -> Rule:
    """The rule of a collection, by id. The tree is asked for only where some collection has a rule of its own."""
    replication = policies.replication
    if not replication.collections:
        return replication.rule
    return replication.rule_for(collection, {one.id: one for one in catalogue.collections()})


def wanted_copies(catalogue: Catalogue, policies: Policies, transfer: Transfer) -> int:
    """On how many replicas what it brings must be read back before it is called preserved."""
    return max(rule_of(catalogue, policies, transfer.collection).copies, transfer.copies or 0)


def now_preserved(catalogue: Catalogue, policies: Policies, version: AIPVersion, replica: str) -> Sequence[Transfer]:
    """The transfers that brought a version and those before it, with their new status, where this replica's intact copy is the
    one that was lacking. A copy of a version holds every earlier one: what was stored before is not left behind by a later one.
    """
    earlier = catalogue.versions(version.aip) if version.number > 1 else ()
    found: list[Transfer] = []
    for one in (version, *(other for other in earlier if other.number < version.number)):
        transfer = catalogue.transfer(one.transfer) if one.transfer else None
        if transfer is None or transfer.status is not TransferStatus.STORED:
            continue
        if _copies(catalogue, one, replica) >= wanted_copies(catalogue, policies, transfer):
            found.append(replace(transfer, status=TransferStatus.PRESERVED))
    return found


def _copies(catalogue: Catalogue, version: AIPVersion, replica: str) -> int:
    """How many replicas that count hold it, with this one."""
    counted = {one.id for one in catalogue.replicas() if one.state.is_counted}
    holding = {
        copy.replica
        for copy in catalogue.copies(version.aip)
        if copy.replica != replica and copy.state is CopyState.INTACT and copy.version >= version.number
    }
    return len(counted & (holding | {replica}))
