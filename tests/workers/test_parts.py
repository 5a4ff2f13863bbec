"""Child processes kept running, as real ones."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.kit import eventually, in_session, kill_session

# Two parts that write down that they started.
PROGRAM = """
import os, signal, sys, time
from workers.parts import Part, keep_running
def note(name):
    with open(sys.argv[1], "a") as stream:
        stream.write(f"{name} {os.getpid()}\\n")
def steady():
    note("steady")
    time.sleep(600)
    return 0
def brief():
    note("brief")
    return 3
parts = [Part("steady", steady), Part("brief", brief)]
sys.exit(keep_running(parts, grace=1))
"""


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    notes = tmp_path / "notes"
    notes.touch()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(notes)], start_new_session=True)
    try:
        yield process, notes
    finally:
        kill_session(process.pid)
        process.wait()


def started(notes: Path, name: str) -> list[int]:
    return [int(line.split()[1]) for line in notes.read_text().splitlines() if line.startswith(name)]


def test_a_part_that_ends_is_started_again_and_ever_later(family: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, notes = family

    eventually(lambda: len(started(notes, "brief")) >= 3, "three starts")

    assert len(started(notes, "steady")) == 1
    assert process.poll() is None


def test_a_part_that_is_killed_is_started_again(family: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, notes = family
    eventually(lambda: started(notes, "steady"), "its start")

    first = started(notes, "steady")[0]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: len(started(notes, "steady")) == 2, "its second start")

    second = started(notes, "steady")[1]
    assert second != first
    assert second in in_session(process.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_parent_ends_with_all_of_its_parts(family: tuple[subprocess.Popen[bytes], Path], number: int) -> None:
    process, notes = family
    eventually(lambda: started(notes, "steady"), "its start")

    process.send_signal(number)

    assert process.wait() == 0
    assert in_session(process.pid) == []


def test_no_part_outlives_a_parent_that_is_killed(family: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, notes = family
    eventually(lambda: started(notes, "steady"), "its start")

    parts = in_session(process.pid)
    process.kill()
    process.wait()
    eventually(lambda: in_session(process.pid) == [], "the end of every part")

    assert len(parts) > 1
    assert in_session(process.pid) == []


def test_a_parent_with_nothing_to_do_uses_no_processor(family: tuple[subprocess.Popen[bytes], Path]) -> None:
    process, notes = family
    eventually(lambda: len(started(notes, "brief")) >= 3, "a few starts, so that the next one is far away")
    # Sleeping, and not only between two looks: it is woken by signals alone.
    before = int(switches(process.pid))
    time.sleep(1)

    assert int(switches(process.pid)) - before <= 10


def switches(pid: int) -> str:
    text = Path(f"/proc/{pid}/status").read_text()
    return next(line.split()[1] for line in text.splitlines() if line.startswith("voluntary_ctxt_switches"))
