"""A run over many files that is killed again and again while two processes share it: each file has to be migrated exactly once.

The processes are killed with SIGKILL wherever they are: converting, keeping a result, staging, sealing, committing, recording.
The images are converted in the processes themselves, so that kills fall on our own code rather than on tools.
"""

import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preservation import bootstrap
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.migration_plans import MigrationLimits, MigrationPlan, PlanState
from preservation.errors import Unavailable
from preservation.services.migration_runs import RunEnd
from tests.homes import TestHome, assert_sound, make_home, state
from tests.migration_kit import PillowConverter, a_bmp, migrations

WORKERS = 2
REST_SECONDS = 900.0
RESULTS = "representations/rep2/data/"


@dataclass(frozen=True, slots=True)
class KilledRun:
    """What came of it."""

    files: int
    aips: int
    kills: int
    conversions: int
    seconds: float
    problems: list[str]


def killed_run(
    place: Path,
    *,
    files: int,
    per_aip: int,
    kills: int,
    seed: int,
    say: Callable[[str], None],
    pauses: tuple[float, float] = (0.05, 0.4),
) -> KilledRun:
    """Take the images in, plan, run with kills, let it come to rest, and judge. `pauses`: seconds between kills, from and to."""
    home = make_home(place / "home", identify=True)
    aips = _take_in(home, place, files, per_aip, say)
    with migrations(home.root) as work:
        plan = work.started(limits=MigrationLimits(lanes=WORKERS))
    say(f"{len(aips)} AIPs with {files} files are in; {WORKERS} processes run {plan.id}")
    begun = time.monotonic()
    done = _run(home, plan, kills, pauses, random.Random(seed), say)
    seconds = time.monotonic() - begun
    with migrations(home.root) as work:
        bootstrap.publish(work.repository)
    conversions = sum(log.read_text().count("\n") for log in place.glob("converted-*"))
    return KilledRun(files, len(aips), done, conversions, seconds, judge(home, plan, aips, per_aip))


def _take_in(home: TestHome, place: Path, files: int, per_aip: int, say: Callable[[str], None]) -> list[str]:
    packages: list[Path] = []
    for begin in range(0, files, per_aip):
        folder = place / "packages" / f"{begin:06}"
        for number in range(begin, begin + per_aip):
            a_bmp(folder / f"tập {number % 7}/ảnh {number:06}.bmp", number)
        packages.append(folder)
    say(f"{files} images are made")
    aips = [str(one["aip_id"]) for one in home.ingest(*packages)]
    shutil.rmtree(place / "packages")
    return aips


def _run(
    home: TestHome,
    plan: MigrationPlan,
    kills: int,
    pauses: tuple[float, float],
    chance: random.Random,
    say: Callable[[str], None],
) -> int:
    """Two workers until the plan is done; one of them is killed every so often. How many kills there were."""
    workers: dict[int, int] = {}
    done, deadline = 0, time.monotonic() + REST_SECONDS
    next_kill = time.monotonic() + chance.uniform(*pauses)
    while (ended := _ended(home, plan)) is not None:
        for slot in range(WORKERS):
            if slot not in workers.values():
                workers[_worker(home, plan, slot)] = slot
        now = time.monotonic()
        # Spread over the whole run: the next one has to wait until so many AIPs are done.
        if done < kills and now >= next_kill and ended * kills >= done * plan.aips:
            victim = chance.choice(sorted(workers))
            os.kill(victim, signal.SIGKILL)
            done += 1
            next_kill = now + chance.uniform(*pauses)
            deadline = now + REST_SECONDS
            if done % 10 == 0:
                say(f"killed {done} times")
        if now > deadline:
            raise AssertionError("it does not come to rest")
        time.sleep(0.02)
        _bury(workers)
    while workers:
        time.sleep(0.05)
        _bury(workers)
    return done


def _ended(home: TestHome, plan: MigrationPlan) -> int | None:
    """How many AIPs have come to their end; None once the plan is over."""
    with home.catalogue() as catalogue:
        found = catalogue.migration_table().plan(plan.id)
    return None if found is None or found.state.is_final else found.progress.aips


def _worker(home: TestHome, plan: MigrationPlan, slot: int) -> int:
    """A process that works on the plan; what it converts it writes down, so that repeated work can be counted."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        log = (home.root.parent / f"converted-{os.getpid()}").open("a", buffering=1)
        converter = PillowConverter(before=lambda source: print(source.path, file=log))
        while True:
            try:
                with migrations(home.root, converter=converter) as work:
                    report = work.run(plan)
            except Unavailable:
                # Another process has the database or an AIP: as a worker's job it is tried again.
                time.sleep(0.1)
                continue
            if report.end is not RunEnd.REST:
                break
            time.sleep(0.1)
        status = 0
    except BaseException:  # noqa: BLE001 - a forked child must not return
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def _bury(workers: dict[int, int]) -> None:
    for pid in list(workers):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            del workers[pid]


def judge(home: TestHome, plan: MigrationPlan, aips: list[str], per_aip: int) -> list[str]:
    """What is not as if nobody had been killed."""
    problems: list[str] = []
    with home.catalogue() as catalogue:
        found = catalogue.migration_table().plan(plan.id)
        assert found is not None
        if (found.state, found.progress.files, found.progress.failed) != (PlanState.DONE, len(aips) * per_aip, 0):
            problems.append(f"the plan says {found.state.value}, {found.progress}")
        for aip in aips:
            files = list(catalogue.files(aip))
            sources = Counter(file.source for file in files if file.source is not None)
            originals = {file.logical_path for file in files if file.logical_path.endswith(".bmp")}
            if dict(sources) != dict.fromkeys(originals, 1) or len(originals) != per_aip:
                problems.append(f"{aip}: {len(sources)} of {len(originals)} files are migrated once")
            if len(catalogue.versions(aip)) != 2:
                problems.append(f"{aip} has {len(catalogue.versions(aip))} versions")
    told = Counter(
        linked.id
        for event in home.events(EventType.MIGRATION)
        if event.outcome is EventOutcome.SUCCESS
        for linked in event.objects
        if linked.kind == "aip"
    )
    if dict(told) != dict.fromkeys(aips, 1):
        problems.append(f"{sum(told.values())} events tell of the migrations of {len(aips)} AIPs")
    left = list((home.root / "migrations").iterdir()) if (home.root / "migrations").exists() else []
    if left:
        problems.append(f"{len(left)} work folders are left")
    for replica in ("a", "b"):
        held = sum(path.startswith(RESULTS) for path in state(home.object(aips[0], replica)))
        if held != per_aip:
            problems.append(f"replica {replica} holds {held} results of {aips[0]}")
    # The next command that writes clears away what killed processes have staged.
    assert home.run("replica", "sync").status == 0
    assert_sound(home)
    return problems
