"""The wish that this process ends: at once if it is idle, else when its job has come to its end or its grace is over."""

import ctypes
import os
import signal
import time
from types import FrameType

# Beyond the grace a process has this long to reach a point where it can stop; then the kernel ends it.
LAST_SECONDS = 20

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Stopping:
    """Set by SIGTERM and SIGINT. Reading it costs nothing, so that it can be looked at wherever a job tells its progress."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._since: float | None = None

    @property
    def is_wanted(self) -> bool:
        """No new work."""
        return self._since is not None

    @property
    def is_urgent(self) -> bool:
        """The grace is over: work under way is to be handed back."""
        return self._since is not None and time.monotonic() - self._since >= self._grace

    def want(self) -> None:
        """May be called from a signal's handler, and again."""
        if self._since is None:
            self._since = time.monotonic()
            # What hangs in a system call reaches no point where it could stop; its lease runs out, and others go on.
            signal.alarm(int(self._grace) + LAST_SECONDS)

    def heed_signals(self) -> None:
        """For the main thread of a process that has these signals for itself."""

        def heed(_number: int, _frame: FrameType | None) -> None:
            self.want()

        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, heed)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def end_with_parent(parent: int) -> None:
    """Have the kernel send SIGTERM to this process when its parent ends, however that ends (prctl(2))."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        # It ended before the kernel was asked.
        os.kill(os.getpid(), signal.SIGTERM)
