"""What a replica holds of the ledger: the files that follow from the events in their order, and nothing else.

    ledger/checkpoint                the signed note; the only one of these that is replaced
    ledger/tile/entries/<N>[.p/<W>]  entry bundles
    ledger/tile/<L>/<N>[.p/<W>]      tiles
    texts/<N>.jsonl                  texts; replaced while their bundle fills, and when a text is erased

One function makes them, whether for growth, for a replica that came back, for repair or for verification.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from preservation.domain.ledger import SequencedEvent
from preservation.errors import ForkedLedger
from preservation.ports import Catalogue
from preservation.standards.ledger_text import encode_texts, text_key
from preservation.standards.merkle import leaf_hash
from preservation.standards.tiles import TILE_WIDTH, TileName, encode_bundle
from preservation.standards.tree_edge import TreeEdge

CHECKPOINT_KEY = "ledger/checkpoint"
LEDGER_FOLDER = "ledger"
TEXTS_FOLDER = "texts"
READ_AHEAD = 16 * TILE_WIDTH  # entries in memory at one time

Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class LedgerGroup:
    """Up to 256 events, which share a bundle. `first` is a multiple of 256. Only the last group of a tree has fewer."""

    first: int
    events: Sequence[SequencedEvent]


@dataclass(frozen=True, slots=True)
class GroupFiles:
    """The files that one group makes, or (without `leaves`) the partial tiles that close the tree.

    `tiles` are immutable under their keys; `texts` are not.
    """

    first: int
    leaves: bytes
    tiles: Files
    texts: Files


def tile_key(name: TileName) -> str:
    return f"{LEDGER_FOLDER}/{name.path}"


def catalogue_groups(
    catalogue: Catalogue, first: int, size: int, *, lost: Callable[[int], None] | None = None
) -> Iterator[LedgerGroup]:
    """The events [first, size) from the database. `first` is a multiple of 256.

    An event that is not there is told to `lost` and takes its place as an empty one; without `lost`, ForkedLedger.
    """
    while first < size:
        limit = min(READ_AHEAD, size - first)
        events = _without_gaps(first, limit, catalogue.ledger_entries(first, limit), lost)
        for at in range(0, limit, TILE_WIDTH):
            yield LedgerGroup(first + at, events[at : at + TILE_WIDTH])
        first += limit


def group_files(groups: Iterable[LedgerGroup], edge: TreeEdge) -> Iterator[GroupFiles]:
    """The files of a tree that grows from an edge by these groups. Moves the edge along with them."""
    for group in groups:
        leaves = b"".join([leaf_hash(event.entry) for event in group.events])
        index, width = group.first // TILE_WIDTH, len(group.events)
        tiles = [
            (tile_key(TileName(None, index, width)), encode_bundle([event.entry for event in group.events])),
            (tile_key(TileName(0, index, width)), leaves),
        ]
        if width == TILE_WIDTH:
            tiles.extend((tile_key(name), data) for name, data in edge.push(leaves))
        yield GroupFiles(group.first, leaves, tiles, [(text_key(index), encode_texts(group.first, group.events))])
    yield GroupFiles(edge.size, b"", [(tile_key(name), data) for name, data in edge.partial_tiles()], [])


def roots_at(groups: Iterable[LedgerGroup], edge: TreeEdge, sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots of the tree at these sizes (each at or after the edge), as it grows. Moves the edge along."""
    wanted = sorted(set(sizes))
    roots = {size: edge.root() for size in wanted if size == edge.size}
    for group in groups:
        leaves = b"".join([leaf_hash(event.entry) for event in group.events])
        roots.update(roots_within(edge, leaves, wanted))
        if len(group.events) == TILE_WIDTH:
            edge.push(leaves)
    return roots


def roots_within(edge: TreeEdge, leaves: bytes, sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots at those of the sizes that lie within the group with these leaf hashes; the edge stands before it."""
    last = edge.size + len(leaves) // 32
    return {size: edge.root(leaves[: (size - edge.size) * 32]) for size in sizes if edge.size < size <= last}


def aligned(size: int) -> int:
    """Where the bundle begins that the next entry goes into."""
    return size - size % TILE_WIDTH


def _without_gaps(
    first: int, limit: int, events: Sequence[SequencedEvent], lost: Callable[[int], None] | None
) -> Sequence[SequencedEvent]:
    if len(events) == limit and all(event.sequence == at for at, event in enumerate(events, start=first)):
        return events
    found = {event.sequence: event for event in events}
    complete: list[SequencedEvent] = []
    for sequence in range(first, first + limit):
        event = found.get(sequence)
        if event is None:
            if lost is None:
                raise ForkedLedger(
                    f"The database has no event number {sequence}, though it has later ones. Compare it with a replica by "
                    "'audit verify', and rebuild it from one."
                )
            lost(sequence)
            event = SequencedEvent(sequence, b"", b"", b"")
        complete.append(event)
    return complete
