"""One command, run with one fault at one system call."""

import os
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.drills.forks import FATAL, Run, fork_and_run
from tests.drills.scenario import Outcome
from tests.drills.syscalls import Call, read_log, traced_names

TIMEOUT = 300.0
_STRACE = ("strace", "-f", "-y", "-s", "0", "-e", "signal=none")


class Fault(StrEnum):
    KILL = "KILL"
    EIO = "EIO"
    ENOSPC = "ENOSPC"


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """The `number`th call of this name in a thread: strace counts for each thread, the first to come so far is hit.

    If `is_first` is false, in another thread (or process) than the program's first one.
    """

    call: str
    number: int
    is_first: bool = True

    def __str__(self) -> str:
        return f"{self.call}#{self.number}{'' if self.is_first else ' of another thread'}"


@dataclass(frozen=True, slots=True)
class Hit:
    """The call that a fault struck, as the trace tells. `is_change`: it would have changed something below the folder."""

    call: Call
    is_change: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What a command that was left alone did: the calls by which it changed something below the folder, and its points."""

    calls: Sequence[Call]
    points: Sequence[Point]


def environment() -> dict[str, str]:
    """Without what would make runs differ: no byte code written, no colour, one hash seed."""
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "NO_COLOR": "1",
    }


def changes(calls: Iterable[Call], folder: Path) -> list[Call]:
    """The calls that change something below the folder."""
    below = f"{folder}/"
    return [call for call in calls if call.is_change and any(path.startswith(below) for path in call.paths)]


def run(command: Sequence[str], folder: Path) -> Outcome:
    """Run the command undisturbed. What it says is kept beside the folder."""
    return fork_and_run(_run(command, folder)).outcome


def count(command: Sequence[str], folder: Path) -> Counted:
    """Run the command without a fault. Calls that cannot be told apart are one point."""
    log = _log(folder)
    done = fork_and_run(_run(command, folder), [*_STRACE, "-o", str(log), "-e", f"trace={traced_names()}"])
    if done.outcome.status != 0:
        raise RuntimeError(f"{command} failed without any fault: {done.outcome.stdout} {done.outcome.stderr}")
    calls = changes(read_log(log), folder)
    points = {Point(call.name, call.number, call.thread == done.process) for call in calls}
    return Counted(calls, sorted(points))


def run_with(command: Sequence[str], fault: Fault, point: Point, folder: Path) -> tuple[Outcome, Hit | None]:
    """Run the command with the fault; what it struck, None if it did not come to that: threads share their work as it comes.

    To strike another thread than the first, the first has its counter moved past the point. What it then declines is not
    SIGKILL but a signal that ends the process just as abruptly, if only when the call is over.
    """
    deadly = signal.SIGKILL if point.is_first else FATAL
    what = f"signal={deadly.name}" if fault is Fault.KILL else f"error={fault}"
    log = _log(folder)
    inject = ["-e", f"trace={point.call}", "-e", f"inject={point.call}:{what}:when={point.number}"]
    spent = None if point.is_first else (point.call, point.number)
    done = fork_and_run(_run(command, folder, spent), [*_STRACE, "-o", str(log), *inject])
    reached = [call for call in read_log(log) if call.number == point.number]
    if not point.is_first:
        reached = [call for call in reached if call.thread != done.process]
    if not reached:
        return done.outcome, None
    call = reached[0]
    # A process that is killed never comes back from its call; one of the others in it may have been struck instead.
    is_struck = done.outcome.status is None or call.result is None if fault is Fault.KILL else call.is_injected
    return done.outcome, Hit(call, bool(changes([call], folder))) if is_struck else None


def _run(command: Sequence[str], folder: Path, spent: tuple[str, int] | None = None) -> Run:
    return Run(command, folder.with_name("output"), environment(), TIMEOUT, spent)


def _log(folder: Path) -> Path:
    return folder.with_name("strace.log")
