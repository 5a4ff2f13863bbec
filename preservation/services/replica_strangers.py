"""What lies in a replica's folders and belongs to nothing that we know: somebody else's file, a link, a lost piece.

The top of a replica is not looked at: a file system keeps things of its own there (`lost+found`), and so may people.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from preservation.domain.holdings import TransferStatus
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.fixity_batches import FOLDER as BATCHES
from preservation.services.ledger_files import LEDGER_FOLDER, TEXTS_FOLDER
from preservation.services.ledger_leftovers import strangers as ledger_strangers
from preservation.services.locations import HOLDINGS, RECORD, Locations
from preservation.standards.ledger_text import text_key
from preservation.standards.tiles import TILE_WIDTH

# A batch that the ledger does not know is the trace of a crash, or is being recorded just now.
_BATCH = re.compile(r"fixity/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl", re.ASCII)
_OBJECT = re.compile(r"(?:ocfl|repository)/([0-9a-f]{3})/([0-9a-f]{3})/([0-9a-f]{3})/(\1\2\3[0-9a-f]{55})/", re.ASCII)
_PREFIX_BITS = 64


def known_objects(catalogue: Catalogue, locations: Locations, replica: str) -> "KnownObjects":
    """The object roots of every AIP that the replica may hold, those of transfers that are under way among them."""
    return KnownObjects(locations.object_root(aip) for aip in _aips(catalogue, replica))


class KnownObjects:
    """Object roots, eight bytes each: the beginning of the SHA-256 that names them."""

    def __init__(self, roots: Iterable[str]) -> None:
        self._prefixes = array("Q", sorted(_prefix(root.rpartition("/")[2]) for root in roots))

    def __len__(self) -> int:
        return len(self._prefixes)

    def __contains__(self, name: str) -> bool:
        wanted = _prefix(name)
        at = bisect_left(self._prefixes, wanted)
        return at < len(self._prefixes) and self._prefixes[at] == wanted


@dataclass(frozen=True, slots=True)
class Stranger:
    """A key that belongs to nothing; or, with `is_object`, the root of an OCFL object that no AIP has."""

    key: str
    is_object: bool = False


def strangers_on(store: ReplicaStore, known: KnownObjects, fixed: AbstractSet[str]) -> Iterator[Stranger]:
    """Everything beside the ledger that does not belong there; what is in objects is for the check of copies. Unavailable."""
    for storage_root in (HOLDINGS, RECORD):
        yield from _in_storage_root(store.list(storage_root), known, fixed)
    for key, _ in store.list(BATCHES):
        if _BATCH.fullmatch(key) is None:
            yield Stranger(key)


def strangers_in_ledger(store: ReplicaStore, ledger_size: int) -> Iterator[Stranger]:
    """The same in the ledger's folders. What is written there meanwhile would be among it. Unavailable."""
    texts = {text_key(index) for index in range(-(-ledger_size // TILE_WIDTH))}
    for folder in (LEDGER_FOLDER, TEXTS_FOLDER):
        for key in ledger_strangers((key for key, _ in store.list(folder)), texts, ledger_size):
            yield Stranger(key)


def object_roots(store: ReplicaStore, storage_root: str) -> Iterator[str]:
    """The roots of all objects below a storage root that lie where they should, in order. Unavailable."""
    last = ""
    for key, _ in store.list(storage_root):
        if last and key.startswith(last):
            continue
        match = _OBJECT.match(key)
        if match is not None:
            last = match[0]
            yield last.removesuffix("/")


def _in_storage_root(
    listing: Iterable[tuple[str, int]], known: KnownObjects, fixed: AbstractSet[str]
) -> Iterator[Stranger]:
    within = "/"
    for key, _ in listing:
        if key.startswith(within) or key in fixed:
            continue
        match = _OBJECT.match(key)
        if match is None:
            yield Stranger(key)
            continue
        within = match[0]
        if match[4] not in known:
            yield Stranger(within.removesuffix("/"), is_object=True)


def _aips(catalogue: Catalogue, replica: str) -> Iterator[str]:
    after: str | None = None
    while page := catalogue.copies_on(replica, after=after):
        yield from (copy.aip for copy in page)
        after = page[-1].aip
    after = None
    while lacking := catalogue.copies_lacking(replica, after=after):
        yield from (aip for aip, _ in lacking)
        after = lacking[-1][0]
    yield from (transfer.aip for transfer in catalogue.transfers(TransferStatus.RUNNING) if transfer.aip)


def _prefix(name: str) -> int:
    return int(name[: _PREFIX_BITS // 4], 16)
