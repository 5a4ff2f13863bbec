"""From `stored` to `preserved`: the moment at which the policy's number of replicas hold a transfer's version intact."""

from dataclasses import replace

from preservation.domain.holdings import AIPVersion, CopyState, Transfer, TransferStatus
from preservation.domain.policies import Policies
from preservation.ports import Catalogue


def wanted_copies(transfer: Transfer, policies: Policies) -> int:
    """On how many replicas what it brings must be read back before it is called preserved."""
    return max(policies.replication.copies, transfer.copies or 0)


def now_preserved(catalogue: Catalogue, policies: Policies, version: AIPVersion, replica: str) -> Transfer | None:
    """The transfer that brought a version, with its new status, if this replica's intact copy is the one that was lacking."""
    transfer = catalogue.transfer(version.transfer) if version.transfer else None
    if transfer is None or transfer.status is not TransferStatus.STORED:
        return None
    others = [copy for copy in catalogue.copies(version.aip) if copy.replica != replica]
    copies = 1 + sum(copy.state is CopyState.INTACT and copy.version == version.number for copy in others)
    return replace(transfer, status=TransferStatus.PRESERVED) if copies >= wanted_copies(transfer, policies) else None
