"""A seeded sample of the crash drill, for every change; `make crash-drill` runs all of it."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.drills.crash import drill, table
from tests.drills.faults import Fault
from tests.drills.scenario import Outcome, Scenario
from tests.drills.storage_scenarios import STORAGE_SCENARIOS

pytestmark = [pytest.mark.strace, pytest.mark.slow]

SEED = 20_260
KILLS = 30  # of each of seven scenarios: 210 together
ERRORS = 4

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


@pytest.fixture(autouse=True)
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")


@pytest.mark.parametrize("scenario", STORAGE_SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_sample_of_crashes_leaves_the_invariants_whole(scenario: Scenario, tmp_path: Path) -> None:
    kills = drill(scenario, [Fault.KILL], tmp_path / "kills", sample=KILLS, seed=SEED, nested=False)
    nested = drill(scenario, [Fault.KILL], tmp_path / "nested", sample=ERRORS, seed=SEED + 1)
    errors = drill(scenario, [Fault.EIO, Fault.ENOSPC], tmp_path / "errors", sample=ERRORS, seed=SEED)
    rows = [*kills, *nested, *errors]
    print(table(rows))

    assert [one for row in rows for one in row.violations] == []
    assert [row.run - row.missed for row in rows] == [KILLS, ERRORS, ERRORS, ERRORS]


def test_the_sample_is_of_two_hundred_points_and_more() -> None:
    assert len(STORAGE_SCENARIOS) * KILLS >= 200


def _check(folder: Path, outcome: Outcome) -> list[str]:
    found = (folder / "file").read_bytes()
    if found not in (b"old", b"new." * 4):
        return ["I3: neither the old state nor the new"]
    return ["I2: not there"] if "done" in outcome.stdout and found == b"old" else []


def _prepare(folder: Path) -> None:
    folder.mkdir()
    (folder / "file").write_bytes(b"old")


def _scenario(program: str, recovery: str) -> Scenario:
    return Scenario(
        name="small",
        prepare=_prepare,
        command=lambda folder: [sys.executable, "-c", program, str(folder / "file")],
        recover=lambda folder: [sys.executable, "-c", recovery, str(folder / "file")],
        check=_check,
        snapshot=lambda folder: frozenset((path.name, path.read_bytes()) for path in folder.iterdir()),
        # An error that nobody handles ends a program of Python with 1.
        statuses=frozenset({0, 1}),
    )


def test_the_drill_finds_what_a_careless_program_loses(tmp_path: Path) -> None:
    rows = drill(_scenario(CARELESS, ""), [Fault.KILL, Fault.ENOSPC], tmp_path / "drill", nested=False)

    assert [row.calls for row in rows] == [5, 5]
    killed, failed = rows
    assert sum("I3" in one for one in killed.violations) == 4
    assert sum("I2" in one for one in killed.violations) == 1
    assert sum("I3" in one for one in failed.violations) == 4
    assert any("traceback" in one for one in failed.violations)


def test_the_drill_finds_nothing_where_a_program_is_careful(tmp_path: Path) -> None:
    rows = drill(_scenario(CAREFUL, ""), [Fault.KILL], tmp_path / "drill")

    assert [(row.calls, row.run, row.missed, row.violations) for row in rows] == [(6, 6, 0, [])]


def test_the_drill_finds_a_recovery_that_does_not_come_to_rest(tmp_path: Path) -> None:
    growing = "import sys; open(sys.argv[1] + '.log', 'a').write('again')"
    rows = drill(_scenario(CAREFUL, growing), [Fault.KILL], tmp_path / "drill", sample=2)

    assert sum("I7: recovering twice" in one for row in rows for one in row.violations) >= 2
