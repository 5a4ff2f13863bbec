"""The sequencer: gives events their place in the tree, writes it to the replicas, and signs.

    1  places in the database      committed; from here on the order is fixed, and all that follows can be made from it
    2  texts, bundles, tiles       on every replica that answers, durable
    3  signature                   only over what step 2 made durable on one replica at least
    4  checkpoint in the database  committed: what was signed is remembered before anybody can see it
    5  checkpoint on the replicas
    6  superfluous partial tiles are removed

A crash after any step is recovered by running again: each step begins with what the one before left in the database and on
the replicas, and writes the same bytes under the same names. A crash between 3 and 4 loses a signature that nobody saw; the
next one is over a tree that continues it all the same, because of step 1.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from preservation.domain.findings import Finding, Severity
from preservation.errors import Conflict, ForkedLedger, Unavailable
from preservation.ports import Catalogue, ReplicaStore, Signer
from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, catalogue_checkpoint
from preservation.services.ledger_files import CHECKPOINT_KEY, GroupFiles, aligned, catalogue_groups, group_files
from preservation.services.ledger_reading import (
    Reached,
    check_consistent,
    edge_under,
    reach,
    replica_finding,
    stored_edges,
)
from preservation.services.ledger_texts import with_true_texts
from preservation.services.ledger_writing import GROUPS_AT_ONCE, filled_by_growth, remove_superfluous, write_groups
from preservation.standards.checkpoint import Checkpoint
from preservation.standards.merkle import EMPTY_ROOT
from preservation.standards.signed_note import SignatureCheck, VerifierKey, make_note, verifier_key
from preservation.standards.tiles import TILE_WIDTH
from preservation.standards.tree_edge import TreeEdge

BATCH = 4096
MAX_LAG = 1 << 16  # A replica that is further behind is brought up by `publish_missing`, not on the way.
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class SequencerReport:
    """The newest signed tree. `up_to_date` are the ids of the replicas that show it; `findings` say why others do not."""

    size: int
    root: bytes
    up_to_date: frozenset[str]
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Run:
    """One run's replicas: those still being written, and what is to be said."""

    writing: list[Reached]
    findings: list[Finding]

    def drop(self, replica: Reached, error: Unavailable) -> None:
        self.writing.remove(replica)
        self.findings.append(replica_finding("LEDGER-REPLICA-AWAY", Severity.WARNING, replica.store, reason=str(error)))


class Sequencer:
    """One log. Safe to call from several threads and processes: the database decides the order."""

    def __init__(
        self,
        catalogue: Catalogue,
        stores: Sequence[ReplicaStore],
        signer: Signer,
        origin: str,
        *,
        check: SignatureCheck,
        earlier_keys: Sequence[VerifierKey] = (),
    ) -> None:
        """`stores` is read anew at each run. `earlier_keys` are those whose checkpoints this signer's continue."""
        self._catalogue = catalogue
        self._stores = stores
        self._signer = signer
        self._key = verifier_key(origin, signer.public_key)
        self._trust = LedgerTrust(origin, (self._key, *earlier_keys), check)
        self._lock = threading.Lock()
        self._edge = TreeEdge()
        self._agreed: set[tuple[int, bytes]] = set()

    @property
    def trust(self) -> LedgerTrust:
        """What the functions that verify this log need."""
        return self._trust

    def run(self) -> SequencerReport:
        """Sequence and publish all that waits. Doing it again with nothing new costs one small read for each replica.

        Raises ForkedLedger where database and replicas contradict each other: then nothing is signed. Raises Unavailable
        where the database does not answer. A replica that does not answer is left out and named in the report; with none
        left, nothing is signed.
        """
        with self._lock:
            for _ in range(_ATTEMPTS):
                self._assign()
                with suppress(Conflict):  # Another process published in the meantime; see what it left to do.
                    return self._publish()
        raise Unavailable("Other processes keep publishing the ledger; trying again later helps.")

    def _assign(self) -> None:
        """Step 1."""
        conflicts = 0
        while conflicts < _ATTEMPTS:
            try:
                with self._catalogue.begin() as transaction:
                    first = self._catalogue.ledger_size()
                    batch = transaction.take_unsequenced(BATCH)
                    if not batch:
                        return
                    transaction.assign_sequence(first, [key for key, _ in batch])
            except Conflict:  # Another process was first; the events that it left are taken in the next round.
                conflicts += 1
        raise Unavailable("Other processes keep sequencing events; trying again later helps.")

    def _publish(self) -> SequencerReport:
        signed = catalogue_checkpoint(self._catalogue, self._trust)
        reached, findings = reach(self._stores, self._trust)
        size = self._catalogue.ledger_size()  # Last, so that nothing signed by another process can be larger.
        newest = self._refuse_forks(size, signed, reached)
        known = 0 if signed is None else signed.size
        behind = [replica for replica in reached if replica.size < size]
        near = [replica for replica in behind if known - replica.size <= MAX_LAG]
        findings.extend(
            replica_finding("LEDGER-REPLICA-BEHIND", Severity.WARNING, replica.store, size=str(replica.size))
            for replica in behind
            if replica not in near
        )
        run = _Run(near, findings)
        current = [replica.store.id for replica in reached if replica.size == size]
        if size and (near or (known < size and current)):
            signed = self._grow(size, signed, run, reached, newest=newest, is_safe=bool(current))
        if signed is None:
            return SequencerReport(0, EMPTY_ROOT, frozenset(), tuple(run.findings))
        shown = [*current, *(replica.store.id for replica in run.writing)] if signed.size == size else []
        return SequencerReport(signed.size, signed.root, frozenset(shown), tuple(run.findings))

    def _refuse_forks(
        self, size: int, signed: SignedCheckpoint | None, reached: Sequence[Reached]
    ) -> SignedCheckpoint | None:
        """The newest checkpoint that anybody shows; all others are beginnings of it, and the database is not behind it."""
        seen = [one for one in (signed, *(replica.checkpoint for replica in reached)) if one is not None]
        newest = max(seen, key=lambda one: one.size, default=None)
        if newest is None:
            return None
        if newest.size > size:
            raise ForkedLedger(
                f"A checkpoint of {newest.size} events was signed, and the database has {size}: it was probably restored from "
                "a backup. Nothing is signed. Rebuild the database from a replica ('rebuild --from')."
            )
        if (newest.size, newest.root) not in self._agreed:
            self._agreed.clear()
        for older in seen:
            if (older.size, older.root) not in self._agreed:
                check_consistent(self._catalogue, older, newest, reached)
                self._agreed.add((older.size, older.root))
        return newest

    def _grow(
        self,
        size: int,
        signed: SignedCheckpoint | None,
        run: _Run,
        reached: Sequence[Reached],
        *,
        newest: SignedCheckpoint | None,
        is_safe: bool,
    ) -> SignedCheckpoint | None:
        """Steps 2 to 6 for the replicas that are written. `is_safe`: another replica holds all of the tree already."""
        known = 0 if signed is None else signed.size
        base = aligned(min([known, *(replica.size for replica in run.writing)]))
        candidates = [self._edge.copy(), *([] if self._edge.size == base else stored_edges(base, reached))]
        edge = edge_under(self._catalogue, base, newest, candidates)
        tail = self._write(size, edge, run, [replica.store for replica in reached])
        root = edge.root(tail)
        self._edge = edge
        if not run.writing and not is_safe:
            return signed
        if signed is None or signed.size < size:
            signed = self._sign(Checkpoint(self._trust.origin, size, root))
        elif signed.root != root:
            raise ForkedLedger(
                "The events in the database changed while the ledger was being written. Nothing is signed."
            )
        if catalogue_checkpoint(self._catalogue, self._trust) != signed:
            raise Conflict("another process has signed a larger tree in the meantime")
        for replica in list(run.writing):
            try:
                replica.store.replace(CHECKPOINT_KEY, signed.note.encode())
            except Unavailable as error:
                run.drop(replica, error)
        for replica in run.writing:
            with suppress(Unavailable):  # They may stay: nobody asks for them, and `publish_missing` removes them.
                remove_superfluous(replica.store, filled_by_growth(replica.size, size))
        return signed

    def _write(self, size: int, edge: TreeEdge, run: _Run, stores: Sequence[ReplicaStore]) -> bytes:
        """Step 2. The leaf hashes of the last group, where that is not full.

        Texts of the open bundle are written again: what the database has lost of them meanwhile stays as the replicas have it.
        """
        tail = b""
        pending: list[GroupFiles] = []
        groups = with_true_texts(catalogue_groups(self._catalogue, edge.size, size), stores)
        for group in group_files(groups, edge):
            pending.append(group)
            tail = group.leaves or tail
            if len(pending) == GROUPS_AT_ONCE:
                self._write_pending(pending, run)
                pending = []
        self._write_pending(pending, run)
        return tail if size % TILE_WIDTH else b""

    def _write_pending(self, pending: Sequence[GroupFiles], run: _Run) -> None:
        for replica in list(run.writing):
            lacking = [one for one in pending if not one.leaves or one.first + TILE_WIDTH > replica.size]
            try:
                evidence = write_groups(replica.store, lacking, f"ledger-{replica.size}")
                run.findings.extend(
                    replica_finding("LEDGER-LEFTOVER", Severity.WARNING, replica.store, path=key) for key in evidence
                )
            except Unavailable as error:
                run.drop(replica, error)

    def _sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        """Steps 3 and 4."""
        note = make_note(checkpoint.text, [(self._key, self._signer.sign(checkpoint.text.encode()))])
        with self._catalogue.begin() as transaction:
            transaction.save_checkpoint(checkpoint.size, checkpoint.root, note)
        self._agreed.add((checkpoint.size, checkpoint.root))
        return SignedCheckpoint(checkpoint.size, checkpoint.root, note)
