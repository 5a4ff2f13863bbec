"""What must be flushed before what, judged from a trace of system calls.

A killed process loses nothing that the kernel has in memory, so a flush that is missing stays unseen until the power goes. The
rules here are about that: what a disk may hold if only flushed things are sure to be on it.

    1  a file is renamed or linked only when its bytes, and those of all files below it, were flushed after their last write
    2  a name that was made or moved is durable (its folder flushed) before another rename builds upon it
    3  and before anything is acknowledged, and before the intent that would let recovery finish it is removed
    4  a sidecar is replaced after the inventory that it is about
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.drills.syscalls import Call

_WRITES = frozenset({"write", "writev", "pwrite64", "pwritev", "copy_file_range", "sendfile", "ftruncate", "fallocate"})
_MOVES = frozenset({"rename", "renameat", "renameat2"})
_LINKS = frozenset({"link", "linkat"})
_FOLDERS = frozenset({"mkdir", "mkdirat"})
_REMOVALS = frozenset({"unlink", "unlinkat"})
_INVENTORY = "inventory.json"
_SIDECAR = "inventory.json.sha512"


@dataclass(slots=True)
class _Disk:
    """What is not yet sure to be on the disk below `root`."""

    root: str
    dirty: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)  # folder: what was last made in it
    inventories: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @property
    def work(self) -> str:
        return f"{self.root}/work"

    def is_shown(self, path: str) -> bool:
        """Whether readers can see it: below the root, and not in work/."""
        return _is_below(path, self.root) and not _is_below(path, self.work)

    def unsure(self) -> list[str]:
        return [name for folder, name in self.names.items() if self.is_shown(folder) or folder == self.root]

    def complain(self, sentence: str) -> None:
        self.complaints.append(sentence)


def complaints(calls: Iterable[Call], root: str) -> Sequence[str]:
    """The rules that one traced run broke below `root`, one sentence for each time. `calls` are of one thread."""
    disk = _Disk(root)
    for call in calls:
        if call.result is not None and call.result < 0:
            continue
        _follow(disk, call)
    for name in disk.unsure():
        disk.complain(f"rule 3: it ended, and the name {name} was not durable")
    return disk.complaints


def _follow(disk: _Disk, call: Call) -> None:
    name, paths = call.name, call.paths
    if name == "write" and call.arguments.startswith("1<"):
        for unsure in disk.unsure():
            disk.complain(f"rule 3: something was acknowledged, and the name {unsure} was not durable")
    elif name in _WRITES:
        disk.dirty.update(path for path in paths[-1:] if _is_below(path, disk.root))
    elif name == "syncfs":
        disk.dirty.clear()
        disk.names.clear()
    elif name in ("fsync", "fdatasync"):
        disk.dirty.discard(paths[0])
        disk.names.pop(paths[0], None)
    elif name in _MOVES or name in _LINKS:
        _move(disk, call, *paths[:2])
    elif name in _FOLDERS and disk.is_shown(paths[0]):
        disk.names[os.path.dirname(paths[0])] = paths[0]
    elif name in _REMOVALS and os.path.basename(paths[0]) == "intent.json":
        for unsure in disk.unsure():
            disk.complain(f"rule 3: the intent was removed, and the name {unsure} was not durable")


def _move(disk: _Disk, call: Call, source: str, target: str) -> None:
    if not _is_below(target, disk.root):
        return
    for path in sorted(disk.dirty):
        if path == source or _is_below(path, source):
            disk.complain(f"rule 1: {source} became {target}, and the bytes of {path} were not flushed")
    if disk.is_shown(target):
        _build_upon(disk, call, source, target)
    folder, name = os.path.split(target)
    if name == _SIDECAR and disk.is_shown(target) and folder not in disk.inventories:
        disk.complain(f"rule 4: {target} was replaced before the inventory")
    if name == _INVENTORY:
        disk.inventories.add(folder)
    disk.names[folder] = target


def _build_upon(disk: _Disk, call: Call, source: str, target: str) -> None:
    for folder, name in disk.names.items():
        # Objects of one group are linked into one folder and flushed together; they do not build upon each other.
        is_one_group = call.name in _LINKS and not _is_below(target, name)
        is_own_intent = os.path.basename(name) == "intent.json" and _is_below(source, folder)
        if is_own_intent or (not is_one_group and (disk.is_shown(folder) or folder == disk.root)):
            disk.complain(f"rule 2: {target} was put in place, and the name {name} was not durable")


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")
