"""What a replica holds beside AIPs, checked and made right: marker, explanation, OCFL declarations, ledger, fixity batches.

All of it follows from what is known without the replica, so nothing has to be fetched: it is compared, set aside if it
differs, and written again. What belongs to nothing is set aside too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from preservation.domain.events import LinkedObject
from preservation.domain.fixity import Damaged, FixityResult, Intact, Missing, Unreadable
from preservation.domain.holdings import ReplicaRecord
from preservation.errors import Conflict, ForkedLedger, InUse, NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, Locks, Minter, ReplicaOpener, ReplicaStore
from preservation.services.fixity_batches import batch_bytes, batch_digests, batch_key
from preservation.services.fixity_check import STRANGER, check_file
from preservation.services.fixity_events import FixityEvents
from preservation.services.fixity_report import named, word
from preservation.services.ledger import LedgerFault, LedgerRepair, LedgerTrust, catalogue_checkpoint, repair_ledger
from preservation.services.ledger_checkpoints import published_checkpoint
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.object_files import find_inventory
from preservation.services.quarantine_register import unrecorded
from preservation.services.repair import Repair, repair_known, set_stranger_aside
from preservation.services.replica_explanation import renew_explanation
from preservation.services.replica_strangers import known_objects, strangers_in_ledger, strangers_on
from preservation.services.repository_record import README

MARKER = "replica.json"
UNKNOWN_OBJECT = "an object that the catalogue does not know; it was left alone"
BATCH_DIFFERS = "the database has other lines than the ledger recorded; rebuild it from a replica"
LOCK_SECONDS = 600.0
_PROOFS_TRIED = 20


@dataclass(frozen=True, slots=True)
class Mended:
    """One file that was not right. `found`: damaged, missing or unreadable; `reason`: why it stays wrong, "" if it does not."""

    key: str
    found: str
    aside: str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaUpkeep:
    """The service."""

    catalogue: Catalogue
    locations: Locations
    opener: ReplicaOpener
    recorder: EventRecorder
    minter: Minter
    trust: LedgerTrust
    locks: Locks

    def restore_marker(self, record: ReplicaRecord) -> Mended | None:
        """Give a replica its marker back where everything else proves that it is ours; None if it has none now.

        A replica whose marker names another one of ours is left alone. One with a damaged or missing marker is ours if it shows a
        checkpoint that our key signed, or an inventory that the ledger knows: an empty mount point has neither.
        """
        store = self._unmarked(record)
        if store is None or not self._is_ours(record, store):
            return None
        aside: str | None = None
        try:
            repair_id = self._repair_id()
            aside = store.set_aside(MARKER, repair_id)
            store.restore(MARKER, [self.opener.fixed_files(record)[MARKER]], repair_id)
            self.opener.open(record).check_identity()
        except (Unavailable, NotHere):
            return None
        found = Damaged(MARKER, "", "") if aside else Missing(MARKER)
        self._record(store, [Repair(MARKER, found, repaired=True, aside=aside)])
        return Mended(MARKER, word(found), aside)

    def check(self, record: ReplicaRecord, store: ReplicaStore) -> list[Mended]:
        """Check everything beside the AIPs on one replica and make it right; each repair is an event. Raises ReplicaAway,
        or InUse while others keep writing to the ledger.

        Nobody else writes to the ledger while that is looked at, else what is new could be taken for what does not belong there.
        """
        if events := list(unrecorded(self.catalogue, self.locations, store, self.recorder)):
            with self.catalogue.begin() as tx:
                tx.append_events(events)
        repairs: list[Repair] = []
        try:
            repairs += self._strangers(record, store)
            with self.locks.hold("ledger", seconds=LOCK_SECONDS):
                for step in (self._ledger_strangers, self._fixed, self._ledger):
                    repairs += step(record, store)
            repairs += self._batches(record, store)
        except (ReplicaAway, InUse):
            # That says nothing about what the replica holds.
            raise
        except Unavailable as error:
            repairs.append(_unreadable("", str(error)))
        finally:
            self._record(store, repairs)
        return [Mended(named(one.key), word(one.found), one.aside, one.reason) for one in repairs]

    def _is_ours(self, record: ReplicaRecord, store: ReplicaStore) -> bool:
        try:
            if published_checkpoint(store, self.trust) is not None:
                return True
        except (Unavailable, ValueError):
            pass
        for copy in self.catalogue.copies_on(record.id, limit=_PROOFS_TRIED):
            root = self.locations.object_root(copy.aip)
            if any(find_inventory(one, root, [store]) is not None for one in self.catalogue.versions(copy.aip)):
                return True
        return False

    def _strangers(self, record: ReplicaRecord, store: ReplicaStore) -> Iterator[Repair]:
        repair_id = self._repair_id()
        fixed = self.opener.fixed_files(record).keys()
        # Moving them while listing would make the listing stumble.
        found = list(strangers_on(store, known_objects(self.catalogue, self.locations, record.id), fixed))
        if any(stranger.is_object for stranger in found):
            # Some may have been taken in while the others were looked at.
            known = known_objects(self.catalogue, self.locations, record.id)
            found = [one for one in found if not one.is_object or one.key.rpartition("/")[2] not in known]
        for stranger in found:
            if stranger.is_object:
                problem = Damaged(stranger.key, "", STRANGER)
                yield Repair(stranger.key, problem, repaired=False, reason=UNKNOWN_OBJECT)
            else:
                yield set_stranger_aside(store, Damaged(stranger.key, "", STRANGER), repair_id)

    def _ledger_strangers(self, record: ReplicaRecord, store: ReplicaStore) -> Iterator[Repair]:
        del record
        signed = catalogue_checkpoint(self.catalogue, self.trust)
        repair_id = self._repair_id()
        for stranger in list(strangers_in_ledger(store, signed.size if signed else 0)):
            yield set_stranger_aside(store, Damaged(stranger.key, "", STRANGER), repair_id)

    def _fixed(self, record: ReplicaRecord, store: ReplicaStore) -> Iterator[Repair]:
        for key, data in self.opener.fixed_files(record).items():
            if key == README:
                found = renew_explanation(self.catalogue, self.recorder, self.locations.repository, store, data)
            else:
                found, _ = check_file(store, key, sha256(data).digest())
            if not isinstance(found, Intact):
                # Without its marker the replica would be taken for away, in the middle of the repair.
                target = self._unmarked(record) if key == MARKER else store
                yield repair_known(target or store, found, data, self._repair_id())

    def _unmarked(self, record: ReplicaRecord) -> ReplicaStore | None:
        others = [one.id for one in self.catalogue.replicas() if one.id != record.id]
        return self.opener.open_unmarked(record, others)

    def _ledger(self, record: ReplicaRecord, store: ReplicaStore) -> Iterator[Repair]:
        del record
        try:
            report = repair_ledger(self.catalogue, store, self.trust, tx=self._repair_id())
        except ReplicaAway:
            raise
        except (ForkedLedger, Unavailable, NotHere, Conflict) as error:
            yield _unreadable("ledger", str(error))
            return
        yield from map(_of_ledger, report.repaired)

    def _batches(self, record: ReplicaRecord, store: ReplicaStore) -> Iterator[Repair]:
        del record
        for batch, digest in batch_digests(self.catalogue):
            key = batch_key(batch)
            found, _ = check_file(store, key, digest)
            if isinstance(found, Intact):
                continue
            data = batch_bytes(self.catalogue.fixity_lines(batch))
            if sha256(data).digest() == digest:
                yield repair_known(store, found, data, self._repair_id())
            else:
                yield Repair(key, found, repaired=False, reason=BATCH_DIFFERS)

    def _record(self, store: ReplicaStore, repairs: Sequence[Repair]) -> None:
        """One after another: what was found, what was done about each, and that it is right now if all of it is."""
        if not repairs:
            return
        events = FixityEvents(self.recorder)
        replica = [LinkedObject(id=store.id, kind="replica")]
        encoded = list(events.replica_found(store.id, [one.found for one in repairs]))
        for one in repairs:
            if not isinstance(one.found, Unreadable):
                encoded.extend(events.repaired(replica, one))
        if all(one.repaired for one in repairs):
            encoded.append(events.replica_intact_again(store.id))
        with self.catalogue.begin() as tx:
            tx.append_events(encoded)

    def _repair_id(self) -> str:
        return self.minter.urn().removeprefix("urn:uuid:")


def _unreadable(key: str, reason: str) -> Repair:
    return Repair(key, Unreadable(key, reason), repaired=False, reason=reason)


def _of_ledger(one: LedgerRepair) -> Repair:
    found: FixityResult = Missing(one.key) if one.fault is LedgerFault.MISSING else Damaged(one.key, "", "")
    return Repair(one.key, found, repaired=True, aside=one.evidence)
