"""Ledger files that today's tree does not need: partial tiles of earlier sizes, and strangers.

A log must go on serving the partial tiles of every checkpoint it published until the full tile is there (tlog-tiles), so old ones
stay beside the present one; each is a beginning of it.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from preservation.services.ledger_files import CHECKPOINT_KEY, tile_key
from preservation.standards.merkle import HASH_SIZE
from preservation.standards.tiles import TILE_WIDTH, TileName, decode_bundle, encode_bundle, parse_path, width_of


@dataclass(frozen=True, slots=True)
class Leftover:
    """A partial tile or bundle of an earlier size. `whole` is the key of the same tile as today's tree has it."""

    key: str
    name: TileName
    whole: str

    @property
    def is_superfluous(self) -> bool:
        """The full tile is there, so this one may go."""
        return ".p/" not in self.whole

    def cut(self, whole: bytes) -> bytes:
        """What the leftover must hold, given the present tile or bundle. ValueError where that is malformed."""
        if self.name.level is None:
            return encode_bundle(decode_bundle(whole)[: self.name.width])
        return whole[: self.name.width * HASH_SIZE]


def leftovers(keys: Iterable[str], expected: AbstractSet[str], size: int) -> Iterator[Leftover]:
    """Those among the keys of a replica that were part of smaller trees."""
    for key in keys:
        name = None if key in expected else parse_path(key.removeprefix("ledger/"))
        if name is not None:
            width = width_of(name, size)
            if name.width < width:
                yield Leftover(key, name, tile_key(TileName(name.level, name.index, width)))


def strangers(keys: Iterable[str], expected: AbstractSet[str], size: int) -> Iterator[str]:
    """Keys that no tree of this log has or had, nor will have when it grows."""
    for key in keys:
        if key in expected or key == CHECKPOINT_KEY:
            continue
        if key.startswith("ledger/"):
            name = parse_path(key.removeprefix("ledger/"))
            is_known = name is not None
        else:
            is_known = _is_future_text(key, size)
        if not is_known:
            yield key


def _is_future_text(key: str, size: int) -> bool:
    name = parse_path(f"tile/entries/{key.removeprefix('texts/').removesuffix('.jsonl')}")
    return key.endswith(".jsonl") and name is not None and (name.index + 1) * TILE_WIDTH > size
