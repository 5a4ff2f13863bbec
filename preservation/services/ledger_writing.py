"""Writing ledger files to a replica, and clearing away the partial tiles that full ones have made superfluous."""

from collections.abc import Iterable, Sequence

from preservation.errors import ImmutableConflict
from preservation.ports import ReplicaStore
from preservation.services.ledger_files import LEDGER_FOLDER, Files, GroupFiles
from preservation.standards.tiles import TILE_WIDTH, TileName, tiles_of_growth

# Files in one durable group: 32 groups of events make about a hundred.
GROUPS_AT_ONCE = 32


def write_groups(store: ReplicaStore, groups: Sequence[GroupFiles], tx: str) -> list[str]:
    """Write these files durably, texts and bundles before the tiles that vouch for them; the keys that were set aside.

    Everything here lies beyond the checkpoint that the replica shows. So a file that is there with other bytes was never
    signed: it was left by a run that broke off and whose sequence the database then lost. It is kept as evidence, and replaced.
    """
    fresh: list[tuple[str, bytes]] = []
    for key, data in (item for group in groups for item in group.texts):
        size = store.size(key)
        if size is None:
            fresh.append((key, data))
        elif size <= len(data) or not store.read(key).startswith(data):
            store.replace(key, data)  # A longer one with the same beginning is by a process that is further on.
    fresh.extend(item for group in groups for item in group.tiles)
    try:
        store.put(fresh)
    except ImmutableConflict:
        return _write_singly(store, fresh, tx)
    return []


def _write_singly(store: ReplicaStore, files: Files, tx: str) -> list[str]:
    evidence: list[str] = []
    for key, data in files:
        try:
            store.put([(key, data)])
        except ImmutableConflict:
            kept = store.set_aside(key, tx)
            evidence.extend([] if kept is None else [kept])
            store.put([(key, data)])
    return evidence


def remove_superfluous(store: ReplicaStore, names: Iterable[TileName]) -> None:
    """Remove every partial form of these tiles, which are full now (tlog-tiles allows it from then on)."""
    keys = [key for name in names for key, _ in store.list(f"{LEDGER_FOLDER}/{name.partial_folder}")]
    if keys:
        store.remove_partial_tiles(keys)


def filled_by_growth(old: int, new: int) -> list[TileName]:
    """The full tiles of a tree of size `new` that one of size `old` had as partial ones."""
    edge = {TileName(None, old // TILE_WIDTH)} | {
        TileName(level, (old >> 8 * level) // TILE_WIDTH) for level in range(8)
    }
    return [name for name in tiles_of_growth(old, new) if name.width == TILE_WIDTH and name in edge]
