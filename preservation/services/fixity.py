"""A fixity run: which copies are due, what each check found, what was repaired, and the record of all of it.

Copies are looked at ahead, several at a time; what was found is dealt with one by one: recorded, repaired from copies that
agree with the ledger, recorded again. Lines gather into batches; damage and repair are recorded at once, each step an event of
its own.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from preservation.domain.fixity import Damaged, Missing, Unreadable
from preservation.domain.fixity_load import ReadingRate
from preservation.domain.fixity_schedule import LOOKED_AT_AGAIN, FixitySchedule
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, TransferStatus
from preservation.domain.policies import Policies
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, Clock, Locks, Minter, Progress, ReplicaStore
from preservation.services.fixity_check import READERS, CopyReport
from preservation.services.fixity_copies import CheckedCopy, check_again, check_held
from preservation.services.fixity_disputes import Disputes
from preservation.services.fixity_events import FixityEvents, linked
from preservation.services.fixity_mending import NO_INVENTORY, Mender, Mending, report_mended
from preservation.services.fixity_notes import FixityNotes
from preservation.services.fixity_planning import FixityPlanning, hasten_around
from preservation.services.fixity_report import FixityReport
from preservation.services.fixity_selection import Selection, due_copies, every_copy, hastened_copies
from preservation.services.fixity_slice import FixitySlice
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.repair_limits import RepairGate
from preservation.services.replica_set import ReplicaSet
from preservation.services.replication import Replication

CHECKERS = 4
COPIES_AHEAD = 32
ASKED_TOGETHER = 8
FILES_AHEAD = 4096

__all__ = ["Fixity", "FixityReport", "Selection"]


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run shares: the readers of many files, and who looks at whole copies."""

    report: FixityReport
    progress: Progress
    readers: ThreadPoolExecutor
    checkers: ThreadPoolExecutor
    gate: RepairGate
    disputes: Disputes
    schedule: FixitySchedule
    began: datetime
    slice: FixitySlice | None


@dataclass(frozen=True, slots=True)
class Fixity:
    """The service."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    replication: Replication
    recorder: EventRecorder
    minter: Minter
    clock: Clock
    policies: Policies
    locks: Locks

    def run(
        self,
        selection: Selection,
        progress: Progress,
        *,
        replica: str | None = None,
        aip: str | None = None,
        slice: FixitySlice | None = None,
    ) -> FixityReport:
        """Check the selected copies on every replica that can be reached, and repair what can be repaired.

        Copies that are due come by their deadlines, the earliest first. With a `slice` no copy is begun once that is over.
        A replica that goes away meanwhile is left, with one message. Whatever ends the run, what was found is recorded.
        NotHere for an unknown AIP; Unavailable if the named replica, or all of them, cannot be reached.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        stores = [store for store in self.replicas.stores.values() if replica in (None, store.id)]
        if not stores:
            raise Unavailable("no replica can be reached: " + "; ".join(self.replicas.away.values()))
        report = FixityReport()
        gate = RepairGate(self.catalogue, self.recorder, self.clock, self.policies.replication.repair)
        disputes = Disputes(self.catalogue)
        planning = FixityPlanning(self.catalogue, self.clock, self.policies)
        schedule, began = planning.schedule(), self.clock.now()
        progress.begin("fixity", None)
        with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(CHECKERS) as checkers:
            for store in stores:
                run = _Run(report, progress, readers, checkers, gate, disputes, schedule, began, slice)
                if aip is None:
                    planning.plan_missing(store.id, progress)
                self._run_on(store, selection, aip, run)
        progress.end()
        return report

    def _run_on(self, store: ReplicaStore, selection: Selection, aip: str | None, run: _Run) -> None:
        stores, now = list(self.replicas.stores.values()), self.clock.now()
        pending = FixityNotes(
            self.catalogue, self.recorder, self.minter, self.clock, self.policies, run.schedule, stores, now
        )
        began, before = self.clock.now(), (run.report.checked, run.report.bytes)
        try:
            if aip is not None:
                copies = self.catalogue.copies(aip)
                self._walk(store, (one for one in copies if one.replica == store.id and one.version), pending, run)
            elif selection is Selection.ALL:
                self._walk(store, every_copy(self.catalogue, store.id), pending, run)
            else:
                # Whoever asks for a run now wants to see again what was wrong a moment ago.
                by = self.clock.now() if run.slice is not None else self.clock.now() + LOOKED_AT_AGAIN
                seen: set[str] = set()
                self._walk(store, due_copies(self.catalogue, store.id, by, seen), pending, run)
                while hastened := hastened_copies(self.catalogue, store.id, seen):
                    self._walk(store, iter(hastened), pending, run)
                    pending.flush()
        except ReplicaAway as error:
            run.report.away[store.id] = str(error)
        finally:
            pending.flush()
        if aip is None and run.report.checked > before[0]:
            seconds = (self.clock.now() - began).total_seconds()
            copies_read, bytes_read = run.report.checked - before[0], run.report.bytes - before[1]
            rate = ReadingRate(self.clock.now(), seconds, copies_read, bytes_read)
            self.catalogue.fixity_plan_table().note_rate(store.id, rate)

    def _walk(self, store: ReplicaStore, copies: Iterator[CopyRecord], pending: FixityNotes, run: _Run) -> None:
        """Look at copies ahead, some at a time, and deal with what was found in their order."""
        waiting: deque[tuple[CopyRecord, Sequence[AIPVersion], Future[CheckedCopy]]] = deque()
        ahead = 0
        try:
            for copy, versions in self._with_versions(copies):
                if run.slice is not None:
                    if run.slice.is_over:
                        break
                    # Beside content: a declaration, and an inventory with its sidecar at the root and for each version.
                    run.slice.take(versions[-1].file_count + 3 + 2 * len(versions))
                while waiting and (len(waiting) >= COPIES_AHEAD or ahead + versions[-1].file_count > FILES_AHEAD):
                    ahead -= waiting[0][1][-1].file_count
                    self._deal(store, *waiting.popleft(), pending, run)
                waiting.append((copy, versions, self._submit(store, copy, versions, run)))
                ahead += versions[-1].file_count
            while waiting:
                self._deal(store, *waiting.popleft(), pending, run)
        finally:
            for _, _, job in waiting:
                job.cancel()

    def _with_versions(self, copies: Iterator[CopyRecord]) -> Iterator[tuple[CopyRecord, Sequence[AIPVersion]]]:
        """Asked for a few copies at a time, and no more: an AIP may get a version while others are being read."""
        while some := list(islice(copies, ASKED_TOGETHER)):
            versions = self.catalogue.versions_of([copy.aip for copy in some])
            yield from ((copy, versions[copy.aip]) for copy in some)

    def _submit(
        self, store: ReplicaStore, copy: CopyRecord, versions: Sequence[AIPVersion], run: _Run
    ) -> Future[CheckedCopy]:
        others = [one for one in self.replicas.stores.values() if one.id != store.id]
        root = self.locations.object_root(copy.aip)
        return run.checkers.submit(check_held, store, root, versions, copy.version, others, run.progress, run.readers)

    def _deal(
        self,
        store: ReplicaStore,
        copy: CopyRecord,
        versions: Sequence[AIPVersion],
        job: Future[CheckedCopy],
        pending: FixityNotes,
        run: _Run,
    ) -> None:
        try:
            checked = job.result()
        except ReplicaAway as error:
            report = CopyReport(0, 0, [Unreadable(self.locations.object_root(copy.aip), str(error))], [])
            run.report.count(CopyState.UNREADABLE)
            found = CheckedCopy(versions[: copy.version], {}, report, is_proven=False)
            pending.note(store, copy, found, is_known=copy.state is CopyState.UNREADABLE)
            raise
        if copy.state is CopyState.PENDING and copy.checked is None and checked.state is CopyState.MISSING:
            # It never came to be: that is for `replica sync`, and no loss. One that was read before, and is behind, is a loss.
            self.catalogue.fixity_plan_table().plan([(copy, self.clock.now() + LOOKED_AT_AGAIN)])
            return
        if not _is_wrong(checked):
            self._conclude(store, copy, checked, pending, run)
            return
        with self.locks.try_hold(f"aip:{copy.aip}") as is_ours:
            # Under the lock nobody adds a version; one that was added meanwhile, or is not settled yet, is no damage.
            if is_ours and not self._is_under_way(copy.aip):
                present = self._looked_at_again(store, copy, versions, checked, run)
                if present is not None:
                    self._conclude(store, *present, pending, run)
                return
        run.report.passed_over += 1

    def _is_under_way(self, aip: str) -> bool:
        """Whether a submission to the AIP is unsettled: a replica may hold a version that nothing is recorded of yet."""
        return any(one.aip == aip for one in self.catalogue.transfers(TransferStatus.RUNNING))

    def _looked_at_again(
        self,
        store: ReplicaStore,
        copy: CopyRecord,
        versions: Sequence[AIPVersion],
        checked: CheckedCopy,
        run: _Run,
    ) -> tuple[CopyRecord, CheckedCopy] | None:
        """A copy as it is recorded and found now; as before, where its AIP is what it was and nobody else has looked at it.

        Another run may have repaired it: what was damaged then must not be set aside now. None if it has none any more.
        """
        recorded = next((one for one in self.catalogue.copies(copy.aip) if one.replica == store.id), None)
        present = self.catalogue.versions(copy.aip)
        if recorded is None or not recorded.version:
            return None
        if recorded == copy and len(present) == len(versions):
            return recorded, checked
        return recorded, self._submit(store, recorded, present, run).result()

    def _conclude(
        self, store: ReplicaStore, copy: CopyRecord, checked: CheckedCopy, pending: FixityNotes, run: _Run
    ) -> None:
        """Record what was found of a copy, and mend it."""
        run.report.count(checked.state)
        run.report.bytes += checked.report.bytes
        run.report.files += checked.report.files
        # Of what is known, and cannot be mended, the line of a batch says enough: it is looked at every hour.
        is_known = copy.state is checked.state
        refusal = self._refusal(store, checked, run) if is_known else ""
        pending.note(store, copy, checked, is_known=is_known and (bool(refusal) or not _is_wrong(checked)))
        run.disputes.note(checked, self.clock.now())
        if _is_wrong(checked) and not refusal:
            pending.flush()  # what was found is on record before anything is changed
            if copy.state not in (CopyState.DAMAGED, CopyState.MISSING):
                hasten_around(self.catalogue, copy.aip, store.id, began=run.began)
            refusal = "" if is_known else self._refusal(store, checked, run)
            if not refusal:
                self._mend(store, copy, checked, pending, run)
                return
        report_mended(run.report, store.id, checked, checked, Mending(reason=refusal))
        if pending.is_full:
            pending.flush()

    def _refusal(self, store: ReplicaStore, checked: CheckedCopy, run: _Run) -> str:
        """Why nothing of a copy is mended, "" if it is to be. Where nothing proves what is right, nothing is counted either."""
        if not _is_wrong(checked):
            return ""
        return run.gate.refusal(store.id) if checked.is_proven else NO_INVENTORY

    def _mend(
        self, store: ReplicaStore, copy: CopyRecord, checked: CheckedCopy, pending: FixityNotes, run: _Run
    ) -> None:
        events = FixityEvents(self.recorder)
        mender = Mender(self.catalogue, self.locations, self.replication, self.minter)
        mending = mender.mend(store, checked, list(self.replicas.stores.values()), run.progress)
        objects = linked(store.id, checked.version)
        for repair in mending.repairs:
            pending.events.extend(events.repaired(objects, repair))
        if mending.replicated:
            # The AIP's newest version, also where the copy was behind when it was lost.
            versions = checked.versions if mending.reason else self.catalogue.versions(copy.aip)
            pending.events.append(events.replicated(store.id, versions[-1], mending.reason))
        if mending.replicated and not mending.reason:
            again = self._submit(store, replace(copy, version=versions[-1].number), versions, run).result()
        else:
            root = self.locations.object_root(copy.aip)
            again = check_again(store, root, checked, run.progress, run.readers)
        written = self.clock.now() if mending.replicated else copy.written
        pending.note(store, replace(copy, state=checked.state, written=written), again)
        pending.flush()
        report_mended(run.report, store.id, checked, again, mending)


def _is_wrong(checked: CheckedCopy) -> bool:
    """Whether something was found that can be mended."""
    return any(isinstance(problem, Damaged | Missing) for problem in checked.report.problems)
