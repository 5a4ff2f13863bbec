"""A run in namespaces of its own: users, processes, network, mounts, IPC, host name; by bubblewrap.

The first process of the process namespace ends with bubblewrap, which ends with the thread that started it; the kernel
then ends every process in it, and is done when that first process can be waited for.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from preservation.adapters.fence.attending import Attended, attend
from preservation.adapters.fence.groups import Footprint, everything_in, footprint
from preservation.adapters.fence.rlimits import limited
from preservation.adapters.fence.view import shown_arguments, system_arguments
from preservation.domain.tools import ToolLimits, ToolOutcome

IN: Final = "/in"
OUT: Final = "/out"

_USER: Final = "1000"
_ACCOUNTS: Final = {
    "/etc/passwd": b"tool:x:1000:1000::/home:/bin/sh\n",
    "/etc/group": b"tool:x:1000:\n",
    "/etc/nsswitch.conf": b"passwd: files\ngroup: files\n",
}
_TEMPORARY_BYTES: Final = 512 << 20
_INFORMATION_BYTES: Final = 4096
_BEGINNING: Final = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"),
    *("--cap-drop", "ALL", "--uid", _USER, "--gid", _USER, "--hostname", "fence"),
)


def run_in_namespaces(
    program: str,
    command: Sequence[str],
    *,
    inputs: Mapping[str, str],
    folder: str | None,
    environment: Mapping[str, str],
    stdin: bytes,
    limits: ToolLimits,
    shows: Sequence[Path] = (),
) -> ToolOutcome:
    """`program` is bubblewrap; `command` and `environment` have their places filled in. Raises NotStarted, OSError."""
    with _Descriptors() as held:
        accounts = {path: held.with_bytes(data) for path, data in _ACCOUNTS.items()}
        arguments = [*_BEGINNING, *system_arguments(), *_places(inputs, folder, limits, accounts, shows)]
        for name, value in environment.items():
            arguments += ["--setenv", name, value]
        listed = held.with_bytes(b"\0".join(os.fsencode(one) for one in arguments))
        ready, ready_end = held.pipe()
        told, told_end = held.pipe()
        process = subprocess.Popen(
            [
                *(program, "--args", str(listed), "--info-fd", str(told_end), "--"),
                *limited(command, limits, ready=ready_end, counts_threads=True),
            ],
            stdin=held.with_bytes(stdin) if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={},
            pass_fds=(*accounts.values(), listed, ready_end, told_end),
        )
        held.close(ready_end)
        held.close(told_end)
        with process:
            first = _First(told, limits.seconds)
            try:
                # Its other places are in memory, each with a bound of its own.
                folders = [] if folder is None else [Path(folder)]
                return attend(Attended(process, ready, first.footprint, process.kill, folders), limits)
            finally:
                process.kill()
                first.end()


class _First:
    """The first process of the namespace, as bubblewrap tells its number once it has made it."""

    __slots__ = ("_descriptor", "_proc")

    def __init__(self, told: int, seconds: float) -> None:
        self._descriptor = -1
        self._proc = Path("/proc/0")
        if b"}" in (said := _said(told, seconds)):
            pid = int(json.loads(said)["child-pid"])
            self._proc = Path(f"/proc/{pid}/root/proc")
            try:
                self._descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return

    def footprint(self) -> Footprint:
        """Of everything in the namespace, through its own /proc; without the first process, which is ours."""
        return footprint(self._proc, (pid for pid in everything_in(self._proc) if pid != 1))

    def end(self) -> None:
        """Kill it, and with it everything in the namespace; until nothing of that is left, which no process can put off."""
        if self._descriptor < 0:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        watch = select.poll()
        watch.register(self._descriptor, select.POLLIN)
        watch.poll()
        os.close(self._descriptor)


def _said(told: int, seconds: float) -> bytes:
    """One JSON object, in several writes; what there is of it where bubblewrap ends before."""
    watch = select.poll()
    watch.register(told, select.POLLIN)
    said = b""
    while b"}" not in said and watch.poll(seconds * 1000):
        part = os.read(told, _INFORMATION_BYTES)
        if not part:
            break
        said += part
    return said


class _Descriptors:
    """Open ones, closed in the end."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in list(self._open):
            self.close(descriptor)

    def with_bytes(self, data: bytes) -> int:
        """One that reads `data`, from memory."""
        descriptor = os.memfd_create("fence")
        self._open.add(descriptor)
        with os.fdopen(os.dup(descriptor), "wb") as stream:
            stream.write(data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def pipe(self) -> tuple[int, int]:
        reading, writing = os.pipe()
        self._open |= {reading, writing}
        return reading, writing

    def close(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        os.close(descriptor)


def _places(
    inputs: Mapping[str, str],
    folder: str | None,
    limits: ToolLimits,
    accounts: Mapping[str, int],
    shows: Sequence[Path],
) -> list[str]:
    temporary = str(min(_TEMPORARY_BYTES, limits.memory_bytes))
    arguments = ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    arguments += ["--size", temporary, "--tmpfs", "/dev/shm", "--size", temporary, "--tmpfs", "/tmp"]  # noqa: S108
    arguments += ["--size", temporary, "--tmpfs", "/home", *shown_arguments(shows), "--dir", IN]
    for path, descriptor in accounts.items():
        arguments += ["--ro-bind-data", str(descriptor), path]
    for name, path in inputs.items():
        arguments += ["--ro-bind", path, f"{IN}/{name}"]
    if folder is not None:
        arguments += ["--bind", folder, OUT]
    # The root itself is a file system in memory without a bound.
    return [*arguments, "--remount-ro", "/", "--chdir", "/home" if folder is None else OUT]
