"""The repository's own AIP, read from a replica: what a rebuild begins with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha512

from preservation.domain.holdings import Collection, ReplicaRecord, ReplicaState
from preservation.domain.people import Account
from preservation.errors import Unavailable
from preservation.ports import ReplicaStore
from preservation.services.indexing import read_head
from preservation.services.locations import Locations
from preservation.services.recorded_accounts import ACCOUNTS_FILE, accounts_of
from preservation.services.repository_record import DATA


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """What the repository's own AIP says. `added` of a replica is when it was first known."""

    identity: Mapping[str, object]
    collections: Sequence[Collection]
    replicas: Sequence[ReplicaRecord]
    accounts: Sequence[Account]
    policies: Mapping[str, bytes]


def read_record(store: ReplicaStore, repository: str) -> StoredRecord:
    """The repository's own AIP on a replica. Raises NotHere or Unavailable if it cannot be read."""
    root = Locations(repository).object_root(repository)
    inventory, _ = read_head(store, root)
    documents: dict[str, bytes] = {}
    for logical_path, digest in inventory.versions[inventory.head].state.items():
        if logical_path.startswith(DATA):
            data = store.read(f"{root}/{inventory.manifest[digest][0]}")
            if sha512(data).hexdigest() != digest:
                raise Unavailable(f"{logical_path} of the repository's record is damaged on this replica")
            documents[logical_path.removeprefix(DATA)] = data
    collections = [Collection(**one) for one in json.loads(documents["collections.json"])]
    replicas = [
        ReplicaRecord(
            id=one["id"],
            name=one["name"],
            url="",
            role=one["role"],
            state=ReplicaState.AWAY,
            added=datetime.fromisoformat(one["added"]),
        )
        for one in json.loads(documents["replicas.json"])
    ]
    return StoredRecord(
        identity=json.loads(documents["repository.json"]),
        collections=collections,
        replicas=replicas,
        accounts=accounts_of(documents.get(ACCOUNTS_FILE, b"[]")),
        policies={
            name.removeprefix("policies/"): data for name, data in documents.items() if name.startswith("policies/")
        },
    )
