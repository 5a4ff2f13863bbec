"""What it costs to say how far all copies are from the replication policy.

    python -m bench.bench_standing [--rows 1000000] [--replicas 3] [--database both] [--folder DIR]

AIPs in 20 collections, with an intact copy on every replica but for one in a hundred. Each question is asked five times; the
median is told. Wall time, since the database does nearly all of it.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from bench.bench_catalogue import vacuum, workspace
from bench.bench_schedule import postgresql, urn
from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.upgrade import upgrade
from preservation.adapters.database.wire_transactions import writing
from preservation.domain.replication_gap import below_policy
from preservation.domain.replication_policy import Place, Rule

COLLECTIONS = 20
ROUNDS = 5
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def fill(url: str, count: int, replicas: int) -> None:
    upgrade(url)
    engine = open_engine(url)
    then = microseconds(datetime(2025, 1, 1, tzinfo=UTC))
    with writing(writer(engine)) as wire:
        wire.insert("replica", ("id", "name", "url", "role", "state", "added"),
                    [(f"r{one}", f"r{one}", "file:///r", "secondary", "active", then) for one in range(replicas)])  # fmt: skip
    for first in range(0, count, 20_000):
        numbers = range(first, min(first + 20_000, count))
        with writing(writer(engine)) as wire:
            wire.insert("aip", ("key", "id", "collection", "title", "head", "created"),
                        [(one + 1, urn(one), f"c{one % COLLECTIONS}", "t", 1, then) for one in numbers])  # fmt: skip
            wire.insert("aip_version",
                        ("aip_key", "number", "created", "inventory_digest", "inventory_prefix", "file_count", "bytes",
                         "message"),
                        [(one + 1, 1, then, f"{one:x}", one, 5, 100_000, "") for one in numbers])  # fmt: skip
            wire.insert("copy", ("aip", "replica", "version", "state", "written", "checked"),
                        [(urn(one), f"r{replica}", 1, "intact", then, then)
                         for one in numbers for replica in range(replicas)
                         if replica + 1 < replicas or one % 100])  # fmt: skip
    engine.dispose()


def median(ask: Callable[[], object]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def measure(name: str, catalogue: Catalogue, count: int, replicas: int) -> None:
    table = catalogue.copy_table()
    ids = [f"r{one}" for one in range(replicas)]
    places = {one: Place() for one in ids}
    combinations = table.combinations(ids)
    short = sum(one.aips for one in below_policy(combinations, {}, Rule(copies=replicas), places))
    asked = {
        "all combinations": lambda: table.combinations(ids),
        "the gap from them": lambda: below_policy(combinations, {}, Rule(copies=replicas), places),
        "what one replica lacks": lambda: table.lacking(ids[-1]),
        "a page of 1,000 AIPs": lambda: table.held(ids, limit=1000),
        "copy-years": lambda: table.copy_years(NOW),
    }
    print(f"{name}: {count:,} AIPs on {replicas} replicas, {len(combinations)} combinations, {short:,} below policy")
    for question, ask in asked.items():
        print(f"  {question}: {median(ask):,.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--folder", help="where the databases lie meanwhile")
    chosen = parser.parse_args()
    with workspace(chosen.folder) as folder:
        if chosen.database in ("sqlite", "both"):
            url = f"sqlite:///{folder}/standing.db"
            fill(url, chosen.rows, chosen.replicas)
            with closing(open_catalogue(url)) as catalogue:
                measure("sqlite", catalogue, chosen.rows, chosen.replicas)
        if chosen.database in ("postgresql", "both"):
            with postgresql(folder, [chosen.rows]) as (url,):
                fill(url, chosen.rows, chosen.replicas)
                vacuum(url)
                with closing(open_catalogue(url)) as catalogue:
                    measure("postgresql", catalogue, chosen.rows, chosen.replicas)


if __name__ == "__main__":
    main()
