"""Reading an AIP back from a replica into what the catalogue records, for recovery and rebuild.

Every document is held against the digest in the inventory while it is read: what a damaged one says is never believed.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha512
from io import BufferedReader, RawIOBase

from preservation.domain.events import Event
from preservation.domain.findings import Finding
from preservation.domain.holdings import AIPVersion, NewAIPVersion, StoredFile
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.described_content import dublin_core_of
from preservation.services.proven_stream import ProvenStream
from preservation.standards.aip_description import AIPDescription, read_aip
from preservation.standards.aip_documents import AIPFacts
from preservation.standards.ocfl.inventory import InvalidInventory, Inventory, parse
from preservation.standards.premis.model import FileObject

PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class IndexedVersion:
    """One version as its own documents tell it. `new.files` can be read once."""

    new: NewAIPVersion
    facts: AIPFacts
    events: Sequence[Event]


def read_head(store: ReplicaStore, object_root: str) -> tuple[Inventory, bytes]:
    """The root inventory, by the reader's rule: valid, and the same bytes as the head version's own.

    Raises NotHere if there is no object, Unavailable if its inventory cannot be believed.
    """
    data = store.read(f"{object_root}/inventory.json")
    try:
        inventory = parse(data)
    except InvalidInventory as error:
        raise Unavailable(f"{object_root}/inventory.json is not a valid inventory: {error}") from error
    if store.read(f"{object_root}/v{inventory.head}/inventory.json") != data:
        raise Unavailable(f"{object_root} has a root inventory that differs from its head version's")
    return inventory, data


def index_version(
    store: ReplicaStore,
    object_root: str,
    number: int | None = None,
    *,
    undescribed: Callable[[NotHere | Unavailable], None] | None = None,
) -> IndexedVersion:
    """Read one version, the head if None. Raises NotHere or Unavailable as `read_head`, or if the AIP's documents are damaged.

    `undescribed` is told where its descriptive files cannot be read, and the version comes without what they say; if that is
    None, it is raised too.
    """
    inventory, data = read_head(store, object_root)
    if number is not None and number != inventory.head:
        data = store.read(f"{object_root}/v{number}/inventory.json")
        inventory = parse(data)
    state = inventory.versions[inventory.head].state

    def open_raw(logical_path: str) -> RawIOBase:
        key = f"{object_root}/{inventory.manifest[state[logical_path]][0]}"
        return ProvenStream(store.open(key), bytes.fromhex(state[logical_path]), key)

    def open_file(logical_path: str) -> BufferedReader:
        return BufferedReader(open_raw(logical_path), PIECE)

    described = read_aip(open_file, state)
    if isinstance(described, Finding):
        raise Unavailable(f"{object_root}: {described.code} {described.path}")
    block = inventory.versions[inventory.head]
    rows = list(_rows(store, object_root, inventory, state, described))
    version = AIPVersion(
        aip=inventory.id,
        number=inventory.head,
        created=block.created,
        inventory_digest=sha512(data).hexdigest(),
        file_count=len(rows),
        bytes=sum(row.size for row in rows),
        transfer=described.facts.transfer,
        message=block.message or "",
    )
    return IndexedVersion(
        new=NewAIPVersion(
            version=version,
            collection=described.facts.collection,
            title=described.facts.title,
            files=rows,
            dublin_core=_dublin_core(rows, open_raw, undescribed),
        ),
        facts=described.facts,
        events=described.events,
    )


def _dublin_core(
    rows: Sequence[StoredFile],
    open_raw: Callable[[str], RawIOBase],
    undescribed: Callable[[NotHere | Unavailable], None] | None,
) -> tuple[tuple[str, str], ...]:
    try:
        return dublin_core_of(rows, open_raw)
    except ReplicaAway:
        raise
    except (NotHere, Unavailable) as error:
        if undescribed is None:
            raise
        undescribed(error)
        return ()


def _rows(
    store: ReplicaStore,
    object_root: str,
    inventory: Inventory,
    state: Mapping[str, str],
    described: AIPDescription,
) -> Iterator[StoredFile]:
    """The version's files in the order of logical paths; one that PREMIS does not describe has what the inventory knows."""
    facts = ((one.logical_path, 0, one) for one in described.files if isinstance(one, FileObject))
    paths = ((path, 1, None) for path in sorted(state))
    last: FileObject | None = None
    for path, _, fact in heapq.merge(facts, paths, key=lambda item: (item[0], item[1])):
        if fact is not None:
            last = fact
            continue
        content_path = inventory.manifest[state[path]][0]
        if last is not None and last.logical_path == path:
            yield StoredFile(
                logical_path=path,
                content_path=content_path,
                size=last.size,
                sha512=bytes.fromhex(state[path]),
                sha256=last.sha256,
                original_path=last.original_path,
                modified=last.modified,
                format=last.format,
                source=last.source,
            )
        else:
            size = store.size(f"{object_root}/{content_path}")
            if size is None:
                raise NotHere(f"{object_root}/{content_path}")
            yield StoredFile(
                logical_path=path,
                content_path=content_path,
                size=size,
                sha512=bytes.fromhex(state[path]),
                sha256=bytes.fromhex(inventory.sha256[content_path]),
            )
