"""Small programs whose behaviour in a crash is known: by them the crash drill itself is tested."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.drills.scenario import Outcome, Scenario

# Replaces a file in place, and says that it is done before it is.
CARELESS = """
import sys
path = sys.argv[1]
print("done", flush=True)
with open(path, "wb", buffering=0) as stream:
    for _ in range(4):
        stream.write(b"new.")
"""
CAREFUL = """
import os, sys
path = sys.argv[1]
with open(path + ".new", "wb", buffering=0) as stream:
    for _ in range(4):
        stream.write(b"new.")
os.rename(path + ".new", path)
print("done", flush=True)
"""
GROWING = "import sys; open(sys.argv[1] + '.log', 'a').write('again')"
# Does more when it runs for the first time, which the drill takes for what it always does.
UNSTEADY = """
import os, sys
path = sys.argv[1]
before = os.path.dirname(os.path.dirname(os.path.dirname(path))) + "/ran"
if not os.path.exists(before):
    os.symlink(path, path + ".first")
    open(before, "x").close()
os.mkdir(path + ".folder")
os.rmdir(path + ".folder")
"""

# What the second thread does the first has done as often before.
THREADED = """
import os, sys, threading
path = sys.argv[1]
os.mkdir(path + ".first")
other = threading.Thread(target=os.mkdir, args=[path + ".other"])
other.start()
other.join()
"""


def scenario(program: str, recovery: str) -> Scenario:
    """The program, after whose crash the other one recovers; both get the path of a file that says `old`."""
    return Scenario(
        name="small",
        prepare=_prepare,
        command=partial(_python, program),
        recover=partial(_python, recovery),
        check=_check,
        snapshot=_snapshot,
        # An error that nobody handles ends a program of Python with 1.
        statuses=frozenset({0, 1}),
    )


def _python(program: str, folder: Path) -> Sequence[str]:
    return [sys.executable, "-c", program, str(folder / "file")]


def _check(folder: Path, outcome: Outcome) -> list[str]:
    found = (folder / "file").read_bytes()
    if found not in (b"old", b"new." * 4):
        return ["I3: neither the old state nor the new"]
    return ["I2: not there"] if "done" in outcome.stdout and found == b"old" else []


def _prepare(folder: Path) -> None:
    folder.mkdir()
    (folder / "file").write_bytes(b"old")


def _snapshot(folder: Path) -> frozenset[tuple[str, bytes]]:
    return frozenset((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file())
