"""`fixity run` against sha512sum and the disk, and `replica sync` against cp: `python -m bench.bench_fixity [FILES [LARGE]]`.

A check reads past the page cache by design, so "warm" cannot be asked of it. What is compared instead: processor time for each
byte, which is what a warm run would be bound by, and wall time with a cold cache against `cat` of the same files. The check's
processor time is that of the check itself, in this process, without the start of a program.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from preservation import bootstrap
from preservation.cli.console import Bars
from preservation.services.fixity import Selection
from preservation.services.replica_changes import bring_up
from preservation.settings import read_settings
from tests.drills.bitrot_home import command

TIMES = 5
LARGE = 64 << 20


def main() -> None:
    small = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    large = int(sys.argv[2]) if len(sys.argv) > 2 else 16
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name, count, size in (("small", small, 20 << 10), ("large", large, LARGE)):
            measure(Path(folder) / name, name, count, size)


def measure(place: Path, name: str, count: int, size: int) -> None:
    """One package of `count` files of `size` bytes; the medians of five."""
    home = place / "home"
    command(home, "init")
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    for number in range(count):
        path = place / "material" / f"{number // 500:03}" / f"{number:06}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
    command(home, "ingest", str(place / "material"))
    root = home / "replicas" / "a" / "ocfl"
    files = sorted(str(path) for path in root.rglob("*") if path.is_file())
    total = sum(os.path.getsize(path) for path in files)
    settings = read_settings(home, {})
    with bootstrap.writing(settings, Bars(quiet=True)) as repository:
        replica = next(iter(repository.replicas.stores))

        def check() -> None:
            report = repository.fixity().run(Selection.ALL, Bars(quiet=True), replica=replica)
            assert report.intact == report.checked, report

        cat, sums, sums_cold, ours = [], [], [], []
        for _ in range(TIMES):
            cat.append(_timed(lambda: _shell("xargs -0 cat", files), files))
            sums.append(_timed(lambda: _shell("xargs -0 sha512sum", files), None))
            sums_cold.append(_timed(lambda: _shell("xargs -0 sha512sum", files), files))
            ours.append(_timed(check, files))
    wall, processor = _median(ours, 0), _median(ours, 1)
    print(f"{name}: {count} files of {size >> 10} KiB, {total >> 20} MiB on the replica; medians of {TIMES}")
    print(f"  cat, cold            {_median(cat, 0):7.2f} s  {total / _median(cat, 0) / 2**20:7.0f} MiB/s")
    print(f"  fixity run, cold     {wall:7.2f} s  {total / wall / 2**20:7.0f} MiB/s")
    print(f"  sha512sum, warm      {_median(sums, 1):7.2f} s of processor")
    print(f"  sha512sum, cold      {_median(sums_cold, 1):7.2f} s of processor")
    print(f"  fixity run, cold     {processor:7.2f} s of processor")
    print(f"  rate, of the disk's cold rate           {_median(cat, 0) / wall:5.2f}")
    print(f"  rate per core, of sha512sum's, warm     {_median(sums, 1) / processor:5.2f}")
    print(f"  rate per core, of sha512sum's, cold     {_median(sums_cold, 1) / processor:5.2f}")
    _measure_sync(place, home)


def _measure_sync(place: Path, home: Path) -> None:
    source = home / "replicas" / "a" / "ocfl"
    files = sorted(str(path) for path in source.rglob("*") if path.is_file())
    copy = str(place / "copy")
    told = f"cp -r {source} {copy} && sync -f {copy} && find {copy} -type f -print0 | xargs -0 sha256sum"
    shell = _timed(lambda: _shell(told, []), files)[0]
    settings = read_settings(home, {})
    with bootstrap.writing(settings, Bars(quiet=True)) as repository:
        record = bootstrap.add_replica(repository, place / "c", "c")
        store = repository.opener.open(record)
        sources = list(repository.replicas.stores.values())
        tx = repository.minter.urn().removeprefix("urn:uuid:")

        def sync() -> None:
            report = bring_up(
                repository.catalogue,
                repository.replication(),
                store,
                sources,
                repository.trust,
                tx=tx,
                progress=Bars(quiet=True),
            )
            assert not report.failed, report

        ours = _timed(sync, files)[0]
    print(f"  cp -r, sync, sha256sum {shell:5.2f} s; replica sync {ours:.2f} s, {ours / shell:.2f} x")


def _timed(work: Callable[[], object], cold: Sequence[str] | None) -> tuple[float, float]:
    """(wall seconds, processor seconds of this process and its children)."""
    for path in cold or ():
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    start, before = time.monotonic(), _processor()
    work()
    return time.monotonic() - start, _processor() - before


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _shell(text: str, files: Sequence[str]) -> None:
    given = b"".join(os.fsencode(path) + b"\0" for path in files)
    subprocess.run(["sh", "-c", text], input=given, stdout=subprocess.DEVNULL, check=True)


def _median(times: Sequence[tuple[float, float]], which: int) -> float:
    return statistics.median(one[which] for one in times)


if __name__ == "__main__":
    main()
