"""What ingest costs, against what a person would do instead: `python -m bench.bench_ingest large|small|memory [--rounds N]`.

large    20 files of 200 MiB to two replicas, cold, against the shell with both cores: sha512sum, cp twice, sync, sha512sum
small    20,000 files of about 20 KiB: with identification against pygfried alone; without it against ocfl-py's create
memory   the peak of the ingesting process, without the identification engine's: both sets, ten times each, and 200,000
         files in one package

Every run works in folders that were not there before, on the file system of --folder; nothing is deleted between two rounds,
because ext4 is slow to give out inodes that were freed a moment ago. Prints every round, the median, and the ratio.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.bench_formats import alone
from bench.corpus import make_mix

MIB = 1 << 20
PROGRAM = [sys.executable, "-m", "preservation.cli"]
SHELL = """
set -e
cd "$1"
find . -type f -print0 | xargs -0 -n 1 -P 2 sha512sum > "$2/manifest"
cp -r . "$2/a" & cp -r . "$2/b" & wait
sync -f "$2"
for copy in a b; do (cd "$2/$copy" && find . -type f -print0 | xargs -0 -n 1 -P 2 sha512sum > "$2/$copy.sums"); done
"""


def forget_cache() -> None:
    """Everything is on the disk, and nothing of it in memory. Needs root; without it the start is warm for both sides."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except PermissionError:
        print("  (not root: the page cache cannot be dropped)")


def make_large(folder: Path, count: int, size: int) -> Path:
    folder.mkdir(parents=True)
    piece = os.urandom(MIB)
    for number in range(count):
        with (folder / f"file-{number:03}.bin").open("wb") as stream:
            for part in range(size // MIB):
                stream.write(number.to_bytes(4) + part.to_bytes(4) + piece[8:])
    os.sync()
    return folder


def make_home(folder: Path, *, identify: bool = True) -> Path:
    subprocess.run([*PROGRAM, "init", "--home", str(folder), "--json"], check=True, stdout=subprocess.DEVNULL)
    if not identify:
        policy = folder / "policies" / "formats.toml"
        policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    return folder


def ingest(home: Path, packages: Sequence[Path]) -> tuple[float, int]:
    """(seconds, peak resident KiB of the ingesting process)."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(
            [*PROGRAM, "ingest", "--home", str(home), "--json", *map(str, packages)], stdout=answer
        )
        peaks = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks))
        watcher.start()
        process.wait()
        seconds = time.perf_counter() - start
        watcher.join()
        answer.seek(0)
        output = answer.read()
    statuses = {one["status"] for one in json.loads(output)}
    if process.returncode != 0 or statuses != {"preserved"}:
        raise SystemExit(f"ingest ended with {process.returncode}: {statuses}")
    return seconds, peaks[0]


def _watch(pid: int, peaks: list[int]) -> None:
    """Keep the most memory that a process has had, until it ends."""
    while (now := _high_water(pid)) > 0:
        peaks[0] = max(peaks[0], now)
        time.sleep(0.02)


def _high_water(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def measure_large(folder: Path, rounds: int, count: int, size: int) -> None:
    source = make_large(folder / "large", count, size)
    print(f"{count} files of {size // MIB} MiB, cold:")
    theirs, ours = [], []
    for number in range(rounds):
        work = folder / f"shell-{number}"
        work.mkdir()
        forget_cache()
        theirs.append(timed(lambda: subprocess.run(["bash", "-c", SHELL, "bench", str(source), str(work)], check=True)))  # noqa: B023
        home = make_home(folder / f"large-home-{number}")
        forget_cache()
        seconds, _ = ingest(home, [source])
        ours.append(seconds)
        print(f"  shell {theirs[-1]:.1f} s, ingest {seconds:.1f} s")
        shutil.rmtree(work)
        shutil.rmtree(home / "replicas")
    show("ingest / shell", statistics.median(ours), statistics.median(theirs), "s", bound="<= 0.7")


def measure_small(folder: Path, rounds: int, count: int) -> None:
    source = folder / "mix"
    source.mkdir()
    paths = [str(path) for path in make_mix(source, count, 1) if path.is_file()]
    os.sync()
    print(f"{len(paths)} files of about 20 KiB:")
    rates, ours, plain = [], [], []
    for number in range(rounds):
        rates.append(alone(paths))
        home = make_home(folder / f"small-home-{number}")
        seconds, _ = ingest(home, [source])
        ours.append(len(paths) / seconds)
        home = make_home(folder / f"plain-home-{number}", identify=False)
        seconds, _ = ingest(home, [source])
        plain.append(seconds)
        print(f"  pygfried alone {rates[-1]:.0f}/s, ingest {ours[-1]:.0f}/s; without identification {seconds:.1f} s")
    theirs = timed(lambda: ocfl_py_create(source, folder / "ocfl-py"))
    show("ingest / pygfried alone", statistics.median(ours), statistics.median(rates), "files/s", bound=">= 0.6")
    show("ocfl-py create / ingest without identification", theirs, statistics.median(plain), "s", bound=">= 4")


def ocfl_py_create(source: Path, target: Path) -> None:
    subprocess.run(
        [
            str(Path(sys.executable).with_name("ocfl-object.py")),
            "create",
            "--srcdir",
            str(source),
            "--objdir",
            str(target),
            "--id",
            "urn:bench",
            "-v",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def measure_memory(folder: Path, count: int) -> None:
    small = folder / "memory-small"
    small.mkdir()
    make_mix(small, count, 2)
    large = make_large(folder / "memory-large", 4, 200 * MIB)
    huge = make_large(folder / "memory-huge", 4, 2000 * MIB)
    many = folder / "many"
    for number in range(10 * count):
        path = many / f"{number // 1000:04}" / f"page-{number:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d\n" % number)
    print("peak memory of the ingesting process:")
    for name, packages in (
        (f"{count} small files", [small]),
        ("4 x 200 MiB", [large]),
        ("4 x 2000 MiB", [huge]),
        (f"{count // 1000} packages of 1,000 files", sorted(many.iterdir())[: count // 1000]),
        (f"{10 * count} files in one package", [many]),
    ):
        home = make_home(folder / f"memory-home-{name.replace(' ', '-')}")
        seconds, peak = ingest(home, packages)
        print(f"  {name}: {peak / 1024:.0f} MiB ({seconds:.1f} s)")
        shutil.rmtree(home / "replicas")


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def show(name: str, ours: float, theirs: float, unit: str, *, bound: str) -> None:
    print(f"  {name}: {ours:.4g} {unit} / {theirs:.4g} {unit} = {ours / theirs:.2f} (wanted {bound})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["large", "small", "memory"], nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--large-count", type=int, default=20)
    parser.add_argument(
        "--folder", type=Path, default=None, help="where to work; a new folder in it is used and removed"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="bench-") as name:
        folder = Path(name)
        for what in given.what or ["large", "small", "memory"]:
            if what == "large":
                measure_large(folder, given.rounds, given.large_count, 200 * MIB)
            elif what == "small":
                measure_small(folder, given.rounds, given.count)
            else:
                measure_memory(folder, given.count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
