"""The audit of the ledger: is everything that the database and the replicas hold what was signed?

The database's events are hashed into a tree, whose root must be the signed one. From the same events every file of a replica is
made, and compared byte for byte with what the replica's medium gives; so a replica's bundles and tiles are proved by
the same root. Where the database does not lead to that root, a replica whose own bundles do takes its place. What the database
finds events by, and the versions that it records, are held against the entries. Checkpoints that an auditor kept say whether
it is still the same history.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from preservation.domain.findings import Finding
from preservation.domain.ledger import SequencedEvent
from preservation.errors import ForkedLedger, Unavailable
from preservation.ports import Catalogue, Progress, ReplicaStore
from preservation.services.audit_comparison import Problems, ReplicaComparison
from preservation.services.audit_index import altered_in_index, unplaced
from preservation.services.audit_kept import kept_problems
from preservation.services.audit_versions import altered_versions
from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, catalogue_checkpoint
from preservation.services.ledger_files import (
    CHECKPOINT_KEY,
    LEDGER_FOLDER,
    LedgerGroup,
    catalogue_groups,
    group_files,
    roots_at,
)
from preservation.services.ledger_reading import Reached, reach
from preservation.services.ledger_restoring import bundle_groups
from preservation.services.ledger_texts import is_lost, with_true_texts
from preservation.standards.ledger_text import LedgerText
from preservation.standards.merkle import EMPTY_ROOT
from preservation.standards.tiles import TILE_WIDTH
from preservation.standards.tree_edge import TreeEdge

DATABASE = "database"
_WAITING_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`ok`: nothing contradicts the newest checkpoint. `complete`: all of it could be read; False is not a proof of anything.

    `problems` has also what is merely worth knowing (INFO: events not yet signed).
    """

    ok: bool
    complete: bool
    tree_size: int
    root: bytes
    problems: tuple[Finding, ...]


def verify(
    catalogue: Catalogue,
    stores: Sequence[ReplicaStore],
    trust: LedgerTrust,
    *,
    kept: Sequence[bytes] = (),
    progress: Progress | None = None,
) -> AuditReport:
    """Compare database, replicas and checkpoint. Changes nothing. Unavailable only where the database does not answer.

    `kept` are signed notes of earlier checkpoints, from wherever they were out of the archive's reach.
    """
    return _Audit(catalogue, trust, progress).run(stores, kept)


class _Audit:
    def __init__(self, catalogue: Catalogue, trust: LedgerTrust, progress: Progress | None) -> None:
        self._catalogue = catalogue
        self._trust = trust
        self._progress = progress
        self._problems = Problems()

    def run(self, stores: Sequence[ReplicaStore], kept: Sequence[bytes]) -> AuditReport:
        signed = self._database_checkpoint()
        reached, findings = reach(stores, self._trust)
        self._problems.extend(findings)
        reference = self._reference(signed, reached)
        invalid = {one.values["replica"] for one in findings if one.code == "LEDGER-CHECKPOINT-INVALID"}
        lost = [store for store in stores if store.id in invalid]
        self._tell_waiting(reference)
        self._verify_index()
        if reference is not None:
            if self._progress is not None:
                self._progress.begin("audit", reference.size)
            self._verify_tree(reference, reached, lost + self._without_checkpoint(reached))
            if self._progress is not None:
                self._progress.end()
        self._problems.extend(kept_problems(kept, reference, self._trust, self._histories(reference, reached)))
        return AuditReport(
            ok=not self._problems.has_errors,
            complete=self._problems.is_complete,
            tree_size=0 if reference is None else reference.size,
            root=EMPTY_ROOT if reference is None else reference.root,
            problems=tuple(self._problems.findings),
        )

    def _histories(
        self, reference: SignedCheckpoint | None, reached: Sequence[Reached]
    ) -> Iterator[Iterable[LedgerGroup]]:
        """All entries up to the reference, by everybody who may have them."""
        size = 0 if reference is None else reference.size
        yield catalogue_groups(self._catalogue, 0, size, lost=_ignore)
        for replica in reached:
            if replica.size >= size:
                yield bundle_groups(replica.store, size)

    def _database_checkpoint(self) -> SignedCheckpoint | None:
        try:
            return catalogue_checkpoint(self._catalogue, self._trust)
        except ForkedLedger as error:
            self._problems.error("LEDGER-CHECKPOINT-INVALID", replica=DATABASE, reason=str(error))
            return None

    def _reference(self, signed: SignedCheckpoint | None, reached: Sequence[Reached]) -> SignedCheckpoint | None:
        """The newest checkpoint that anybody shows, and what its existence says of the others."""
        shown = [replica.checkpoint for replica in reached if replica.checkpoint is not None]
        newest = max([*shown, *([] if signed is None else [signed])], key=lambda one: one.size, default=None)
        if newest is None:
            return None
        if signed is None or signed.size < newest.size:
            known = "0" if signed is None else str(signed.size)
            self._problems.error("LEDGER-DATABASE-BEHIND", size=known, newest=str(newest.size))
        for replica in reached:
            if replica.checkpoint is not None and replica.size < newest.size:
                self._problems.warning(
                    "LEDGER-REPLICA-BEHIND", replica=replica.store.id, size=str(replica.size), newest=str(newest.size)
                )
        return signed if signed is not None and signed.size == newest.size else newest

    def _without_checkpoint(self, reached: Sequence[Reached]) -> list[ReplicaStore]:
        """Replicas with a ledger whose checkpoint is gone: they are compared all the same. An empty one is only behind."""
        lost: list[ReplicaStore] = []
        for store in [replica.store for replica in reached if replica.checkpoint is None]:
            try:
                is_empty = next(iter(store.list(LEDGER_FOLDER)), None) is None
            except Unavailable as error:
                self._problems.warning("LEDGER-REPLICA-AWAY", replica=store.id, reason=str(error))
                continue
            if is_empty:
                self._problems.warning("LEDGER-REPLICA-BEHIND", replica=store.id, size="0")
            else:
                self._problems.error("LEDGER-FILE-MISSING", path=CHECKPOINT_KEY, replica=store.id)
                lost.append(store)
        return lost

    def _tell_waiting(self, reference: SignedCheckpoint | None) -> None:
        with self._catalogue.begin() as transaction:
            waiting = len(transaction.take_unsequenced(_WAITING_SHOWN))
        waiting += max(0, self._catalogue.ledger_size() - (0 if reference is None else reference.size))
        if waiting:
            self._problems.info("LEDGER-EVENTS-WAITING", count=str(waiting))

    def _verify_index(self) -> None:
        """What the tree cannot tell of: what events are found by, that each has or awaits its place, and recorded versions."""
        index = self._catalogue.event_index()
        for event in unplaced(index):
            self._problems.error("LEDGER-EVENT-UNPLACED", event=event)
        for event in altered_in_index(index):
            self._problems.error("LEDGER-INDEX-ALTERED", event=event)
        self._problems.extend(altered_versions(self._catalogue))

    def _verify_tree(
        self, reference: SignedCheckpoint, reached: Sequence[Reached], lost: Sequence[ReplicaStore]
    ) -> None:
        """Each size that is shown is a pass of its own; there is one, unless a replica is behind."""
        sizes = sorted({reference.size, *(replica.size for replica in reached if replica.size)}, reverse=True)
        stores = [replica.store for replica in reached]
        for size in sizes:
            here = [replica for replica in reached if replica.size == size]
            comparisons = [ReplicaComparison(replica.store, size) for replica in here]
            is_first = size == reference.size
            if is_first:
                comparisons.extend(ReplicaComparison(store, size) for store in lost)
            held = catalogue_groups(self._catalogue, 0, size, lost=self._lost if is_first else _ignore)
            # A replica is not at fault for a text that the database has lost.
            groups = with_true_texts(held, stores, told=self._tell_text if is_first else None)
            root = self._compare(self._watched(groups) if is_first else groups, comparisons)
            claimed = [(replica.store.id, replica.checkpoint) for replica in here]
            if is_first:
                claimed.append((DATABASE, reference))
            roots = {checkpoint.root for _, checkpoint in claimed if checkpoint is not None}
            if len(roots) > 1 or (not is_first and roots != {root}):
                self._problems.error("LEDGER-FORK", size=str(size))
            if is_first and root != reference.root:
                self._judge_by_replica(reference, here)
                return
            for comparison in comparisons:
                self._problems.extend(comparison.finish())

    def _judge_by_replica(self, reference: SignedCheckpoint, here: Sequence[Reached]) -> None:
        """The database does not lead to the signed root. Whose bundles do?"""
        self._problems.error("LEDGER-DATABASE-ROOT", size=str(reference.size))
        for truth in here:
            if self._reproduces(truth, reference):
                break
        else:
            self._problems.error("LEDGER-NO-WITNESS", size=str(reference.size))
            return
        self._name_altered(truth, reference.size)
        comparisons = [ReplicaComparison(replica.store, reference.size, with_texts=False) for replica in here]
        self._compare(bundle_groups(truth.store, reference.size), comparisons)
        for comparison in comparisons:
            self._problems.extend(comparison.finish())

    def _reproduces(self, replica: Reached, reference: SignedCheckpoint) -> bool:
        size = reference.size
        try:
            return roots_at(bundle_groups(replica.store, size), TreeEdge(), [size])[size] == reference.root
        except Unavailable as error:
            self._problems.error("LEDGER-BUNDLES-UNUSABLE", replica=replica.store.id, reason=str(error))
            return False

    def _name_altered(self, truth: Reached, size: int) -> None:
        held = catalogue_groups(self._catalogue, 0, size, lost=_ignore)
        for ours, theirs in zip(held, bundle_groups(truth.store, size), strict=True):
            for mine, other in zip(ours.events, theirs.events, strict=True):
                if mine.entry and mine.entry != other.entry:
                    self._problems.error("LEDGER-ENTRY-ALTERED", sequence=str(other.sequence))

    def _compare(self, groups: Iterable[LedgerGroup], comparisons: Sequence[ReplicaComparison]) -> bytes:
        """The root of these groups' tree; the comparisons have seen every file of it."""
        edge, tail = TreeEdge(), b""
        for group in group_files(groups, edge):
            if group.leaves:
                tail = group.leaves if len(group.leaves) < TILE_WIDTH * 32 else b""
            for comparison in comparisons:
                comparison.compare(group)
        return edge.root(tail)

    def _watched(self, groups: Iterable[LedgerGroup]) -> Iterator[LedgerGroup]:
        """The groups, and how far they have come."""
        for group in groups:
            if self._progress is not None:
                self._progress.advance(len(group.events))
            yield group

    def _tell_text(self, event: SequencedEvent, text: LedgerText | None) -> None:
        sequence = str(event.sequence)
        if not is_lost(event):
            self._problems.error("LEDGER-TEXT-ALTERED", sequence=sequence)
        elif text is not None:
            self._problems.error("LEDGER-DATABASE-TEXT", sequence=sequence)
        else:
            # Whoever rebuilt this database was told; nothing contradicts what was signed.
            self._problems.warning("LEDGER-TEXT-GONE", sequence=sequence)

    def _lost(self, sequence: int) -> None:
        self._problems.error("LEDGER-ENTRY-MISSING", sequence=str(sequence))


def _ignore(_sequence: int) -> None:
    """The first pass has told already."""
