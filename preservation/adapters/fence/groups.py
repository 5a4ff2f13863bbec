"""Which processes belong to a run, and what they take, as /proc tells it."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.fence.written import bytes_of

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MEMORY_NAME = "/memfd:"


@dataclass(frozen=True, slots=True)
class Footprint:
    """How many processes, the largest one's resident memory and all of theirs (shared pages counted again), in bytes.

    `nameless_bytes` are memory in files without a name (memfd_create(2)), `deleted_bytes` files that are gone and held open.
    """

    processes: int
    largest_bytes: int
    total_bytes: int
    nameless_bytes: int
    deleted_bytes: int


def footprint(proc: Path, pids: Iterable[int]) -> Footprint:
    """Of those that are still there when they are looked at."""
    listed = list(pids)
    sizes = [size for size in (_resident_bytes(proc, pid) for pid in listed) if size is not None]
    held = {one: found for pid in listed for one, found in _without_a_name(proc, pid)}
    nameless = sum(size for is_memory, size in held.values() if is_memory)
    deleted = sum(size for is_memory, size in held.values() if not is_memory)
    return Footprint(len(sizes), max(sizes, default=0), sum(sizes), nameless, deleted)


def everything_in(proc: Path) -> list[int]:
    """All process ids of a /proc; none where it cannot be read, which is what an ended namespace looks like."""
    try:
        return [int(name) for name in os.listdir(proc) if name.isdigit()]
    except OSError:
        return []


def descendants(ancestor: int) -> list[int]:
    """Children, their children and so on, without `ancestor` itself. An orphan belongs to whoever reaps it."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found, waiting = [], [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for pid in everything_in(Path("/proc")):
        try:
            told = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            continue
        # proc(5): the name is in parentheses and may hold any byte; after it come the state and the parent.
        yield pid, int(told[told.rindex(b")") + 1 :].split()[1])


def _resident_bytes(proc: Path, pid: int) -> int | None:
    try:
        return int((proc / str(pid) / "statm").read_bytes().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return None


def _without_a_name(proc: Path, pid: int) -> Iterator[tuple[tuple[int, int], tuple[bool, int]]]:
    """Open files that no folder lists: which one (device and number), whether it is memory, and its bytes."""
    try:
        with os.scandir(proc / str(pid) / "fd") as entries:
            for entry in entries:
                found = _nameless(entry.path)
                if found is not None:
                    status, name = found
                    yield (status.st_dev, status.st_ino), (name.startswith(_MEMORY_NAME), bytes_of(status))
    except OSError:
        # It has ended, or is one of those that nobody may look into, such as a program that gives itself other rights.
        return


def _nameless(path: str) -> tuple[os.stat_result, str] | None:
    try:
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode) and not status.st_nlink:
            return status, os.readlink(path)
    except OSError:
        return None
    return None
