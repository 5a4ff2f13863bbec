"""Reading the tree from replicas, and finding out what of it agrees with what was signed.

Nothing that a replica says about the tree is believed: it either reproduces a signed root, or is passed over.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from preservation.domain.findings import Finding, Severity
from preservation.errors import ForkedLedger, NotHere, Unavailable
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, published_checkpoint
from preservation.services.ledger_files import catalogue_groups, roots_at, tile_key
from preservation.standards.merkle import HASH_SIZE, consistency_proof, verify_consistency
from preservation.standards.tiles import TILE_WIDTH, TileName, node_reader
from preservation.standards.tree_edge import TreeEdge


@dataclass(frozen=True, slots=True)
class Reached:
    """A replica that answered, and the checkpoint that it shows, verified; None if it shows none."""

    store: ReplicaStore
    checkpoint: SignedCheckpoint | None

    @property
    def size(self) -> int:
        return 0 if self.checkpoint is None else self.checkpoint.size


def reach(stores: Iterable[ReplicaStore], trust: LedgerTrust) -> tuple[list[Reached], list[Finding]]:
    """The replicas that answer with a checkpoint of ours or none, and what is to be said about the others."""
    reached: list[Reached] = []
    findings: list[Finding] = []
    for store in stores:
        try:
            store.check_identity()
            reached.append(Reached(store, published_checkpoint(store, trust)))
        except Unavailable as error:
            findings.append(replica_finding("LEDGER-REPLICA-AWAY", Severity.WARNING, store, reason=str(error)))
        except ValueError as error:
            findings.append(replica_finding("LEDGER-CHECKPOINT-INVALID", Severity.ERROR, store, reason=str(error)))
    return reached, findings


def replica_finding(code: str, severity: Severity, store: ReplicaStore, *, path: str = "", **values: str) -> Finding:
    return Finding(code, severity, path, {"replica": store.id, **values})


def tile_reader(store: ReplicaStore) -> Callable[[TileName], bytes]:
    """Reads tiles of a replica; a partial one that is gone is cut from the full one (tlog-tiles, partial tiles)."""

    def read(name: TileName) -> bytes:
        try:
            return store.read(tile_key(name))
        except NotHere:
            if name.width == TILE_WIDTH:
                raise
            return store.read(tile_key(TileName(name.level, name.index)))[: name.width * HASH_SIZE]

    return read


def check_consistent(
    catalogue: Catalogue, older: SignedCheckpoint, newer: SignedCheckpoint, sources: Sequence[Reached]
) -> None:
    """ForkedLedger unless `newer` is a continuation of `older`: by a proof from tiles, else by the database's events."""
    if older.size == 0 or (older.size, older.root) == (newer.size, newer.root):
        return
    if older.size < newer.size:
        if any(newer.size <= source.size and _proves(source, older, newer) for source in sources):
            return
        roots = roots_at(catalogue_groups(catalogue, 0, newer.size), TreeEdge(), [older.size, newer.size])
    else:
        roots = {}
    if (roots.get(older.size), roots.get(newer.size)) != (older.root, newer.root):
        raise ForkedLedger(
            f"Two checkpoints of this log contradict each other: one of size {older.size} and one of size {newer.size}. "
            "Nothing more is signed. Keep both, find out which one others have seen, and rebuild the database from a "
            "replica that agrees with it."
        )


def edge_under(
    catalogue: Catalogue, size: int, signed: SignedCheckpoint | None, candidates: Iterable[TreeEdge]
) -> TreeEdge:
    """The edge at `size` (a multiple of 256) from which the database's events lead to the signed root.

    The candidates are tried first; then everything is hashed anew from the database. ForkedLedger if that fails too.
    """
    if signed is None:
        return TreeEdge()
    for candidate in candidates:
        if candidate.size == size and _leads_to(catalogue, candidate, signed):
            return candidate
    edge = TreeEdge()
    roots_at(catalogue_groups(catalogue, 0, size), edge, [])
    if not _leads_to(catalogue, edge, signed):
        raise ForkedLedger(
            f"The events in the database do not lead to the checkpoint of size {signed.size} that was signed. Nothing more is "
            "signed. 'audit verify' names the events that differ; 'rebuild' brings the database back from a replica."
        )
    return edge


def stored_edges(size: int, sources: Iterable[Reached]) -> Iterator[TreeEdge]:
    """The edge at `size` as each of these replicas has it in its tiles, as far as it can be read."""
    for source in sources:
        if source.size >= size:
            try:
                yield TreeEdge.read(size, source.size, tile_reader(source.store))
            except (NotHere, Unavailable, ValueError):
                continue  # The next source, or the database, can tell as well.


def _leads_to(catalogue: Catalogue, edge: TreeEdge, signed: SignedCheckpoint) -> bool:
    groups = catalogue_groups(catalogue, edge.size, signed.size)
    return roots_at(groups, edge.copy(), [signed.size])[signed.size] == signed.root


def _proves(source: Reached, older: SignedCheckpoint, newer: SignedCheckpoint) -> bool:
    try:
        proof = consistency_proof(node_reader(tile_reader(source.store), source.size), older.size, newer.size)
    except (NotHere, Unavailable, ValueError):
        return False
    return verify_consistency(older.size, newer.size, proof, older.root, newer.root)
