"""C2SP tlog-tiles: the names and the bytes under which a Merkle tree and its entries lie on a static file system.

A tile holds up to 256 hashes of one level, a bundle up to 256 entries. Level l's hash i is the root of the leaves
[i * 256**l, (i + 1) * 256**l).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from preservation.standards.merkle import HASH_SIZE, NodeReader, node_hash

TILE_WIDTH = 256
FULL_TILE_BYTES = TILE_WIDTH * HASH_SIZE
MAX_ENTRY_BYTES = 65_535
MAX_LEVEL = 63
ENTRIES = "entries"

_PATH = re.compile(r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?\Z")


@dataclass(frozen=True, slots=True)
class TileName:
    """`level` is None for a bundle of entries. `width` is 256 for a full one, 1 to 255 for a partial one."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`."""
        level = ENTRIES if self.level is None else self.level
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{level}/{index_path(self.index)}{partial}"

    @property
    def partial_folder(self) -> str:
        """Where this tile's partial forms lie."""
        return f"{TileName(self.level, self.index).path}.p"


def index_path(index: int) -> str:
    """The index in groups of three digits, all but the last with an x: 1234067 is x001/x234/067."""
    parts = [f"{index % 1000:03d}"]
    index //= 1000
    while index:
        parts.append(f"x{index % 1000:03d}")
        index //= 1000
    return "/".join(reversed(parts))


def parse_path(path: str) -> TileName | None:
    """The tile that a path names; None if it names none or writes it in another way than the specification's."""
    match = _PATH.match(path)
    if match is None:
        return None
    level = None if match[1] == ENTRIES else int(match[1])
    width = int(match[3]) if match[3] else TILE_WIDTH
    name = TileName(level, int(match[2].replace("x", "").replace("/", "")), width)
    return name if name.path == path and (level is None or level <= MAX_LEVEL) else None


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes the tile has in a tree of this size: 0 where there is none, 256 where it is full."""
    return max(0, min(TILE_WIDTH, (size >> (8 * level)) - index * TILE_WIDTH))


def width_of(name: TileName, size: int) -> int:
    """As `tile_width`, for a bundle too."""
    return tile_width(name.level or 0, name.index, size)


def tiles_of_growth(old: int, new: int) -> Iterator[TileName]:
    """Every tile and bundle that a tree of size `new` has and one of size `old` lacks, in its form at `new`."""
    if new <= old:
        return
    for level in range(MAX_LEVEL + 1):
        before, after = old >> (8 * level), new >> (8 * level)
        if after == 0:
            return
        for index in range(before // TILE_WIDTH, -(-after // TILE_WIDTH)):
            width = tile_width(level, index, new)
            if width > tile_width(level, index, old):
                yield TileName(level, index, width)
                if level == 0:
                    yield TileName(None, index, width)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Each entry after its length as two bytes, most significant first. ValueError for a longer one than that tells."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError(f"an entry has {len(entry)} bytes; a bundle holds at most {MAX_ENTRY_BYTES}")
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. ValueError where the bytes end within one, or there are more than 256."""
    entries: list[bytes] = []
    at, end = 0, len(data)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > end or start > end:
            raise ValueError("the bundle ends within an entry")
        entries.append(data[start:at])
        if len(entries) > TILE_WIDTH:
            raise ValueError("the bundle holds more than 256 entries")
    return entries


def node_reader(read: Callable[[TileName], bytes], size: int) -> NodeReader:
    """Reads nodes of a tree of this size from its tiles, each tile once.

    `read` gives the bytes of a tile in its form at `size`. ValueError where they do not have its length.
    """
    held: dict[TileName, bytes] = {}

    def node(height: int, index: int) -> bytes:
        level, above = divmod(height, 8)
        if above:
            return node_hash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1))
        number, at = divmod(index, TILE_WIDTH)
        name = TileName(level, number, tile_width(level, number, size))
        tile = held.get(name)
        if tile is None:
            tile = held[name] = read(name)
            if len(tile) != name.width * HASH_SIZE:
                raise ValueError(f"{name.path} has {len(tile)} bytes, not {name.width * HASH_SIZE}")
        return tile[at * HASH_SIZE : (at + 1) * HASH_SIZE]

    return node
