"""The crash drill: kill a command at every system call that changes a file, or let that call fail; recover; check.

    python -m tests.drills.crash                         everything
    python -m tests.drills.crash --scenario storage-v2 --fault KILL
    python -m tests.drills.crash --sample 50 --seed 7    so many points of each scenario and fault
    python -m tests.drills.crash --list

Ends with 1 if an invariant did not hold, or if a fault could not be brought about where it was meant. The invariants are those
that each scenario's `check` names; here I7 is added: to recover twice is to recover once, also when the first recovery is
killed itself.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tests.drills.crash_table import Row, table
from tests.drills.crash_worker import Job, work_off, workers
from tests.drills.faults import Fault, Point
from tests.drills.scenario import Scenario
from tests.drills.scenarios import SCENARIOS

PARALLEL = 2


def drill(
    scenario: Scenario,
    faults: Iterable[Fault],
    base: Path,
    *,
    sample: Mapping[Fault, int] | None = None,
    seed: int = 0,
    nested: int | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> list[Row]:
    """Try all points of a scenario, or a sample of so many for each fault. `base` is an absent folder, and removed at the end.

    After so many kills as `nested` says, or all, the recovery is killed as well.
    """
    rows: list[Row] = []
    try:
        with workers(scenario, base, PARALLEL) as team:
            listed = team[0].listed()
            for fault in faults:
                row = Row(scenario.name, fault, len(listed.points), listed.places)
                rows.append(row)
                order = f"{seed} {scenario.name} {fault}"
                chosen = _chosen(listed.points, None if sample is None else sample[fault], order)
                twice = _chosen(chosen, nested, order) if fault is Fault.KILL else ()
                jobs = [Job(fault, point, f"{seed} {point}" if point in twice else None) for point in chosen]
                for job, tried in work_off(team, jobs):
                    row.add(str(job.point), tried)
                    for one in tried.violations:
                        told(f"{scenario.name}: {one}")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    return rows


def _chosen(points: Sequence[Point], number: int | None, seed: str) -> Sequence[Point]:
    if number is None or number >= len(points):
        return points
    return sorted(random.Random(seed).sample(points, number))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="crash-drill", description=(__doc__ or "").partition("\n")[0])
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--scenario", action="append", choices=names, help="only this one; may be repeated")
    parser.add_argument("--fault", action="append", choices=[fault.value for fault in Fault])
    parser.add_argument("--sample", type=int, help="so many points of each scenario and fault; all if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nested", type=int, help="of each scenario's recoveries kill so many; all if not given")
    parser.add_argument("--folder", type=Path, help="where to work; a new temporary folder if not given")
    parser.add_argument("--list", action="store_true", help="name the scenarios and stop")
    given = parser.parse_args(arguments)
    if given.list:
        print("\n".join(names))
        return 0
    if shutil.which("strace") is None:
        _tell("strace is not installed")
        return 3
    began = time.monotonic()
    rows: list[Row] = []
    faults = [Fault(name) for name in given.fault or list(Fault)]
    with tempfile.TemporaryDirectory(prefix="crash-drill-", dir=given.folder) as folder:
        for scenario in SCENARIOS:
            if given.scenario and scenario.name not in given.scenario:
                continue
            started = time.monotonic()
            rows += drill(
                scenario,
                faults,
                Path(folder).resolve() / "slots",
                sample=None if given.sample is None else dict.fromkeys(faults, given.sample),
                seed=given.seed,
                nested=given.nested,
                told=_tell,
            )
            print(f"{table(rows[-len(faults) :])}\n{time.monotonic() - started:.0f} seconds\n", flush=True)
            _tell_of_gaps(rows[-len(faults) :])
    print(f"{table(rows)}\n{time.monotonic() - began:.0f} seconds")
    return 1 if any(row.violations or row.misses for row in rows) else 0


def _tell_of_gaps(rows: Sequence[Row]) -> None:
    for row in rows:
        for miss in row.misses:
            _tell(f"{row.scenario}: {miss}")
        if row.run == row.calls:
            for place in sorted(row.places - row.struck):
                _tell(f"{row.scenario}: {row.fault} never at: {place}")


if __name__ == "__main__":
    sys.exit(main())
