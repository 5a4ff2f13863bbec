"""The ledger on one replica made whole: what it lacks is written, and, when asked, what is damaged is replaced.

Everything is made anew from the database, and only after the database's own events have reproduced the root that was signed. A
text that the database has lost goes the other way: the replica's, where it is the true one, comes back into the database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from preservation.domain.ledger import SequencedEvent
from preservation.errors import DiskFull, ForkedLedger, ImmutableConflict, NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.ledger_checkpoints import (
    LedgerTrust,
    SignedCheckpoint,
    catalogue_checkpoint,
    published_checkpoint,
)
from preservation.services.ledger_files import CHECKPOINT_KEY, LedgerGroup, catalogue_groups, group_files, roots_at
from preservation.services.ledger_leftovers import Leftover, leftovers
from preservation.services.ledger_texts import is_altered, with_true_texts
from preservation.services.ledger_writing import GROUPS_AT_ONCE
from preservation.standards.ledger_text import LedgerText
from preservation.standards.tiles import TILE_WIDTH
from preservation.standards.tree_edge import TreeEdge


class LedgerFault(StrEnum):
    """What was wrong with a ledger file that was repaired."""

    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class LedgerRepair:
    """One file. `evidence` is the key under which the damaged bytes were kept, None where nothing was kept."""

    key: str
    fault: LedgerFault
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class PublishReport:
    """`size` is the tree that the replica shows now; `added` files are new to it; `repaired` ones it should have had."""

    size: int
    added: int
    repaired: tuple[LedgerRepair, ...] = ()


def publish_missing(catalogue: Catalogue, store: ReplicaStore, trust: LedgerTrust, *, tx: str) -> PublishReport:
    """Bring a new or returned replica up to the newest signed tree. Files of the right length are not read.

    `tx` names the act in whatever is set aside. Idempotent; a crash leaves a replica that shows its earlier checkpoint.
    Raises ForkedLedger where the database does not lead to what was signed, or the replica shows a tree that is no beginning of
    it; Unavailable or DiskFull from the replica.
    """
    return _Publication(catalogue, store, trust, tx, is_thorough=False).run()


def repair_ledger(catalogue: Catalogue, store: ReplicaStore, trust: LedgerTrust, *, tx: str) -> PublishReport:
    """As `publish_missing`, and every file is read from the medium and compared. What differs is set aside and written anew.

    Texts are replaced without being set aside: what differs may be a text that was erased since.
    """
    return _Publication(catalogue, store, trust, tx, is_thorough=True).run()


class _Publication:
    def __init__(
        self, catalogue: Catalogue, store: ReplicaStore, trust: LedgerTrust, tx: str, *, is_thorough: bool
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._trust = trust
        self._tx = tx
        self._is_thorough = is_thorough
        self._sizes: dict[str, int] = {}
        self._fresh: list[tuple[str, bytes]] = []
        self._added = 0
        self._repaired: list[LedgerRepair] = []
        self._found: list[tuple[int, bytes, bytes]] = []

    def run(self) -> PublishReport:
        self._store.check_identity()
        signed = catalogue_checkpoint(self._catalogue, self._trust)
        while signed is not None:
            self._write(signed)
            newest = catalogue_checkpoint(self._catalogue, self._trust)
            if newest == signed:
                self._keep_checkpoint(signed)
                return PublishReport(signed.size, self._added, tuple(self._repaired))
            signed = newest  # The sequencer went on; a replica never goes back to an older checkpoint.
        return PublishReport(0, 0)

    def _write(self, signed: SignedCheckpoint) -> None:
        shown = self._shown()
        self._refuse_forks(signed, shown)
        self._sizes = {key: size for folder in ("ledger", "texts") for key, size in self._store.list(folder)}
        expected = set[str]()
        # A replica with files but without a checkpoint that verifies has lost it, and claims what it should have.
        claimed = shown.size if shown is not None else signed.size if self._sizes else 0
        groups = with_true_texts(catalogue_groups(self._catalogue, 0, signed.size), [self._store], told=self._take_back)
        for number, group in enumerate(group_files(groups, TreeEdge()), start=1):
            was_there = bool(group.leaves) and group.first + TILE_WIDTH <= claimed
            for key, data in group.tiles:
                expected.add(key)
                self._keep(key, data, was_there=was_there or claimed == signed.size)
            for key, data in group.texts:
                expected.add(key)
                self._keep_text(key, data, was_there=was_there or claimed == signed.size)
            if number % GROUPS_AT_ONCE == 0:
                self._flush()
        self._flush()
        self._keep_leftovers(expected, signed.size)

    def _take_back(self, event: SequencedEvent, text: LedgerText | None) -> None:
        if text is not None and event.sequence is not None:
            self._found.append((event.sequence, text.salt, text.private or b""))

    def _shown(self) -> SignedCheckpoint | None:
        """A checkpoint that does not verify is damage, and replaced at the end."""
        try:
            return published_checkpoint(self._store, self._trust)
        except ValueError:
            return None

    def _refuse_forks(self, signed: SignedCheckpoint, shown: SignedCheckpoint | None) -> None:
        claims = {signed.size: signed.root}
        if shown is not None and shown.size:
            if shown.size > signed.size or claims.get(shown.size, shown.root) != shown.root:
                raise ForkedLedger(
                    f"The replica shows a checkpoint of {shown.size} events that the database, with its own of {signed.size}, "
                    "does not know. Nothing was written. Rebuild the database from that replica ('rebuild --from')."
                )
            claims[shown.size] = shown.root
        roots = roots_at(_sound(catalogue_groups(self._catalogue, 0, signed.size)), TreeEdge(), claims)
        for size, root in claims.items():
            if roots[size] != root:
                raise ForkedLedger(
                    f"The events in the database do not lead to the checkpoint of size {size} that was signed. Nothing was "
                    "written. 'audit verify' names the events that differ."
                )

    def _keep(self, key: str, data: bytes, *, was_there: bool) -> None:
        size = self._sizes.get(key)
        if size is None:
            self._fresh.append((key, data))
            if was_there:
                self._repaired.append(LedgerRepair(key, LedgerFault.MISSING))
            else:
                self._added += 1
        elif size != len(data) or (self._is_thorough and read_cold(self._store, key) != data):
            self._restore(key, data)

    def _keep_text(self, key: str, data: bytes, *, was_there: bool) -> None:
        """Texts are small, and change: they are always compared."""
        if key not in self._sizes:
            self._keep(key, data, was_there=was_there)
        elif read_cold(self._store, key) != data:
            self._store.replace(key, data)
            if was_there:
                self._repaired.append(LedgerRepair(key, LedgerFault.DAMAGED))
            else:
                self._added += 1

    def _keep_leftovers(self, expected: set[str], size: int) -> None:
        """Partial tiles of earlier sizes. Under a full tile they go; the others must agree with the tile of today."""
        superfluous: list[str] = []
        for leftover in leftovers(self._sizes, expected, size):
            if leftover.is_superfluous:
                superfluous.append(leftover.key)
            elif self._is_thorough:
                self._keep_leftover(leftover)
        if superfluous:
            self._store.remove_partial_tiles(superfluous)

    def _keep_leftover(self, leftover: Leftover) -> None:
        data = leftover.cut(self._store.read(leftover.whole))
        if read_cold(self._store, leftover.key) != data:
            self._restore(leftover.key, data)

    def _keep_checkpoint(self, signed: SignedCheckpoint) -> None:
        note = signed.note.encode()
        found = read_cold(self._store, CHECKPOINT_KEY)
        if found == note:
            return
        if found is not None and self._shown() is None:
            self._restore(CHECKPOINT_KEY, note)
            return
        if found is None and self._sizes:
            self._restore(CHECKPOINT_KEY, note, LedgerFault.MISSING)
            return
        self._store.replace(CHECKPOINT_KEY, note)

    def _restore(self, key: str, data: bytes, fault: LedgerFault = LedgerFault.DAMAGED) -> None:
        self._repaired.append(LedgerRepair(key, fault, self._write_over(key, data)))

    def _write_over(self, key: str, data: bytes) -> str | None:
        evidence = self._store.set_aside(key, self._tx)
        self._store.restore(key, [data], self._tx)
        return evidence

    def _flush(self) -> None:
        if self._found:
            with self._catalogue.begin() as tx:
                tx.restore_texts(self._found)
            self._found = []
        fresh, self._fresh = self._fresh, []
        if not fresh:
            return
        try:
            self._store.put(fresh)
        except (ReplicaAway, DiskFull):
            raise
        except (ImmutableConflict, Unavailable):
            if not self._is_thorough:
                raise
            # A folder stands in place of a file, or a file or a link in place of a folder.
            evidence = {key: self._write_over(key, data) for key, data in fresh}
            self._repaired = [replace(one, evidence=one.evidence or evidence.get(one.key)) for one in self._repaired]


def _sound(groups: Iterable[LedgerGroup]) -> Iterator[LedgerGroup]:
    """A text that was altered in the database must not reach a replica, where the true one still is."""
    for group in groups:
        for event in group.events:
            if is_altered(event):
                raise ForkedLedger(
                    f"The text of event number {event.sequence} in the database is not the one that the event was sealed "
                    "with. Nothing was written. Rebuild the database from a replica ('rebuild --from')."
                )
        yield group


def read_cold(store: ReplicaStore, key: str) -> bytes | None:
    """The object as the medium has it, None if there is none."""
    try:
        with store.open_cold(key) as stream:
            return stream.readall() or b""
    except NotHere:
        return None
