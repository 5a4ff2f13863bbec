"""One AIP's copy on one replica: which version it is, what it must consist of, and what a check finds of it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha512

from preservation.domain.fixity import Damaged, FixityResult, Intact, Missing, Unreadable
from preservation.domain.holdings import AIPVersion, CopyState
from preservation.ports import Progress, ReplicaStore
from preservation.services.fixity_check import CopyReport, check_copy, check_file
from preservation.services.object_files import find_inventory, object_digests, read_inventory


@dataclass(frozen=True, slots=True)
class CheckedCopy:
    """`versions` end with the one that the copy is held to be of. `files` are what it must consist of, path to
    digest, where something is wrong.

    Without `is_proven` no inventory was found that the ledger knows, so that nothing can be said of the content.
    """

    versions: Sequence[AIPVersion]
    files: Mapping[str, bytes]
    report: CopyReport
    is_proven: bool = True

    @property
    def version(self) -> AIPVersion:
        return self.versions[-1]

    @property
    def state(self) -> CopyState:
        """One word for a copy. Damage outweighs all else, since it is certain; what could not be read, what is gone."""
        if self.report.all_of(Damaged):
            return CopyState.DAMAGED
        if self.report.all_of(Unreadable):
            return CopyState.UNREADABLE
        return CopyState.MISSING if self.report.problems else CopyState.INTACT


def check_held(
    store: ReplicaStore,
    object_root: str,
    versions: Sequence[AIPVersion],
    recorded: int,
    others: Sequence[ReplicaStore],
    progress: Progress,
    readers: ThreadPoolExecutor,
) -> CheckedCopy:
    """Prove the object from the ledger and check the copy against it. `versions` are all of the AIP's. Raises ReplicaAway.

    `recorded` is the version that the catalogue believes to be there. The copy may be of a later one: a commit that was cut
    off before it was recorded is no damage.
    """
    held = read_inventory(store, f"{object_root}/inventory.json")
    digest = sha512(held).hexdigest() if held is not None else ""
    number = next((one.number for one in versions[recorded - 1 :] if one.inventory_digest == digest), recorded)
    upto = versions[:number]
    if held is None or digest != upto[-1].inventory_digest:
        held = find_inventory(upto[-1], object_root, [store, *others])
    if held is None:
        return CheckedCopy(upto, {}, _unproven(store, object_root, upto[-1]), is_proven=False)
    files = object_digests(upto, held)
    del held
    report = check_copy(store, object_root, files, progress, readers)
    return CheckedCopy(upto, files if report.problems else {}, report)


def check_again(
    store: ReplicaStore, object_root: str, checked: CheckedCopy, progress: Progress, readers: ThreadPoolExecutor
) -> CheckedCopy:
    """After a repair: what was wrong is read again, and the rest has to be there."""
    keys = {problem.key for problem in checked.report.problems}
    report = check_copy(store, object_root, checked.files, progress, readers, read_only=keys)
    return CheckedCopy(checked.versions, checked.files, report)


def _unproven(store: ReplicaStore, object_root: str, version: AIPVersion) -> CopyReport:
    expected = bytes.fromhex(version.inventory_digest)
    found: list[FixityResult] = []
    for key in (f"{object_root}/inventory.json", f"{object_root}/v{version.number}/inventory.json"):
        result, _ = check_file(store, key, expected)
        # It can be read now, though it could not be a moment ago: that is for the next run to tell.
        found.append(Unreadable(key, "it could not be read at first") if isinstance(result, Intact) else result)
    if all(isinstance(result, Missing) for result in found):
        store.check_identity()
    return CopyReport(0, 0, found, [])
