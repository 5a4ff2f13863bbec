"""Which processes belong to a run, and what memory they take, as /proc tells it."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Footprint:
    """How many processes, the largest one's resident memory and all of theirs (shared pages counted again), in bytes."""

    processes: int
    largest_bytes: int
    total_bytes: int


def footprint(proc: Path, pids: Iterable[int]) -> Footprint:
    """Of those that are still there when they are looked at."""
    sizes = [size for size in (_resident_bytes(proc, pid) for pid in pids) if size is not None]
    return Footprint(len(sizes), max(sizes, default=0), sum(sizes))


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
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            continue
        # proc(5): the name is in parentheses and may hold any byte; after it come the state and the parent.
        yield pid, int(stat[stat.rindex(b")") + 1 :].split()[1])


def _resident_bytes(proc: Path, pid: int) -> int | None:
    try:
        return int((proc / str(pid) / "statm").read_bytes().split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return None
