"""Replication: bring a replica what it lacks, from copies that agree with the ledger, and read it back (CPP-011).

Several AIPs at a time; what was brought is recorded by one thread, in groups. A copy that was made and not recorded, because
something ended the run, is found, read and recorded by the next.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, ReplicaState, Transfer
from preservation.domain.ledger import EncodedEvent
from preservation.domain.packages import PackageFile
from preservation.domain.policies import Policies
from preservation.errors import Conflict, DiskFull, NotHere, Unavailable
from preservation.ports import Catalogue, Clock, Locks, Minter, Progress, ReplicaStore
from preservation.services import writing
from preservation.services.copying import FileCopier
from preservation.services.fixity_copies import check_held
from preservation.services.held_objects import held_version, set_pieces_aside
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.object_files import ObjectFile, ProvenObject, prove_object
from preservation.services.promotion import now_preserved

COPIERS = 4
AIPS_AHEAD = 8
FILES_AHEAD = 4096
GROUP = 64


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a replica got. `failed` pairs an AIP with the reason why its copy could not be made."""

    copied: int
    bytes: int
    failed: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Brought:
    """A copy that is up to date. `checked` is when all of it was last read."""

    version: AIPVersion
    bytes: int
    written: datetime
    checked: datetime


@dataclass(frozen=True, slots=True)
class Replication:
    """The service: one replica at a time."""

    catalogue: Catalogue
    locations: Locations
    recorder: EventRecorder
    minter: Minter
    clock: Clock
    policies: Policies
    locks: Locks

    def sync(
        self,
        store: ReplicaStore,
        sources: Sequence[ReplicaStore],
        progress: Progress,
        *,
        may_begin: Callable[[], bool] = _always,
    ) -> SyncReport:
        """Copy every AIP whose copy on this replica is absent, unfinished or behind. Damaged ones are left to repair.

        `may_begin` is asked before each: where it says no, what was begun is brought to its end and nothing more.
        Raises ReplicaAway if the replica goes away meanwhile, DiskFull if it is full: what was brought before is recorded.
        """
        others = [one for one in sources if one.id != store.id]
        brought: list[_Brought] = []
        failed: list[tuple[str, str]] = []
        copied, amount = 0, 0
        progress.begin("copy", None)
        try:
            for aip, outcome in self._bring_all(store, others, progress, may_begin):
                if isinstance(outcome, _Brought):
                    brought.append(outcome)
                    copied, amount = copied + 1, amount + outcome.bytes
                else:
                    failed.append((aip, str(outcome)))
                    self._record_failure(store, aip, outcome)
                    store.check_identity()
                    if _is_full(outcome):
                        raise DiskFull(str(outcome)) from outcome
                if len(brought) >= GROUP:
                    self._record(store, brought)
                    brought = []
        finally:
            self._record(store, brought)
            progress.end()
        return SyncReport(copied, amount, failed)

    def bring(self, store: ReplicaStore, aip: str, sources: Sequence[ReplicaStore], progress: Progress) -> int:
        """Bring one AIP's copy up to the head and record it; the bytes copied. Raises Unavailable, NotHere or Conflict."""
        versions = self.catalogue.versions(aip)
        recorded = self._recorded(store, aip)
        with ThreadPoolExecutor(COPIERS) as copiers:
            brought = self._fetch(store, versions, recorded, sources, progress, copiers)
        self._record(store, [brought])
        return brought.bytes

    def _bring_all(
        self,
        store: ReplicaStore,
        sources: Sequence[ReplicaStore],
        progress: Progress,
        may_begin: Callable[[], bool],
    ) -> Iterator[tuple[str, _Brought | Unavailable | NotHere | Conflict]]:
        waiting: deque[tuple[str, int, Future[_Brought]]] = deque()
        ahead = 0
        with ThreadPoolExecutor(COPIERS) as workers, ThreadPoolExecutor(COPIERS) as copiers:
            try:
                for aip in self._lacking(store.id):
                    if not may_begin():
                        break
                    versions, recorded = self.catalogue.versions(aip), self._recorded(store, aip)
                    count = versions[-1].file_count
                    while waiting and (len(waiting) >= AIPS_AHEAD or ahead + count > FILES_AHEAD):
                        done, its_count, job = waiting.popleft()
                        ahead -= its_count
                        yield done, _outcome(job)
                    job = workers.submit(self._fetch, store, versions, recorded, sources, progress, copiers)
                    waiting.append((aip, count, job))
                    ahead += count
                while waiting:
                    done, _, job = waiting.popleft()
                    yield done, _outcome(job)
            finally:
                for _, _, job in waiting:
                    job.cancel()

    def _lacking(self, replica: str) -> Iterator[str]:
        after: str | None = None
        is_held = any(one.id == replica and one.state is ReplicaState.HELD for one in self.catalogue.replicas())
        while page := self.catalogue.copies_lacking(replica, after=after):
            for aip, _ in page:
                # To bring again what was found damaged or missing is a repair, whatever it is called.
                if not (is_held and self._is_bad(replica, aip)):
                    yield aip
            after = page[-1][0]

    def _is_bad(self, replica: str, aip: str) -> bool:
        copy = next((one for one in self.catalogue.copies(aip) if one.replica == replica), None)
        return copy is not None and copy.state not in (CopyState.INTACT, CopyState.PENDING)

    def _recorded(self, store: ReplicaStore, aip: str) -> CopyRecord | None:
        return next((copy for copy in self.catalogue.copies(aip) if copy.replica == store.id), None)

    def _fetch(
        self,
        store: ReplicaStore,
        versions: Sequence[AIPVersion],
        recorded: CopyRecord | None,
        sources: Sequence[ReplicaStore],
        progress: Progress,
        copiers: ThreadPoolExecutor,
    ) -> _Brought:
        root = self.locations.object_root(versions[-1].aip)
        held = held_version(store, root, versions)
        if not held and (pieces := [key for key, _ in store.list(root)]):
            if (recorded and recorded.version) or f"{root}/inventory.json" in pieces:
                raise Unavailable("the copy's root inventory cannot be read: `fixity run` repairs it")
            self._clear(store, versions[-1].aip, pieces)
        amount = 0
        for upto in versions[held:] if held else versions[-1:]:
            amount += self._copy(store, root, versions[: upto.number], sources, progress, copiers, is_new=not held)
        now = self.clock.now()
        if not held:
            return _Brought(versions[-1], amount, now, now)
        if recorded and recorded.checked and recorded.state is CopyState.INTACT and recorded.version == held:
            return _Brought(versions[-1], amount, now, recorded.checked)
        # What was there before was never found intact, or not since: it must not be called so unread.
        checked = check_held(store, root, versions, versions[-1].number, sources, progress, copiers)
        if checked.state in (CopyState.DAMAGED, CopyState.MISSING) and not (recorded and recorded.version):
            # It never came to be a copy that counts, so that no fixity run looks at it.
            self._clear(store, versions[-1].aip, [key for key, _ in store.list(root)])
            amount = self._copy(store, root, versions, sources, progress, copiers, is_new=True)
            now = self.clock.now()
            return _Brought(versions[-1], amount, now, now)
        if checked.state is not CopyState.INTACT:
            raise Unavailable(f"the copy was found {checked.state.value}: `fixity run` repairs it")
        return _Brought(versions[-1], amount, recorded.written or now if recorded and not amount else now, now)

    def _clear(self, store: ReplicaStore, aip: str, keys: Sequence[str]) -> None:
        set_pieces_aside(self.catalogue, self.recorder, self.minter, self.locks, store, aip=aip, keys=keys)

    def _copy(
        self,
        store: ReplicaStore,
        root: str,
        versions: Sequence[AIPVersion],
        sources: Sequence[ReplicaStore],
        progress: Progress,
        copiers: ThreadPoolExecutor,
        *,
        is_new: bool,
    ) -> int:
        """The last of the versions in one commit: the whole object if it is new to the replica, else what that version added."""
        proven = prove_object(versions, root, sources)
        if proven is None:
            raise Unavailable("no reachable replica has inventories that agree with the ledger")
        last = versions[-1].number
        base = None if is_new else versions[-2].inventory_digest
        tx = self.minter.urn().removeprefix("urn:uuid:")
        with writing.begin([store], tx=tx, object_root=root, version=last, base=base, source_path=_nowhere) as writers:
            copier = FileCopier(writers, root, proven.known, sources, progress.advance)
            staged, amount = copier.copy(list(_wanted(proven, last, is_new=is_new)), copiers)
            writers.seal()
            writers.read_back(staged, progress.advance)
            writers.commit()
        return amount

    def _record(self, store: ReplicaStore, brought: Sequence[_Brought]) -> None:
        if not brought:
            return
        events: list[EncodedEvent] = []
        transfers: list[Transfer] = []
        for one in brought:
            preserved = now_preserved(self.catalogue, self.policies, one.version, store.id)
            transfers.extend(preserved)
            objects = (
                *_linked(store, one.version.aip, one.version),
                *(LinkedObject(id=transfer.id, kind="transfer") for transfer in preserved),
            )
            events.append(
                self.recorder.event(
                    EventType.REPLICATION,
                    EventOutcome.SUCCESS,
                    objects=objects,
                    detail={"read_back": True, **({"status": preserved[0].status.value} if preserved else {})},
                )
            )
        with self.catalogue.begin() as tx:
            tx.save_copies(
                CopyRecord(one.version.aip, store.id, one.version.number, CopyState.INTACT, one.written, one.checked)
                for one in brought
            )
            for transfer in transfers:
                tx.save_transfer(transfer)
            tx.append_events(events)

    def _record_failure(self, store: ReplicaStore, aip: str, error: Exception) -> None:
        event = self.recorder.event(
            EventType.REPLICATION,
            EventOutcome.FAILURE,
            objects=_linked(store, aip, None),
            detail={"error": type(error).__name__},
            private={"reason": str(error)},
        )
        with self.catalogue.begin() as tx:
            tx.append_events([event])


def _linked(store: ReplicaStore, aip: str, version: AIPVersion | None) -> tuple[LinkedObject, ...]:
    digest = f"sha512:{version.inventory_digest}" if version else None
    return (
        LinkedObject(id=aip, kind="aip", version=version.number if version else None, digest=digest),
        LinkedObject(id=store.id, kind="replica", role="outcome"),
    )


def _nowhere(file: PackageFile) -> None:
    del file


def _outcome(job: Future[_Brought]) -> _Brought | Unavailable | NotHere | Conflict:
    try:
        return job.result()
    except (Unavailable, NotHere, Conflict) as error:
        return error


def _is_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error. The next copy would find no room either."""
    while error is not None:
        if isinstance(error, DiskFull):
            return True
        error = error.__cause__ or error.__context__
    return False


def _wanted(proven: ProvenObject, last: int, *, is_new: bool) -> Iterator[ObjectFile]:
    """What has to be staged: all of it for a new object, else the new version's folder and the root inventory."""
    for file in proven.files:
        if is_new or file.path.startswith((f"v{last}/", "inventory.json")):
            yield file
