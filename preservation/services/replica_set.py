"""Which replicas can be worked with now, and why the others cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import ReplicaAway, Unavailable
from preservation.ports import Catalogue, ReplicaOpener, ReplicaStore


@dataclass(frozen=True, slots=True)
class ReplicaSet:
    """`stores` by replica id, in the order in which they were added; `away` holds the reason for each that is not there."""

    stores: Mapping[str, ReplicaStore]
    away: Mapping[str, str]
    records: Mapping[str, ReplicaRecord]

    @property
    def writable(self) -> Mapping[str, ReplicaStore]:
        """Those that new versions are written to: one that is being drained is only read from."""
        return {one: store for one, store in self.stores.items() if one in self.expected}

    @property
    def expected(self) -> Sequence[str]:
        """Ids of all that are to hold everything, here or away."""
        return [one.id for one in self.records.values() if one.state.is_counted]

    @property
    def missed(self) -> Mapping[str, str]:
        """Why each of them that is away is not here."""
        return {one: reason for one, reason in self.away.items() if one in self.expected}

    def name(self, replica: str) -> str:
        """What people call the replica."""
        record = self.records.get(replica)
        return record.name if record is not None else replica


def open_replicas(catalogue: Catalogue, opener: ReplicaOpener) -> ReplicaSet:
    """Look at every replica that is not retired."""
    stores: dict[str, ReplicaStore] = {}
    away: dict[str, str] = {}
    records: dict[str, ReplicaRecord] = {}
    for record in catalogue.replicas():
        if record.state is ReplicaState.RETIRED:
            continue
        records[record.id] = record
        if not record.url:
            away[record.id] = "where it is now is not known: `preservation replica add FOLDER` says so"
            continue
        store = opener.open(record)
        try:
            store.check_identity()
        except (ReplicaAway, Unavailable) as error:
            away[record.id] = str(error)
        else:
            stores[record.id] = store
    return ReplicaSet(stores=stores, away=away, records=records)
