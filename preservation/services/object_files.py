"""Every file that an AIP's OCFL object must consist of, with the digest of each: the chain from the ledger to the last byte.

The inventory digest of each version is in the ledger (`ingestion` events) and in the catalogue. It proves `inventory.json`;
the inventory's own fixity block gives the SHA-256 of every content file, its manifest the SHA-512; what is left has bytes that
are known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512

from preservation.domain.holdings import AIPVersion
from preservation.errors import NotHere, Unavailable
from preservation.ports import ReplicaStore
from preservation.standards.ocfl import declarations
from preservation.standards.ocfl.inventory import Inventory, parse
from preservation.standards.ocfl.inventory_document import MAX_INVENTORY_BYTES
from preservation.standards.ocfl.proven_digests import proven_digests


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """A file of an OCFL object: its path below the object root, and the digest that its bytes must have.

    32 bytes are a SHA-256, 64 a SHA-512: of an inventory the ledger has recorded that one.
    """

    path: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class ProvenObject:
    """An OCFL object as the ledger proves it.

    `files` are all files. `known` are the exact bytes of those that are not content, as far as an intact inventory of each
    version was found: the others follow from it and the specification alone.
    """

    inventory: Inventory
    known: Mapping[str, bytes]
    files: Sequence[ObjectFile]


def prove_object(
    versions: Sequence[AIPVersion], object_root: str, stores: Sequence[ReplicaStore], *, upto: int | None = None
) -> ProvenObject | None:
    """The object up to a version (the head if None), from inventories with exactly the recorded digests.

    Each inventory is taken from the first place where it is intact. None if the newest one is intact nowhere.
    """
    head = upto or versions[-1].number
    data = find_inventory(versions[head - 1], object_root, stores)
    if data is None:
        return None
    inventory = parse(data)
    known = dict(_own_files(versions[:head], object_root, stores, head, data))
    return ProvenObject(inventory=inventory, known=known, files=object_files(versions[:head], data))


def object_files(versions: Sequence[AIPVersion], inventory: bytes) -> Sequence[ObjectFile]:
    """As `object_digests`, as a list."""
    return [ObjectFile(path, digest) for path, digest in object_digests(versions, inventory).items()]


def object_digests(versions: Sequence[AIPVersion], inventory: bytes) -> Mapping[str, bytes]:
    """Path to digest (see `ObjectFile`) of all files of an object whose newest version is the last of these.

    `inventory` is that one's, and proven.
    """
    name, data = declarations.object_declaration()
    files = {name: sha256(data).digest()}
    for version in versions:
        digest = bytes.fromhex(version.inventory_digest)
        beside = sha256(declarations.sidecar(version.inventory_digest)).digest()
        for folder in _folders(version, versions[-1].number):
            files[f"{folder}{declarations.INVENTORY_NAME}"] = digest
            files[f"{folder}{declarations.SIDECAR_NAME}"] = beside
    files.update(proven_digests(inventory))
    return files


def own_bytes(
    versions: Sequence[AIPVersion], object_root: str, path: str, stores: Sequence[ReplicaStore]
) -> bytes | None:
    """The bytes of one file that is no content: None for content, and for an inventory that is intact nowhere."""
    name, data = declarations.object_declaration()
    if path == name:
        return data
    folder, _, name = path.rpartition("/")
    for version in versions:
        is_its_own = folder == f"v{version.number}" or (folder == "" and version is versions[-1])
        if is_its_own and name == declarations.SIDECAR_NAME:
            return declarations.sidecar(version.inventory_digest)
        if is_its_own and name == declarations.INVENTORY_NAME:
            return find_inventory(version, object_root, stores)
    return None


def find_inventory(version: AIPVersion, object_root: str, stores: Sequence[ReplicaStore]) -> bytes | None:
    """The inventory of a version with exactly the recorded digest, from the first place that has it; None if none has."""
    for store in stores:
        for place in (declarations.INVENTORY_NAME, f"v{version.number}/{declarations.INVENTORY_NAME}"):
            data = read_inventory(store, f"{object_root}/{place}")
            if data is not None and sha512(data).hexdigest() == version.inventory_digest:
                return data
    return None


def read_inventory(store: ReplicaStore, key: str) -> bytes | None:
    """What is under an inventory's key, None if it cannot be read or is longer than any inventory of ours."""
    try:
        size = store.size(key)
        return store.read(key) if size is not None and size <= MAX_INVENTORY_BYTES else None
    except (NotHere, Unavailable):
        return None


def _folders(version: AIPVersion, head: int) -> Sequence[str]:
    return (f"v{version.number}/", "") if version.number == head else (f"v{version.number}/",)


def _own_files(
    versions: Sequence[AIPVersion], object_root: str, stores: Sequence[ReplicaStore], head: int, newest: bytes
) -> Iterator[tuple[str, bytes]]:
    yield declarations.object_declaration()
    for version in versions:
        data = newest if version.number == head else find_inventory(version, object_root, stores)
        for folder in _folders(version, head):
            if data is not None:
                yield f"{folder}{declarations.INVENTORY_NAME}", data
            yield f"{folder}{declarations.SIDECAR_NAME}", declarations.sidecar(version.inventory_digest)
