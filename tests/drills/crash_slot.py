"""A place where one command after another is struck by a fault, recovered and judged."""

import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.drills.call_places import place_of, places
from tests.drills.faults import Fault, Hit, Point, count, run, run_with
from tests.drills.forks import Hung, fork_and_ask
from tests.drills.scenario import Outcome, Scenario

# Threads share their work anew in each run: what is counted is what came up in any of these.
COUNTS = 3
# So often a point is tried that was not reached.
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a command can be struck: by what strace can aim at, and by the changes that are made (`call_places`)."""

    points: Sequence[Point]
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one point. `place` is the change that was struck, None if a call that changes nothing was."""

    is_hit: bool
    place: str | None
    is_recovered: bool
    nested: int
    violations: Sequence[str]


class Slot:
    """Its path stays the same, as paths may be part of the prepared state."""

    def __init__(self, base: Path, scenario: Scenario) -> None:
        self.folder = base / "run"
        self._base = base
        self._scenario = scenario
        base.mkdir(parents=True)
        fork_and_ask(partial(scenario.prepare, self.folder))
        self._keep("prepared")

    def listed(self) -> Listed:
        """Where the command can be struck."""
        points: set[Point] = set()
        found: set[str] = set()
        for _ in range(COUNTS):
            counted = count(self._scenario.command(self.folder), self.folder)
            points.update(counted.points)
            found.update(places(counted.calls, self.folder))
            self._bring_back("prepared")
        return Listed(sorted(points), frozenset(found))

    def try_point(self, fault: Fault, point: Point, inner: random.Random | None) -> Tried:
        """Strike, recover, judge. With `inner`, kill the recovery as well, at a point that this chooses."""
        scenario = self._scenario
        for _ in range(ATTEMPTS):
            self._bring_back("prepared")
            try:
                outcome, hit = run_with(scenario.command(self.folder), fault, point, self.folder)
            except Hung:
                return Tried(True, None, False, 0, [f"{fault} at {point}: hung"])
            # A command that cannot even read its own program says nothing about what it leaves behind.
            if hit is not None and not any(path.endswith(".py") for path in hit.call.paths):
                return self._judge(fault, point, outcome, hit, inner)
        return Tried(False, None, False, 0, ())

    def _judge(self, fault: Fault, point: Point, outcome: Outcome, hit: Hit, inner: random.Random | None) -> Tried:
        wrong = list(_bad_ends(self._scenario, outcome))
        if inner is not None:
            self._keep("crashed")
        nested = 0
        not_recovered = list(self._recover(outcome))
        if inner is not None:
            once = self._snapshot()
            nested, more = self._kill_recovery(outcome, once, inner)
            wrong += more
        where = place_of(hit.call, self.folder)
        told = [f"{fault} at {point} ({where}): {one}" for one in [*wrong, *not_recovered]]
        return Tried(True, where if hit.is_change else None, not not_recovered, nested, told)

    def _recover(self, outcome: Outcome) -> Iterator[str]:
        scenario = self._scenario
        try:
            recovered = run(scenario.recover(self.folder), self.folder)
            if recovered.status != 0:
                yield f"recovery ended with {recovered.status}: {recovered.stderr[-800:]}"
                return
            wrong, once = fork_and_ask(partial(_judged, scenario, self.folder, outcome))
            yield from wrong
            run(scenario.recover(self.folder), self.folder)
        except Hung:
            yield "recovery hung"
            return
        again = self._snapshot()
        if again != once:
            yield f"I7: recovering twice is not recovering once{_difference(once, again)}"

    def _kill_recovery(self, outcome: Outcome, once: object, inner: random.Random) -> tuple[int, list[str]]:
        scenario = self._scenario
        self._bring_back("crashed")
        try:
            points = count(scenario.recover(self.folder), self.folder).points
            hit = None
            for _ in range(ATTEMPTS if points else 0):
                point = inner.choice(points)
                self._bring_back("crashed")
                _, hit = run_with(scenario.recover(self.folder), Fault.KILL, point, self.folder)
                if hit is not None:
                    break
        except Hung:
            return 1, ["recovery hung below strace"]
        if hit is None:
            return 0, ["no point of the recovery could be struck"] if points else []
        wrong = list(self._recover(outcome))
        after = self._snapshot()
        if after != once:
            wrong.append(f"I7: another state than after an undisturbed recovery{_difference(once, after)}")
        return 1, [f"recovery killed at {point} ({place_of(hit.call, self.folder)}): {one}" for one in wrong]

    def _snapshot(self) -> object:
        return fork_and_ask(partial(self._scenario.snapshot, self.folder))

    def _keep(self, name: str) -> None:
        _copy(self.folder, self._base / name)

    def _bring_back(self, name: str) -> None:
        _copy(self._base / name, self.folder)


def _judged(scenario: Scenario, folder: Path, outcome: Outcome) -> tuple[list[str], object]:
    return scenario.check(folder, outcome), scenario.snapshot(folder)


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
