"""A run where the system gives no namespaces: limits, no environment, and a group that is killed as one.

Nothing hides the network or the files of the user under whom it runs. Inputs are copies, so that a program that writes to
what it reads changes no original.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from preservation.adapters.fence.attending import Attended, attend
from preservation.adapters.fence.groups import Footprint, descendants, footprint
from preservation.adapters.fence.rlimits import limited
from preservation.adapters.fence.view import source_root
from preservation.domain.tools import ToolLimits, ToolOutcome

_WARDEN = "preservation.adapters.fence.warden"


def run_with_limits(
    filled: Callable[[str, str], tuple[Sequence[str], Mapping[str, str]]],
    *,
    scratch: Path | None,
    inputs: Mapping[str, str],
    folder: str | None,
    stdin: bytes,
    limits: ToolLimits,
) -> ToolOutcome:
    """`filled` gives command and environment for the folder of the inputs and the one to write in. Raises NotStarted, OSError."""
    with tempfile.TemporaryDirectory(prefix="fence-", dir=scratch) as place:
        root = Path(place)
        for name in ("in", "home", "tmp"):
            (root / name).mkdir()
        for name, path in inputs.items():
            shutil.copyfile(path, root / "in" / name)
        command, environment = filled(str(root / "in"), folder or str(root / "home"))
        told = {**environment, "HOME": str(root / "home"), "TMPDIR": str(root / "tmp")}
        return _run(command, told, [Path(folder or root / "home"), root / "home", root / "tmp"], stdin, limits)


def _run(
    command: Sequence[str], environment: Mapping[str, str], folders: Sequence[Path], stdin: bytes, limits: ToolLimits
) -> ToolOutcome:
    """In the first of the folders."""
    ready, ready_end = os.pipe()
    far_end, lifeline = os.pipe()
    with tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        try:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", _WARDEN, str(far_end), str(ready_end)),
                    *limited(command, limits, ready=ready_end, counts_threads=False),
                ],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd=folders[0],
                env={**environment, "PYTHONPATH": str(source_root())},
                pass_fds=(far_end, ready_end),
                start_new_session=True,
            )
        finally:
            os.close(far_end)
            os.close(ready_end)
    return _attended(process, ready, lifeline, list(set(folders)), limits)


def _attended(
    process: subprocess.Popen[bytes], ready: int, lifeline: int, folders: Sequence[Path], limits: ToolLimits
) -> ToolOutcome:
    def look() -> Footprint:
        return footprint(Path("/proc"), descendants(process.pid))

    def stop() -> None:
        # The warden kills all that is below it, and is the last to go.
        process.send_signal(signal.SIGTERM)

    try:
        with process:
            try:
                return attend(Attended(process, ready, look, stop, folders), limits)
            finally:
                stop()
    finally:
        os.close(lifeline)
        os.close(ready)
