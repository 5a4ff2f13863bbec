"""A started program, attended to until nothing of it is left."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from preservation.adapters.fence.groups import Footprint
from preservation.adapters.fence.written import written_bytes
from preservation.domain.tools import ToolEnd, ToolLimits, ToolOutcome

_READ_BYTES: Final = 1 << 16
_FIRST_LOOK_SECONDS: Final = 0.03
_LAST_LOOK_SECONDS: Final = 0.25
# Of the time since the last look, at most a fifth is spent on looking.
_PAUSE_PER_LOOK: Final = 4
# A shell's way to say in an exit status that a signal ended the program.
_SIGNALLED: Final = 128


@dataclass(frozen=True, slots=True)
class Attended:
    """`process` has pipes for what it says. `ready` is the pipe on which it says that the tool was started.

    `look` tells what the group takes; `stop` begins to kill all of it. `folders` are on disk, and the group may write in them.
    """

    process: subprocess.Popen[bytes]
    ready: int
    look: Callable[[], Footprint]
    stop: Callable[[], None]
    folders: Sequence[Path]


class NotStarted(Exception):
    """The fence could not be put up; the text is what it said about that."""


def attend(run: Attended, limits: ToolLimits) -> ToolOutcome:
    """What the program came to; whoever started it waits for the rest of its group. Raises NotStarted."""
    began = time.monotonic()
    watch = _Watch(run, limits, began)
    end = watch.to_the_end()
    if end is not ToolEnd.EXITED:
        run.stop()
    status = run.process.wait()
    out, err = watch.said(run.process.stdout), watch.said(run.process.stderr)
    if end is ToolEnd.EXITED and not _is_ready(run.ready):
        raise NotStarted(err[-500:].decode("utf-8", "replace").strip() or f"status {status}")
    if end is ToolEnd.EXITED and watch.has_written_too_much():
        # Quicker than the next look.
        end = ToolEnd.SIGNALLED
    if end is not ToolEnd.EXITED:
        status = int(signal.SIGKILL)
    elif status < 0 or _SIGNALLED < status < _SIGNALLED + signal.NSIG:
        end, status = ToolEnd.SIGNALLED, -status if status < 0 else status - _SIGNALLED
    return ToolOutcome(end, status, out, err, time.monotonic() - began)


class _Watch:
    """Reads what is said, and looks at clock and group now and then."""

    def __init__(self, run: Attended, limits: ToolLimits, began: float) -> None:
        self._run = run
        self._limits = limits
        self._deadline = began + limits.seconds
        self._said: dict[int, bytearray] = {}
        self._poll = select.poll()
        for stream in (run.process.stdout, run.process.stderr):
            if stream is not None:
                self._said[stream.fileno()] = bytearray()
                self._poll.register(stream, select.POLLIN)
        self._open = set(self._said)
        self._started = select.poll()
        self._started.register(run.ready, select.POLLIN)

    def to_the_end(self) -> ToolEnd:
        """EXITED where nothing had to be done about it, else what has to be."""
        pause = _FIRST_LOOK_SECONDS
        next_look = time.monotonic() + pause
        with _ending(self._run.process.pid) as ended:
            self._poll.register(ended, select.POLLIN)
            self._open.add(ended)
            while self._open:
                now = time.monotonic()
                if now >= self._deadline:
                    return ToolEnd.TIMED_OUT
                if now >= next_look:
                    if self._takes_too_much():
                        return ToolEnd.SIGNALLED
                    pause = min(2 * pause, _LAST_LOOK_SECONDS)
                    looked = time.monotonic()
                    next_look = looked + max(pause, _PAUSE_PER_LOOK * (looked - now))
                if not self._heard(min(self._deadline, next_look) - now, ended):
                    return ToolEnd.SAID_TOO_MUCH
        return ToolEnd.EXITED

    def said(self, stream: object) -> bytes:
        """What came by one of the process's pipes, within bounds."""
        number = getattr(stream, "fileno", lambda: -1)()
        return bytes(self._said.get(number, b""))[: self._limits.said_bytes]

    def _heard(self, seconds: float, ended: int) -> bool:
        """Wait for the next thing said, or the end; False once it is too much."""
        for descriptor, _ in self._poll.poll(max(1.0, seconds * 1000)):
            data = b"" if descriptor == ended else os.read(descriptor, _READ_BYTES)
            if data:
                self._said[descriptor] += data
            else:
                self._poll.unregister(descriptor)
                self._open.discard(descriptor)
        return sum(map(len, self._said.values())) <= self._limits.said_bytes

    def _takes_too_much(self) -> bool:
        """Of processes, of memory (what is shared or mapped is no part of RLIMIT_DATA), or of room in its folders.

        Before the tool is started there is nothing to look at: a namespace that is being made shows the system's processes.
        """
        if not self._started.poll(0):
            return False
        now = self._run.look()
        most = self._limits.memory_bytes
        return (
            now.processes > self._limits.processes
            or max(now.largest_bytes, now.nameless_bytes) > most
            or now.total_bytes + now.nameless_bytes > 2 * most
            or self.has_written_too_much(now.deleted_bytes)
        )

    def has_written_too_much(self, deleted_bytes: int = 0) -> bool:
        """Into all its folders together."""
        most = self._limits.written_bytes - deleted_bytes
        return most < 0 or written_bytes(self._run.folders, most) > most


@contextmanager
def _ending(pid: int) -> Iterator[int]:
    """A descriptor that is readable once the process has ended."""
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_ready(descriptor: int) -> bool:
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, 1) == b"."
    except BlockingIOError:
        return False
