"""Mending one copy: what does not belong is set aside, what is damaged or missing made again, a copy that is gone replicated."""

from collections.abc import Sequence
from dataclasses import dataclass

from preservation.domain.fixity import Damaged, FixityResult, Missing
from preservation.domain.holdings import CopyState
from preservation.errors import Conflict, NotHere, Unavailable
from preservation.ports import Catalogue, Minter, Progress, ReplicaStore
from preservation.services.fixity_check import STRANGER
from preservation.services.fixity_copies import CheckedCopy
from preservation.services.fixity_report import FixityReport, FoundProblem, named, reason, word
from preservation.services.locations import Locations
from preservation.services.object_files import own_bytes
from preservation.services.repair import Repair, repair_file, repair_known, set_stranger_aside
from preservation.services.replication import Replication

NO_INVENTORY = "no reachable copy has an inventory that agrees with the ledger"


@dataclass(frozen=True, slots=True)
class Mending:
    """What was done for one copy. `replicated`: it was made anew as a whole; `reason`: why something stays wrong, or ""."""

    repairs: Sequence[Repair] = ()
    replicated: bool = False
    reason: str = ""


def report_mended(
    report: FixityReport, replica: str, checked: CheckedCopy, again: CheckedCopy, mending: Mending
) -> None:
    """Tell what came of one copy: what was found at first, and `again` after mending, or the same where nothing was done."""
    if checked.state is CopyState.INTACT:
        return
    aip = checked.version.aip
    if again.state is CopyState.INTACT:
        report.repaired += 1
    elif checked.state is not CopyState.UNREADABLE or mending.reason:
        report.unrepaired.append((aip, replica, mending.reason or "still not intact after repair"))
    reasons = {repair.key: repair.reason for repair in mending.repairs}
    still = {problem.key for problem in again.report.problems}
    for problem in checked.report.problems:
        is_right = problem.key not in still
        why = reasons.get(problem.key) or mending.reason or reason(problem)
        report.add(FoundProblem(aip, replica, named(problem.key), word(problem), is_right, "" if is_right else why))


@dataclass(frozen=True, slots=True)
class Mender:
    """Works on one copy at a time. Never writes what the ledger does not prove."""

    catalogue: Catalogue
    locations: Locations
    replication: Replication
    minter: Minter

    def mend(
        self, store: ReplicaStore, checked: CheckedCopy, sources: Sequence[ReplicaStore], progress: Progress
    ) -> Mending:
        """Make a copy right as far as that is possible. `sources` are all replicas that can be reached. Raises ReplicaAway."""
        if not checked.is_proven:
            return Mending(reason=NO_INVENTORY)
        root = self.locations.object_root(checked.version.aip)
        if _is_empty(store, root):
            return self._replicate(store, checked, sources, progress)
        repair_id = self._repair_id()
        repairs = [
            self._repair(store, problem, checked, sources, repair_id)
            for problem in sorted(checked.report.problems, key=_strangers_first)
            if isinstance(problem, Damaged | Missing)
        ]
        reasons = sorted({repair.reason for repair in repairs if not repair.repaired})
        return Mending(repairs, reason="; ".join(reasons))

    def _repair(
        self,
        store: ReplicaStore,
        problem: FixityResult,
        checked: CheckedCopy,
        sources: Sequence[ReplicaStore],
        repair_id: str,
    ) -> Repair:
        if is_stranger(problem):
            return set_stranger_aside(store, problem, repair_id)
        root = self.locations.object_root(checked.version.aip)
        path = problem.key.removeprefix(f"{root}/")
        known = own_bytes(checked.versions, root, path, [store, *sources])
        if known is not None:
            return repair_known(store, problem, known, repair_id)
        expected = checked.files[path]
        return repair_file(store, problem, expected, sources=sources, repair_id=repair_id)

    def _replicate(
        self, store: ReplicaStore, checked: CheckedCopy, sources: Sequence[ReplicaStore], progress: Progress
    ) -> Mending:
        aip = checked.version.aip
        try:
            self._clear_way(store, self.locations.object_root(aip))
            self.replication.bring(store, aip, [one for one in sources if one.id != store.id], progress)
        except (Unavailable, NotHere, Conflict) as error:
            return Mending(replicated=True, reason=str(error))
        return Mending(replicated=True)

    def _clear_way(self, store: ReplicaStore, root: str) -> None:
        """A file, a link or an empty folder where a folder of the way to the object should be would stop the copy."""
        parts = root.split("/")
        for count in range(1, len(parts) + 1):
            way = "/".join(parts[:count])
            if _is_empty(store, way):
                store.set_aside(way, self._repair_id())
                return

    def _repair_id(self) -> str:
        return self.minter.urn().removeprefix("urn:uuid:")


def is_stranger(problem: FixityResult) -> bool:
    """Whether this is a file that does not belong to the object."""
    return isinstance(problem, Damaged) and not problem.expected and problem.found == STRANGER


def _strangers_first(problem: FixityResult) -> tuple[bool, str]:
    """They may stand in the way of what is missing; and later a folder may be there under the same key."""
    return not is_stranger(problem), problem.key


def _is_empty(store: ReplicaStore, prefix: str) -> bool:
    return next(iter(store.list(prefix)), None) is None
