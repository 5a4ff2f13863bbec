"""How fast files are identified: `python -m bench.bench_formats [--count N] [--rounds N]`.

Makes a seeded mix of small files, reads it once so that all is cached, and then takes turns: pygfried alone with two workers
(what a person would use), our identifier through its port in batches as ingest asks, and with everything in one call.
Prints files/s of each round and the medians' ratio, and what our side costs the process that asks. For the other engine: FIDO.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.corpus import make_mix
from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.ports import FormatIdentifier

ALONE = """
import pygfried, sys, time
paths = sys.stdin.read().split("\\0")
scanner = pygfried.Scanner()
scanner.identify_many(paths[:50])
start = time.perf_counter()
found = scanner.identify_many(paths, workers=2)["files"]
assert len(found) == len(paths)
print(len(paths) / (time.perf_counter() - start))
"""


def alone(paths: Sequence[str]) -> float:
    """Files/s of pygfried in a process of its own: a Go library does not leave the process that loads it."""
    said = subprocess.run(
        [sys.executable, "-c", ALONE], input="\0".join(paths), capture_output=True, text=True, check=True
    )
    return float(said.stdout)


def ours(make: Callable[[], FormatIdentifier], paths: Sequence[str], batch: int) -> tuple[float, float]:
    """(files/s, processor microseconds for each file in this process)."""
    identifier = make()
    try:
        identifier.identify(paths[:50])
        start, used = time.perf_counter(), time.process_time()
        found = 0
        for first in range(0, len(paths), batch):
            found += sum(not isinstance(answer, str) for answer in identifier.identify(paths[first : first + batch]))
        elapsed, used = time.perf_counter() - start, time.process_time() - used
    finally:
        identifier.close()
    if found != len(paths):
        raise SystemExit(f"only {found} of {len(paths)} files were identified")
    return len(paths) / elapsed, used / len(paths) * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-formats-") as folder:
        paths = [str(path) for path in make_mix(Path(folder), arguments.count, seed=1)]
        for path in paths:
            Path(path).read_bytes()
        rates: dict[str, list[float]] = {}
        for _ in range(arguments.rounds):
            rates.setdefault("pygfried alone, 2 workers", []).append(alone(paths))
            for batch in (512, len(paths)):
                rate, cost = ours(siegfried_identifier, paths, batch)
                rates.setdefault(f"ours, siegfried, {batch} at once", []).append(rate)
                rates.setdefault(f"  our process, microseconds a file, {batch} at once", []).append(cost)
        rate, cost = ours(lambda: fido_identifier(processes=2), paths[: len(paths) // 10], 512)
        rates["ours, FIDO, 512 at once, a tenth of the files"] = [rate]
    base = statistics.median(rates["pygfried alone, 2 workers"])
    for name, values in rates.items():
        median = statistics.median(values)
        ratio = "" if "microseconds" in name else f"  {median / base:5.2f} x"
        sys.stdout.write(f"{name:<52} {median:>8.1f}{ratio}   of {', '.join(f'{value:.1f}' for value in values)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
