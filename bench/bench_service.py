"""The service on one machine: what queueing a job costs, how soon it starts, what all of it costs while it is idle.

`python -m bench.bench_service [--seconds 60] [--jobs 200]`. A home is made, `serve` is started, and jobs of the cheapest kind are
queued as the API does it: one transaction each.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from preservation import bootstrap
from preservation.domain.jobs import Job, JobKind, NewJob
from preservation.settings import read_settings

TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for how long the idle service is watched")
    parser.add_argument("--jobs", type=int, default=200, help="how many jobs are queued, one at a time")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="preservation-bench-") as folder:
        home = Path(folder) / "home"
        command = [sys.executable, "-m", "preservation.cli"]
        subprocess.run([*command, "init", "--home", str(home)], check=True, capture_output=True)
        with served(home, Path(folder) / "log") as leader:
            settle(home)
            idle = idle_share(leader, given.seconds)
            queued, started = latencies(home, given.jobs)
    print(f"queueing a job: median {statistics.median(queued):.2f} ms, 95 % {at(queued, 0.95):.2f} ms (wanted: 5 ms)")
    print(
        f"start after queueing: median {statistics.median(started):.0f} ms, longest {max(started):.0f} ms (wanted: 300 ms)"
    )
    for name, share in idle.items():
        print(f"idle for {given.seconds:.0f} s: {share:6.2%} of a core  {name}")
    print(f"idle in all: {sum(idle.values()):.2%} of a core (wanted: 2 %)")
    return 0


@contextmanager
def served(home: Path, log: Path) -> Iterator[int]:
    """`serve` in a session of its own; the session's leader."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "preservation.cli", "serve", "--home", str(home), "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=stream,
            start_new_session=True,
        )
    assert process.stdout is not None
    began = time.monotonic()
    line = process.stdout.readline().decode().strip()
    print(f"{line} after {time.monotonic() - began:.1f} s")
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def settle(home: Path) -> None:
    """Until what the timers queued at the start is done."""
    with bootstrap.serving(read_settings(home, {})) as repository:
        table = repository.catalogue.job_table()
        while any(not one.state.is_final for one in table.jobs(limit=100)):
            time.sleep(0.5)
    time.sleep(5)


def latencies(home: Path, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds: what the transaction took, and from its end until the job had started."""
    queued: list[float] = []
    started: list[float] = []
    with bootstrap.serving(read_settings(home, {})) as repository:
        table = repository.catalogue.job_table()
        for _ in range(count):
            job = NewJob(id=repository.minter.urn(), kind=JobKind.CHECK, subject="none")
            before = time.perf_counter()
            with repository.catalogue.begin() as tx:
                tx.add_job(job, now=repository.clock.now())
            queued.append((time.perf_counter() - before) * 1000)
            at_once = repository.clock.now()
            begun: Job | None = None
            while begun is None or begun.started is None:
                time.sleep(0.01)
                begun = table.job(job.id)
            started.append(max(0.0, (begun.started - at_once).total_seconds() * 1000))
            # Somewhere within a worker's poll, not always right after one.
            time.sleep(0.05 + 0.137 * (len(started) % 7) / 7)
    return queued, started


def at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def idle_share(leader: int, seconds: float) -> dict[str, float]:
    """Of one core, by process."""
    before = ticks(leader)
    began = time.monotonic()
    time.sleep(seconds)
    taken = time.monotonic() - began
    after = ticks(leader)
    return {
        f"{name} ({pid})": (after[pid][1] - used) / TICKS / taken
        for pid, (name, used) in sorted(before.items())
        if pid in after
    }


def ticks(leader: int) -> dict[int, tuple[str, int]]:
    """What every process of the session has used of processors, with the module that it runs."""
    found: dict[int, tuple[str, int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(fields[3]) == leader:
            module = words[words.index(b"-m") + 1].decode() if b"-m" in words else words[0].decode()
            found[int(entry.name)] = (module, int(fields[11]) + int(fields[12]))
    return found


if __name__ == "__main__":
    sys.exit(main())
