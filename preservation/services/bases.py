"""The version that a new one is made from: read from a replica whose inventory is the one that the catalogue knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha512

from preservation.errors import NotHere, Unavailable
from preservation.ports import Catalogue
from preservation.services.replica_set import ReplicaSet
from preservation.standards.ocfl.inventory import Inventory, parse


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """`held` maps raw SHA-512 digests to content paths that earlier versions hold. `replicas` have exactly this head."""

    inventory: Inventory
    inventory_digest: str
    held: Mapping[bytes, str]
    replicas: Sequence[str]
    title: str
    created: datetime


def read_base(catalogue: Catalogue, replicas: ReplicaSet, aip: str, object_root: str) -> BaseVersion:
    """The head of an AIP, from every replica that has it. NotHere if there is none, Unavailable if no replica has it."""
    summary = catalogue.aip(aip)
    versions = catalogue.versions(aip)
    if summary is None or not versions:
        raise NotHere(f"there is no AIP {aip}")
    digest = versions[-1].inventory_digest
    data = b""
    holders: list[str] = []
    for store in replicas.stores.values():
        try:
            found = store.read(f"{object_root}/inventory.json")
        except (NotHere, Unavailable):
            continue
        if sha512(found).hexdigest() == digest:
            holders.append(store.id)
            data = found
    if not holders:
        raise Unavailable(f"no replica that can be reached holds the present version of {aip}")
    inventory = parse(data)
    return BaseVersion(
        inventory=inventory,
        inventory_digest=digest,
        held={bytes.fromhex(value): paths[0] for value, paths in inventory.manifest.items()},
        replicas=holders,
        title=summary.title,
        created=versions[0].created,
    )
