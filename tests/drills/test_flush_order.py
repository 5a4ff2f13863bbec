"""The order of writes and flushes, as a trace of the system calls shows it."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.drills import storage_driver
from tests.drills.faults import TIMEOUT, environment
from tests.drills.flush_order import complaints
from tests.drills.scenario import Scenario
from tests.drills.storage_scenarios import STORAGE_SCENARIOS
from tests.drills.syscalls import Call, parse, trace

pytestmark = pytest.mark.strace

BY_NAME = {scenario.name: scenario for scenario in STORAGE_SCENARIOS}
FIRST = storage_driver.FIRST


def _traced(scenario: Scenario, folder: Path) -> list[Call]:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    scenario.prepare(folder)
    return trace(scenario.command(folder), folder.with_name("log"), environment=environment(), timeout=TIMEOUT)


def _is_flush(call: Call, path: str) -> bool:
    return call.name in ("fsync", "syncfs") and (call.paths[0] == path or call.paths[0].endswith(f"/{path}"))


def _without(calls: Sequence[Call], unwanted: Callable[[Call], bool]) -> list[Call]:
    left = [call for call in calls if not unwanted(call)]
    assert len(left) < len(calls)
    return left


@pytest.mark.parametrize("name", BY_NAME)
def test_everything_is_flushed_before_something_else_relies_on_it(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "drill"
    calls = _traced(BY_NAME[name], folder)

    assert complaints(calls, str(folder / "replica")) == []


@pytest.mark.parametrize("name", ["storage-v1", "storage-v2", "storage-whole"])
def test_a_version_that_is_not_flushed_before_it_is_placed_is_noticed(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "drill"
    calls = _traced(BY_NAME[name], folder)

    found = complaints(_without(calls, lambda call: call.name == "syncfs"), str(folder / "replica"))
    assert any("rule 1" in one and "large.bin" in one for one in found)


@pytest.mark.parametrize(
    ("name", "flushed", "rule"),
    [
        ("storage-v1", "work/tx-1", "rule 2"),
        ("storage-v1", "<tuple>", "rule 3"),
        ("storage-v1", "ocfl", "rule 2"),
        ("storage-v2", "work/tx-1", "rule 2"),
        ("storage-v2", "<object>", "rule 2"),
        ("storage-repair", "<content>", "rule 3"),
        ("storage-repair", "quarantine", "rule 2"),
        ("storage-ledger", "ledger/tile/0", "rule 3"),
        ("storage-ledger", "ledger", "rule 3"),
        ("storage-ledger", "0", "rule 1"),
    ],
)
def test_a_flush_that_is_taken_out_of_the_trace_is_missed(tmp_path: Path, name: str, flushed: str, rule: str) -> None:
    folder = tmp_path / "drill"
    calls = _traced(BY_NAME[name], folder)
    places = {
        "<object>": FIRST.object_root,
        "<tuple>": os.path.dirname(FIRST.object_root),
        "<content>": f"{FIRST.object_root}/v1/content",
    }
    place = places.get(flushed, flushed)

    found = complaints(_without(calls, lambda call: _is_flush(call, place)), str(folder / "replica"))
    assert any(rule in one for one in found), found


@pytest.mark.parametrize("taken_out", [0, 1, 2])
def test_each_of_the_flushes_around_the_commit_point_is_needed(tmp_path: Path, taken_out: int) -> None:
    """Of the object root: after vN is placed, after the inventory, after the sidecar."""
    folder = tmp_path / "drill"
    calls = _traced(BY_NAME["storage-v2"], folder)
    flushes = [call for call in calls if _is_flush(call, FIRST.object_root)]
    found = complaints([call for call in calls if call is not flushes[taken_out]], str(folder / "replica"))

    assert len(flushes) == 3
    assert any("rule 2" in one or "rule 3" in one for one in found)


def test_a_sidecar_before_its_inventory_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "drill"
    calls = _traced(BY_NAME["storage-v2"], folder)
    target = str(folder / "replica" / FIRST.object_root)
    inventory, sidecar = (
        next(index for index, call in enumerate(calls) if call.name == "rename" and call.paths[1] == f"{target}/{name}")
        for name in ("inventory.json", "inventory.json.sha512")
    )
    calls[inventory], calls[sidecar] = calls[sidecar], calls[inventory]

    assert inventory < sidecar
    assert any("rule 4" in one for one in complaints(calls, str(folder / "replica")))


def test_calls_that_other_threads_interrupt_are_put_together() -> None:
    log = [
        '7 openat(AT_FDCWD</r>, "a\\303\\251", O_WRONLY|O_CREAT, 0444 <unfinished ...>\n',
        '8 rename("/r/x", "/r/y\\"z") = 0\n',
        "7 <... openat resumed>) = 3</r/a\\303\\251>\n",
        '7 write(3</r/a\\303\\251>, ""..., 5) = 5\n',
        '8 mkdir("/r/q", 0777) = -1 EEXIST (File exists)\n',
        '8 unlinkat(4</r/q>, "f", 0) = ?\n',
        "8 +++ exited with 0 +++\n",
    ]

    assert [(call.thread, call.name, call.number, call.paths, call.result) for call in parse(log)] == [
        (7, "openat", 1, ("/r/aé",), 3),
        (8, "rename", 1, ("/r/x", '/r/y"z'), 0),
        (7, "write", 1, ("/r/aé",), 5),
        (8, "mkdir", 1, ("/r/q",), -1),
        (8, "unlinkat", 1, ("/r/q/f",), None),
    ]
