"""`python -m preservation.adapters.fence.warden LIFELINE READY COMMAND...`: runs a command, and is the last of its group to go.

Orphans below it become its children (prctl(2), PR_SET_CHILD_SUBREAPER), so a program that detaches itself is found all the
same. It kills everything below it once the command has ended, when it is asked to end, and when the process that started
it is gone, which closes the other end of the pipe LIFELINE. Its status is the command's, or 128 and the number of a signal.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

from preservation.adapters.fence.groups import descendants

_PR_SET_CHILD_SUBREAPER = 36
_PAUSE_SECONDS = 0.005


def main() -> int:
    """Status of the command."""
    lifeline, ready, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    asked, ask = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(ask, b"."))
    process = subprocess.Popen(command, pass_fds=(ready,))
    watch = select.poll()
    watch.register(lifeline, select.POLLHUP)
    watch.register(asked, select.POLLIN)
    watch.register(os.pidfd_open(process.pid), select.POLLIN)
    watch.poll()
    _end_all()
    status = process.wait()
    return status if status >= 0 else 128 - status


def _end_all() -> None:
    """Again and again, as one may start another between the look and the kill."""
    while below := [pid for pid in descendants(os.getpid()) if _is_alive(pid)]:
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(_PAUSE_SECONDS)


def _is_alive(pid: int) -> bool:
    """Not one that has ended and only waits to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            stat = stream.read()
    except OSError:
        return False
    return stat[stat.rindex(b")") + 1 :].split()[0] not in (b"Z", b"X")


if __name__ == "__main__":
    sys.exit(main())
