"""Child processes, kept running: one that ends is started again, sooner or later; all end with their parent.

The parent has one thread, opens nothing, and sleeps until a signal comes: it costs nothing while all is well. What it has
imported before it forks is in memory once, however many children there are.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from workers.stopping import LAST_SECONDS, end_with_parent

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
# A part that ran for so long has had a good start: its next end is a new story.
_SETTLED_SECONDS = 60.0
_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Part:
    """A child. `run` is called in it and gives its exit status; it heeds SIGTERM."""

    name: str
    run: Callable[[], int]


@dataclass(slots=True)
class _Running:
    part: Part
    pid: int | None = None
    started: float = 0.0
    wait: float = _FIRST_WAIT
    due: float = 0.0


def program(name: str, arguments: Sequence[str]) -> Part:
    """A part that is another program."""

    def run() -> int:
        os.execv(arguments[0], list(arguments))  # noqa: S606 - there is no shell on purpose

    return Part(name, run)


def keep_running(parts: Sequence[Part], *, grace: float, watch: Callable[[], float | None] | None = None) -> int:
    """Run the parts until SIGTERM, SIGINT or SIGHUP; then ask them to end and wait until they did. The exit status.

    One that dies is started again, at once the first time and then ever later, up to half a minute; it is never given up.
    `grace` is for how long, in seconds, a part may go on with what it has begun. `watch` is called now and then and says
    after how many seconds it wants to be called again, None for never.
    """
    parent = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    running = [_Running(part) for part in parts]
    log.info("starting", parts=[part.name for part in parts])
    again: float | None = None if watch is None else 0.0
    while True:
        now = time.monotonic()
        for one in running:
            if one.pid is None and one.due <= now:
                one.pid, one.started = _start(one.part, parent), now
        if watch is not None and again is not None and again <= now:
            pause = watch()
            again = None if pause is None else now + pause
        came = _next_signal([one.due for one in running if one.pid is None] + ([again] if again is not None else []))
        if came is not None and came != signal.SIGCHLD:
            return _end(running, grace)
        _reap(running)


def _next_signal(due: Sequence[float]) -> int | None:
    if not due:
        return signal.sigwaitinfo(_SIGNALS).si_signo
    came = signal.sigtimedwait(_SIGNALS, max(0.0, min(due) - time.monotonic()))
    return came.si_signo if came is not None else None


def _start(part: Part, parent: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        end_with_parent(parent)
        status = part.run()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a child that was forked must never return into its parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _reap(running: Sequence[_Running]) -> None:
    ended = dict(_ended())
    for one in running:
        if one.pid is None or one.pid not in ended:
            continue
        now = time.monotonic()
        if now - one.started >= _SETTLED_SECONDS:
            one.wait = _FIRST_WAIT
        log.error("part_died", part=one.part.name, status=ended[one.pid], again_in_seconds=one.wait)
        one.pid, one.due = None, now + one.wait
        one.wait = min(2 * one.wait, _LONGEST_WAIT)


def _ended() -> Iterator[tuple[int, int]]:
    """Children that ended, with their status. As the first process of a container we get orphans as well, and bury them."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _end(running: Sequence[_Running], grace: float) -> int:
    """Ask all to end, and see to it that they do."""
    log.info("stopping", grace_seconds=grace)
    alive = {one.pid: one.part.name for one in running if one.pid is not None}
    for pid in alive:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace + LAST_SECONDS + 10
    while alive:
        left = deadline - time.monotonic()
        if left <= 0:
            for pid, name in alive.items():
                log.error("part_does_not_end", part=name, pid=pid)
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + 60
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, min(left, 5.0)))
        for pid, _ in _ended():
            alive.pop(pid, None)
    log.info("stopped")
    return 0
