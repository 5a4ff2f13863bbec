"""An engine dies with the process that started it, whatever that one died of and whatever the engine is doing.

The starting process holds the write end of a pipe on which nothing is ever written. When it is gone, the kernel closes that
end and signals the reader, whose signal is set to SIGKILL: no handler, no interpreter lock, no Go runtime stands between.
A process that the starting one forks without `exec` would hold that end too: start engines from processes that do not.
(PR_SET_PDEATHSIG would strike when the *thread* that started the engine ends, which is too early.)
"""

import fcntl
import os
import select
import signal


def die_with(lifeline: int) -> None:
    """Arrange that this process is killed as soon as the other end of the pipe `lifeline` closes."""
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    watch = select.poll()
    watch.register(lifeline, select.POLLHUP)
    if watch.poll(0):
        os.kill(os.getpid(), signal.SIGKILL)
