"""A seeded sample of the crash drill, for every change; `make crash-drill` runs all of it."""

import shutil
from pathlib import Path

import pytest

from tests.drills.cli_scenarios import CLI_SCENARIOS
from tests.drills.crash import drill
from tests.drills.crash_table import table
from tests.drills.faults import Fault
from tests.drills.scenario import Scenario
from tests.drills.scenarios import SCENARIOS
from tests.drills.small_scenarios import CAREFUL, CARELESS, GROWING, THREADED, UNSTEADY, scenario

pytestmark = [pytest.mark.strace, pytest.mark.slow]

SEED = 20_260
KILLS = 20  # of each of thirteen scenarios: 260 together
NESTED = 3
ERRORS = 3


@pytest.fixture(autouse=True)
def strace() -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_sample_of_crashes_leaves_the_invariants_whole(scenario: Scenario, tmp_path: Path) -> None:
    faults = {Fault.KILL: KILLS, Fault.EIO: ERRORS, Fault.ENOSPC: ERRORS}
    rows = drill(scenario, faults, tmp_path / "drill", sample=faults, nested=NESTED, seed=SEED)
    print(table(rows))

    assert [one for row in rows for one in (*row.violations, *row.misses)] == []
    assert [row.hit for row in rows] == [row.recovered for row in rows] == [KILLS, ERRORS, ERRORS]
    assert [row.nested for row in rows] == [NESTED, 0, 0]


def test_the_sample_is_of_two_hundred_points_and_more_and_of_every_command() -> None:
    commands = {one.name.removeprefix("cli-") for one in CLI_SCENARIOS}

    assert len(SCENARIOS) * KILLS >= 200
    assert commands >= {"ingest", "new-version", "sync", "repair", "rebuild"}


def test_the_drill_finds_what_a_careless_program_loses(tmp_path: Path) -> None:
    rows = drill(scenario(CARELESS, ""), [Fault.KILL, Fault.ENOSPC], tmp_path / "drill", nested=0)

    assert [(row.calls, row.hit) for row in rows] == [(5, 5), (5, 5)]
    killed, failed = rows
    assert sum("I3" in one for one in killed.violations) == 4
    assert sum("I2" in one for one in killed.violations) == 1
    assert sum("I3" in one for one in failed.violations) == 4
    assert any("traceback" in one for one in failed.violations)
    assert [row.recovered for row in rows] == [0, 0]


def test_the_drill_finds_nothing_where_a_program_is_careful(tmp_path: Path) -> None:
    rows = drill(scenario(CAREFUL, ""), [Fault.KILL], tmp_path / "drill")

    assert [(row.calls, row.hit, row.missed, row.recovered, row.violations) for row in rows] == [(6, 6, 0, 6, [])]
    assert [row.struck for row in rows] == [row.places for row in rows]


def test_the_drill_finds_a_recovery_that_does_not_come_to_rest(tmp_path: Path) -> None:
    rows = drill(scenario(CAREFUL, GROWING), [Fault.KILL], tmp_path / "drill", sample={Fault.KILL: 2})

    assert sum("I7: recovering twice" in one for row in rows for one in row.violations) >= 2


def test_a_fault_that_does_not_come_to_pass_is_counted_as_a_miss(tmp_path: Path) -> None:
    rows = drill(scenario(UNSTEADY, ""), [Fault.KILL], tmp_path / "drill", nested=0)

    assert [(row.calls, row.hit, row.recovered) for row in rows] == [(3, 2, 2)]
    assert [one for row in rows for one in row.misses] == ["KILL at symlink#1: never reached"]


def test_the_drill_strikes_the_calls_of_every_thread(tmp_path: Path) -> None:
    rows = drill(scenario(THREADED, ""), [Fault.KILL, Fault.EIO], tmp_path / "drill")

    assert [(row.calls, row.hit, row.missed) for row in rows] == [(2, 2, 0), (2, 2, 0)]
    assert [sorted(row.struck) for row in rows] == [["mkdir file.first", "mkdir file.other"]] * 2
