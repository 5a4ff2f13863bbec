"""The crash drill: kill a command at every system call that changes a file, or let that call fail; recover; check.

    python -m tests.drills.crash                         everything
    python -m tests.drills.crash --scenario v2 --fault KILL
    python -m tests.drills.crash --sample 50 --seed 7    so many points of each scenario and fault
    python -m tests.drills.crash --list

Ends with 1 if an invariant did not hold. The invariants are those that each scenario's `check` names; here I7 is added: to
recover twice is to recover once, also when the first recovery is killed itself.
"""

import argparse
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from tests.drills.faults import Fault, Point, count, run, run_with
from tests.drills.scenario import Outcome, Scenario
from tests.drills.scenarios import SCENARIOS

PARALLEL = 2


@dataclass(slots=True)
class Row:
    """What came of one scenario with one kind of fault. `calls` can be hit, `run` were tried, `missed` did not come to pass."""

    scenario: str
    fault: Fault
    calls: int
    run: int = 0
    missed: int = 0
    nested: int = 0
    violations: list[str] = field(default_factory=list)


class Slot:
    """A place for one run at a time. Its path stays the same, as paths may be part of the prepared state."""

    def __init__(self, base: Path, scenario: Scenario) -> None:
        self.folder = base / "run"
        self.log = base / "strace.log"
        self._base = base
        self._scenario = scenario
        base.mkdir(parents=True)
        scenario.prepare(self.folder)
        self.keep("prepared")

    def keep(self, name: str) -> None:
        """Keep a copy of the present state."""
        _copy(self.folder, self._base / name)

    def bring_back(self, name: str) -> None:
        """Make a kept state the present one."""
        _copy(self._base / name, self.folder)

    def points(self) -> list[Point]:
        """Where the command can be hit."""
        found = count(self._scenario.command(self.folder), self.folder, self.log)
        self.bring_back("prepared")
        return found

    def try_point(self, fault: Fault, point: Point, inner: random.Random | None) -> tuple[bool, int, list[str]]:
        """(whether it was hit, how many recoveries were killed, what did not hold)."""
        scenario = self._scenario
        self.bring_back("prepared")
        outcome, was_hit = run_with(scenario.command(self.folder), fault, point, self.log)
        wrong = list(_bad_ends(scenario, outcome))
        if inner is not None:
            self.keep("crashed")
        wrong += self._recover(outcome)
        nested = 0
        if inner is not None:
            once = scenario.snapshot(self.folder)
            nested, more = self._kill_recovery(outcome, once, inner)
            wrong += more
        return was_hit, nested, [f"{fault} at {point}: {one}" for one in wrong]

    def _recover(self, outcome: Outcome) -> Iterator[str]:
        scenario = self._scenario
        recovered = run(scenario.recover(self.folder))
        if recovered.status != 0:
            yield f"recovery ended with {recovered.status}: {recovered.stderr[-800:]}"
            return
        yield from scenario.check(self.folder, outcome)
        once = scenario.snapshot(self.folder)
        run(scenario.recover(self.folder))
        again = scenario.snapshot(self.folder)
        if again != once:
            yield f"I7: recovering twice is not recovering once{_difference(once, again)}"

    def _kill_recovery(self, outcome: Outcome, once: object, inner: random.Random) -> tuple[int, list[str]]:
        scenario = self._scenario
        self.bring_back("crashed")
        points = count(scenario.recover(self.folder), self.folder, self.log)
        if not points:
            return 0, []
        point = inner.choice(points)
        self.bring_back("crashed")
        run_with(scenario.recover(self.folder), Fault.KILL, point, self.log)
        wrong = list(self._recover(outcome))
        after = scenario.snapshot(self.folder)
        if after != once:
            wrong.append(f"I7: another state than after an undisturbed recovery{_difference(once, after)}")
        return 1, [f"recovery killed at {point}: {one}" for one in wrong]


def drill(
    scenario: Scenario,
    faults: Iterable[Fault],
    base: Path,
    *,
    sample: int | None = None,
    seed: int = 0,
    nested: bool = True,
    told: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Try all points of a scenario, or a sample of so many for each fault. `base` is an absent folder, and removed at the end."""
    slots: SimpleQueue[Slot] = SimpleQueue()
    rows: list[Row] = []
    try:
        made = [Slot(base / f"slot-{number}", scenario) for number in range(PARALLEL)]
        for slot in made:
            slots.put(slot)
        points = made[0].points()
        for fault in faults:
            row = Row(scenario.name, fault, len(points))
            rows.append(row)
            chosen = _chosen(points, sample, f"{seed} {scenario.name} {fault}")
            with ThreadPoolExecutor(PARALLEL) as threads:
                jobs = [threads.submit(_try, slots, fault, point, nested, seed) for point in chosen]
                for job in jobs:
                    was_hit, killed, wrong = job.result()
                    row.run += 1
                    row.missed += not was_hit
                    row.nested += killed
                    row.violations += wrong
                    for one in wrong:
                        told(f"{scenario.name}: {one}")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return rows


def table(rows: Sequence[Row]) -> str:
    """The rows as text, and their sums."""
    lines = [f"{'scenario':<28}{'fault':<8}{'calls':>6}{'run':>6}{'missed':>8}{'in recovery':>13}{'violations':>12}"]
    lines += [
        f"{row.scenario:<28}{row.fault:<8}{row.calls:>6}{row.run:>6}{row.missed:>8}{row.nested:>13}{len(row.violations):>12}"
        for row in rows
    ]
    sums = [sum(values) for values in zip(*((r.run, r.missed, r.nested, len(r.violations)) for r in rows), strict=True)]
    if sums:
        lines.append(f"{'together':<42}{sums[0]:>6}{sums[1]:>8}{sums[2]:>13}{sums[3]:>12}")
    return "\n".join(lines)


def _try(
    slots: "SimpleQueue[Slot]", fault: Fault, point: Point, nested: bool, seed: int
) -> tuple[bool, int, list[str]]:
    inner = random.Random(f"{seed} {point}") if nested and fault is Fault.KILL else None
    slot = slots.get()
    try:
        return slot.try_point(fault, point, inner)
    except subprocess.TimeoutExpired as error:
        return True, 0, [f"{fault} at {point}: hung: {error.cmd}"]
    finally:
        slots.put(slot)


def _chosen(points: Sequence[Point], sample: int | None, seed: str) -> Sequence[Point]:
    if sample is None or sample >= len(points):
        return points
    return sorted(random.Random(seed).sample(points, sample))


def _bad_ends(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    if outcome.status is not None and outcome.status not in scenario.statuses:
        yield f"ended with status {outcome.status}: {outcome.stderr[-800:]}"
    if "Traceback (most recent call last)" in outcome.stderr:
        yield f"ended with a traceback: {outcome.stderr[-800:]}"


def _difference(before: object, after: object) -> str:
    """What is in one only, where both are sets."""
    if not isinstance(before, frozenset) or not isinstance(after, frozenset):
        return ""
    lost, gained = (sorted(str(one)[:200] for one in some)[:5] for some in (before - after, after - before))
    return f": {lost} became {gained}"


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        subprocess.run(["rm", "-rf", str(target)], check=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="crash-drill", description=(__doc__ or "").partition("\n")[0])
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--scenario", action="append", choices=names, help="only this one; may be repeated")
    parser.add_argument("--fault", action="append", choices=[fault.value for fault in Fault])
    parser.add_argument("--sample", type=int, help="so many points of each scenario and fault; all if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-nested", action="store_true", help="do not kill recoveries as well")
    parser.add_argument("--folder", type=Path, help="where to work; a new temporary folder if not given")
    parser.add_argument("--list", action="store_true", help="name the scenarios and stop")
    given = parser.parse_args(arguments)
    # The libraries that the checks use would tell what they do.
    logging.disable(logging.INFO)
    if given.list:
        print("\n".join(names))
        return 0
    if shutil.which("strace") is None:
        print("strace is not installed", file=sys.stderr)
        return 3
    began = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="crash-drill-", dir=given.folder) as folder:
        for scenario in SCENARIOS:
            if given.scenario and scenario.name not in given.scenario:
                continue
            rows += drill(
                scenario,
                [Fault(name) for name in given.fault or list(Fault)],
                Path(folder).resolve() / "slots",
                sample=given.sample,
                seed=given.seed,
                nested=not given.no_nested,
                told=lambda text: print(text, file=sys.stderr, flush=True),
            )
            print(table(rows[-len(given.fault or list(Fault)) :]), flush=True)
    print(f"\n{table(rows)}\n{time.monotonic() - began:.0f} seconds")
    return 1 if any(row.violations for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
