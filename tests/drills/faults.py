"""One command, run with one fault at one system call."""

import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.drills.scenario import Outcome
from tests.drills.syscalls import Call, trace

TIMEOUT = 300.0


class Fault(StrEnum):
    KILL = "KILL"
    EIO = "EIO"
    ENOSPC = "ENOSPC"


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """The `number`th call of this name in any one thread."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call}#{self.number}"


def environment() -> dict[str, str]:
    """Without what would make runs differ: no byte code written, no colour, one hash seed."""
    return {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "NO_COLOR": "1",
    }


def points_of(calls: Iterable[Call], folder: Path) -> list[Point]:
    """Where the calls change something below the folder."""
    below = f"{folder}/"
    changes = (call for call in calls if call.is_change and any(path.startswith(below) for path in call.paths))
    return sorted({Point(call.name, call.number) for call in changes})


def count(command: Sequence[str], folder: Path, log: Path) -> list[Point]:
    """Run the command without a fault, and see where it can be hit."""
    return points_of(trace(command, log, environment=environment(), timeout=TIMEOUT), folder)


def run(command: Sequence[str]) -> Outcome:
    """Run the command undisturbed."""
    return _run(command)


def run_with(command: Sequence[str], fault: Fault, point: Point, log: Path) -> tuple[Outcome, bool]:
    """Run the command with the fault; whether it was hit at all. Threads may come to their calls in another order each time."""
    if fault is Fault.KILL:
        # strace cannot deliver a signal from where its seccomp filter stops, so this is the slower way.
        inject = [f"inject={point.call}:signal=KILL:when={point.number}"]
    else:
        inject = [f"inject={point.call}:error={fault}:when={point.number}", "--seccomp-bpf"]
    strace = ["strace", "-f", "-qq", "-e", "signal=none", "-o", str(log), "-e", f"trace={point.call}", "-e", *inject]
    outcome = _run([*strace, *command])
    if fault is Fault.KILL:
        return outcome, outcome.status is None
    return outcome, "(INJECTED)" in log.read_text(encoding="utf-8", errors="replace")


def _run(command: Sequence[str]) -> Outcome:
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment(),
        timeout=TIMEOUT,
        check=False,
    )
    killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
    return Outcome(None if killed else done.returncode, done.stdout, done.stderr)
