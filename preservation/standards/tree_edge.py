"""The right edge of a tiled Merkle tree: all that is needed to let it grow, and to know its root on the way."""

from collections.abc import Callable

from preservation.standards.merkle import HASH_SIZE, peaks, perfect_root, root_of_peaks
from preservation.standards.tiles import FULL_TILE_BYTES, TILE_WIDTH, TileName, tile_width


class TreeEdge:
    """The open tiles, from level 1 upwards, of a tree whose leaves fill their tiles (so `size` is a multiple of 256).

    The leaves after `size`, up to 256 of them, stay with the caller, who reads their entries anyway.
    """

    __slots__ = ("_open", "size")

    def __init__(self, size: int = 0, open_tiles: tuple[bytes, ...] = ()) -> None:
        """`open_tiles[k]` holds the concatenated hashes of level k + 1's last tile, b"" where that is full or absent."""
        if size % TILE_WIDTH:
            raise ValueError(f"an edge stands at a multiple of 256 leaves, not at {size}")
        self.size = size
        self._open = list(open_tiles)

    @classmethod
    def read(cls, size: int, tree_size: int, read: Callable[[TileName], bytes]) -> "TreeEdge":
        """The edge at `size`, from the tiles of a tree of `tree_size` (not less). Nothing of it is verified.

        ValueError where a tile is too short.
        """
        open_tiles: list[bytes] = []
        level = 1
        while size >> (8 * level):
            index, width = divmod(size >> (8 * level), TILE_WIDTH)
            data = b""
            if width:
                data = read(TileName(level, index, tile_width(level, index, tree_size)))[: width * HASH_SIZE]
                if len(data) != width * HASH_SIZE:
                    raise ValueError(f"tile {index} of level {level} is too short")
            open_tiles.append(data)
            level += 1
        return cls(size, tuple(open_tiles))

    def copy(self) -> "TreeEdge":
        return TreeEdge(self.size, tuple(self._open))

    def push(self, leaf_tile: bytes) -> list[tuple[TileName, bytes]]:
        """Take in a full tile of 256 leaf hashes; the tiles of higher levels that it completes."""
        if len(leaf_tile) != FULL_TILE_BYTES:
            raise ValueError("only a full tile moves the edge")
        completed: list[tuple[TileName, bytes]] = []
        above, level = perfect_root(leaf_tile), 1
        while True:
            if len(self._open) < level:
                self._open.append(b"")
            tile = self._open[level - 1] + above
            if len(tile) < FULL_TILE_BYTES:
                self._open[level - 1] = tile
                break
            index = (self.size >> (8 * level)) // TILE_WIDTH
            completed.append((TileName(level, index), tile))
            self._open[level - 1] = b""
            above, level = perfect_root(tile), level + 1
        self.size += TILE_WIDTH
        return completed

    def root(self, leaves: bytes = b"") -> bytes:
        """The root of the tree with these leaf hashes (concatenated, at most 256) after the edge."""
        frontier = [peak for tile in reversed(self._open) for peak in peaks(tile)]
        return root_of_peaks(frontier + peaks(leaves))

    def partial_tiles(self) -> list[tuple[TileName, bytes]]:
        """The open tiles, as a tree of this size has them on disk."""
        return [
            (TileName(level, (self.size >> (8 * level)) // TILE_WIDTH, len(tile) // HASH_SIZE), tile)
            for level, tile in enumerate(self._open, start=1)
            if tile
        ]
