"""The kernel's limits of one process, set by a program on itself before it becomes the tool."""

import resource
from collections.abc import Sequence
from typing import Final

from preservation.domain.tools import ToolLimits

_OPEN_FILES: Final = 1024
# RLIMIT_NPROC counts threads, of which a Java or an office program has dozens; processes are counted by who attends to the run.
_THREADS_PER_PROCESS: Final = 16

# Says on the descriptor that it is given that the fence stands, and goes on as the tool.
_READY: Final = 'printf . > "$0" && exec "$@"'


def limited(command: Sequence[str], limits: ToolLimits, *, ready: int, counts_threads: bool) -> list[str]:
    """The command that sets the limits, writes one byte to the descriptor `ready`, and becomes `command`.

    Memory is RLIMIT_DATA: private writable memory. RLIMIT_AS does not suit what reserves addresses without using them, as
    Java and Go do. `counts_threads` where the count is of a user namespace of its own, not of everything that a user runs.
    """
    wanted = {
        "core": (resource.RLIMIT_CORE, 0),
        "cpu": (resource.RLIMIT_CPU, limits.cpu_seconds),
        "fsize": (resource.RLIMIT_FSIZE, limits.file_bytes),
        "data": (resource.RLIMIT_DATA, limits.memory_bytes),
        "nofile": (resource.RLIMIT_NOFILE, _OPEN_FILES),
    }
    if counts_threads:
        wanted["nproc"] = (resource.RLIMIT_NPROC, limits.processes * _THREADS_PER_PROCESS)
    options = [f"--{name}={_allowed(kind, value)}" for name, (kind, value) in wanted.items()]
    return ["/bin/sh", "-c", _READY, f"/proc/self/fd/{ready}", "prlimit", *options, "--", *command]


def _allowed(kind: int, value: int) -> int:
    """No more than we may have ourselves: a limit cannot be raised."""
    _, most = resource.getrlimit(kind)
    return value if most == resource.RLIM_INFINITY else min(value, most)
