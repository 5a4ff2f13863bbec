"""A fixity run: which copies are due, what each check found, what was repaired, and the record of all of it.

Copies are looked at ahead, several at a time; what was found is dealt with one by one: recorded, repaired from copies that
agree with the ledger, recorded again. Lines gather into batches; damage and repair are recorded at once, each step an event of
its own.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from preservation.domain.fixity import Damaged, Missing, Unreadable
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, FixityLine, Transfer, TransferStatus
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, Clock, Locks, Minter, Progress, ReplicaStore
from preservation.services.fixity_batches import record_batch
from preservation.services.fixity_check import READERS, CopyReport
from preservation.services.fixity_copies import CheckedCopy, check_again, check_held
from preservation.services.fixity_events import FixityEvents, linked
from preservation.services.fixity_mending import Mender, Mending
from preservation.services.fixity_report import FixityReport, FoundProblem, named, reason, word
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.promotion import now_preserved
from preservation.services.replica_set import ReplicaSet
from preservation.services.replication import Replication

BATCH = 1000
BATCH_TIME = timedelta(minutes=5)
CHECKERS = 4
COPIES_AHEAD = 32
ASKED_TOGETHER = 8
FILES_AHEAD = 4096

__all__ = ["Fixity", "FixityReport", "Selection"]


class Selection(StrEnum):
    """ALL copies, or only those that are DUE: not checked within the policy's window."""

    ALL = "all"
    DUE = "due"


@dataclass(slots=True)
class _Pending:
    """What waits to be recorded together."""

    since: datetime
    lines: list[FixityLine] = field(default_factory=list)
    copies: list[CopyRecord] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    events: list[EncodedEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run shares: the readers of many files, and who looks at whole copies."""

    report: FixityReport
    progress: Progress
    readers: ThreadPoolExecutor
    checkers: ThreadPoolExecutor


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
        self, selection: Selection, progress: Progress, *, replica: str | None = None, aip: str | None = None
    ) -> FixityReport:
        """Check the selected copies on every replica that can be reached, and repair what can be repaired.

        A replica that goes away meanwhile is left, with one message. Whatever ends the run, what was found is recorded.
        NotHere for an unknown AIP; Unavailable if the named replica, or all of them, cannot be reached.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        stores = [store for store in self.replicas.stores.values() if replica in (None, store.id)]
        if not stores:
            raise Unavailable("no replica can be reached: " + "; ".join(self.replicas.away.values()))
        report = FixityReport()
        progress.begin("fixity", None)
        with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(CHECKERS) as checkers:
            for store in stores:
                self._run_on(store, selection, aip, _Run(report, progress, readers, checkers))
        progress.end()
        return report

    def _run_on(self, store: ReplicaStore, selection: Selection, aip: str | None, run: _Run) -> None:
        pending = _Pending(self.clock.now())
        waiting: deque[tuple[CopyRecord, Sequence[AIPVersion], Future[CheckedCopy]]] = deque()
        ahead = 0
        try:
            for copy, versions in self._with_versions(self._copies(store, selection, aip)):
                while waiting and (len(waiting) >= COPIES_AHEAD or ahead + versions[-1].file_count > FILES_AHEAD):
                    ahead -= waiting[0][1][-1].file_count
                    self._deal(store, *waiting.popleft(), pending, run)
                waiting.append((copy, versions, self._submit(store, copy, versions, run)))
                ahead += versions[-1].file_count
            while waiting:
                self._deal(store, *waiting.popleft(), pending, run)
        except ReplicaAway as error:
            run.report.away[store.id] = str(error)
        finally:
            for _, _, job in waiting:
                job.cancel()
            self._flush(pending)

    def _copies(self, store: ReplicaStore, selection: Selection, aip: str | None) -> Iterator[CopyRecord]:
        if aip is not None:
            yield from (copy for copy in self.catalogue.copies(aip) if copy.replica == store.id and copy.version)
            return
        oldest = self.clock.now() - timedelta(days=self.policies.fixity.window_days)
        after: str | None = None
        while page := self.catalogue.copies_on(store.id, after=after):
            for copy in page:
                is_due = copy.state is not CopyState.INTACT or copy.checked is None or copy.checked < oldest
                if copy.version and (selection is Selection.ALL or is_due):
                    yield copy
            after = page[-1].aip

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
        pending: _Pending,
        run: _Run,
    ) -> None:
        try:
            checked = job.result()
        except ReplicaAway as error:
            report = CopyReport(0, 0, [Unreadable(self.locations.object_root(copy.aip), str(error))], [])
            run.report.count(CopyState.UNREADABLE)
            self._note(store, copy, CheckedCopy(versions[: copy.version], {}, report, is_proven=False), pending)
            raise
        if copy.state is CopyState.PENDING and checked.state is CopyState.MISSING:
            return  # It never came to be: that is for `replica sync`, and no loss.
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
        self, store: ReplicaStore, copy: CopyRecord, checked: CheckedCopy, pending: _Pending, run: _Run
    ) -> None:
        """Record what was found of a copy, and mend it."""
        run.report.count(checked.state)
        run.report.bytes += checked.report.bytes
        run.report.files += checked.report.files
        self._note(store, copy, checked, pending)
        if _is_wrong(checked):
            self._mend(store, copy, checked, pending, run)
            return
        self._tell(store, checked, checked, Mending(), run.report)
        if len(pending.lines) >= BATCH or self.clock.now() - pending.since > BATCH_TIME:
            self._flush(pending)

    def _mend(self, store: ReplicaStore, copy: CopyRecord, checked: CheckedCopy, pending: _Pending, run: _Run) -> None:
        self._flush(pending)  # what was found is on record before anything is changed
        events = FixityEvents(self.recorder)
        mender = Mender(self.catalogue, self.locations, self.replication, self.minter)
        mending = mender.mend(store, checked, list(self.replicas.stores.values()), run.progress)
        objects = linked(store.id, checked.version)
        for repair in mending.repairs:
            pending.events.extend(events.repaired(objects, repair))
        if mending.replicated:
            pending.events.append(events.replicated(store.id, checked.version, mending.reason))
        if checked.is_proven:
            root = self.locations.object_root(copy.aip)
            again = check_again(store, root, checked, run.progress, run.readers)
            written = self.clock.now() if mending.replicated else copy.written
            self._note(store, replace(copy, state=checked.state, written=written), again, pending)
        else:
            again = checked
        self._flush(pending)
        self._tell(store, checked, again, mending, run.report)

    def _tell(
        self, store: ReplicaStore, checked: CheckedCopy, again: CheckedCopy, mending: Mending, report: FixityReport
    ) -> None:
        aip = checked.version.aip
        if checked.state is CopyState.INTACT:
            return
        if again.state is CopyState.INTACT:
            report.repaired += 1
        elif checked.state is not CopyState.UNREADABLE or mending.reason:
            report.unrepaired.append((aip, store.id, mending.reason or "still not intact after repair"))
        reasons = {repair.key: repair.reason for repair in mending.repairs}
        still = {problem.key for problem in again.report.problems}
        for problem in checked.report.problems:
            is_right = problem.key not in still
            why = reasons.get(problem.key) or mending.reason or reason(problem)
            report.add(
                FoundProblem(aip, store.id, named(problem.key), word(problem), is_right, "" if is_right else why)
            )

    def _note(self, store: ReplicaStore, copy: CopyRecord, checked: CheckedCopy, pending: _Pending) -> None:
        now = self.clock.now()
        version, state = checked.version, checked.state
        if not pending.lines:
            pending.since = now
        pending.lines.append(
            FixityLine(copy.aip, version.number, store.id, now, state, version.inventory_digest, checked.report.bytes)
        )
        # Not to have been able to look is no check: the time of the last firm answer stays.
        when = copy.checked if state is CopyState.UNREADABLE else now
        is_behind = copy.state is CopyState.PENDING and version.number == copy.version
        kept = CopyState.PENDING if is_behind and state is CopyState.INTACT else state
        pending.copies.append(replace(copy, version=version.number, state=kept, checked=when))
        events = FixityEvents(self.recorder)
        if state is not CopyState.INTACT or checked.report.transient:
            pending.events.extend(events.found(store.id, checked))
        elif copy.state not in (CopyState.INTACT, CopyState.PENDING):
            transfer = now_preserved(self.catalogue, self.policies, version, store.id)
            pending.transfers.extend([transfer] if transfer is not None else [])
            pending.events.append(events.intact_again(store.id, version, transfer))

    def _flush(self, pending: _Pending) -> None:
        record_batch(
            self.catalogue,
            self.recorder,
            self.minter,
            list(self.replicas.stores.values()),
            pending.lines,
            copies=pending.copies,
            transfers=pending.transfers,
            events=pending.events,
            policy=self.policies.versions.get("fixity"),
        )
        pending.lines, pending.copies, pending.transfers, pending.events = [], [], [], []


def _is_wrong(checked: CheckedCopy) -> bool:
    """Whether something was found that can be mended."""
    return any(isinstance(problem, Damaged | Missing) for problem in checked.report.problems)
