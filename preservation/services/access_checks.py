"""Reading for access that counts as a check, and doubts that it raises.

An export of a whole object reads every content file of it, cold, and compares it with what the ledger proves. Where all of them
came from one replica, what is left of that copy is looked at too (inventories, sidecars, what else lies there), and the copy was
checked: one line in a batch of its own, like any other check. A single file, or a package in another form, proves nothing of
the rest.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import AIPVersion, CopyState
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, Clock, Minter, ReplicaStore
from preservation.services.fixity_check import CopyReport, check_copy
from preservation.services.fixity_copies import CheckedCopy
from preservation.services.fixity_notes import FixityNotes
from preservation.services.fixity_planning import FixityPlanning
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.object_files import ProvenObject
from preservation.services.replica_set import ReplicaSet


class _Unheard:
    """Progress that nobody hears of: the export is given out already, and nothing may stop it any more."""

    def begin(self, label: str, total: int | None) -> None: ...

    def advance(self, amount: int) -> None: ...

    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class WholeRead:
    """All content of an object, read and found right: from these replicas, so many bytes."""

    proven: ProvenObject
    replicas: Collection[str]
    bytes: int


@dataclass(frozen=True, slots=True)
class AccessChecks:
    """The service. Every method raises Unavailable where that cannot be found out or recorded now: then it is no check."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    minter: Minter
    clock: Clock
    policies: Policies

    def count(self, versions: Sequence[AIPVersion], read: WholeRead) -> bool:
        """Record that the copy was checked, if it was: all of the newest version, from one replica; whether it was."""
        if len(read.replicas) != 1:
            return False
        store = self.replicas.stores[next(iter(read.replicas))]
        aip, root = versions[-1].aip, self.locations.object_root(versions[-1].aip)
        copy = next((one for one in self.catalogue.copies(aip) if one.replica == store.id), None)
        if copy is None or copy.state is not CopyState.INTACT or copy.version != versions[-1].number:
            return False
        rest = self._rest(store, root, read)
        if rest.problems:
            self.doubt(aip, [store.id])
            return False
        report = replace(rest, bytes=rest.bytes + read.bytes)
        schedule = FixityPlanning(self.catalogue, self.clock, self.policies).schedule()
        notes = FixityNotes(
            self.catalogue,
            self.recorder,
            self.minter,
            self.clock,
            self.policies,
            schedule,
            list(self.replicas.stores.values()),
            self.clock.now(),
        )
        notes.note(store, copy, CheckedCopy(versions, {}, report))
        notes.flush()
        return True

    def doubt(self, aip: str, replicas: Collection[str]) -> None:
        """A copy did not give what it should: it is to be checked at once."""
        copies = [(aip, replica) for replica in sorted(replicas)]
        table = self.catalogue.fixity_plan_table()
        table.hasten(copies, due=AT_ONCE, unless_checked_since=self.clock.now())

    def _rest(self, store: ReplicaStore, root: str, read: WholeRead) -> CopyReport:
        """What is no content: read, and nothing else there. Raises Unavailable."""
        files = {one.path: one.digest for one in read.proven.files}
        content = {path for paths in read.proven.inventory.manifest.values() for path in paths}
        own = {f"{root}/{path}" for path in files if path not in content}
        with ThreadPoolExecutor(1) as readers:
            return check_copy(store, root, files, _Unheard(), readers, read_only=own)
