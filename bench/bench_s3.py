"""`replica sync` and `fixity run` on a bucket against rclone: `python -m bench.bench_s3 [FILES [LARGE [TIMES]]]`.

The server is Ceph's gateway, started here, with its data in memory; both programs talk to it in turn, in one run, with the same
files. `rclone copy --checksum` uploads and compares MD5, ours uploads and reads everything back; `rclone check --download` and
`fixity run` read both every byte again. Ours is measured without the start of a program.
"""

import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from minio import Minio

from preservation import bootstrap
from preservation.cli.console import Bars
from preservation.services.fixity import Selection
from preservation.services.replica_changes import bring_up
from preservation.settings import read_settings
from tests.ceph_server import ACCESS_KEY, SECRET_KEY, ceph

LARGE = 64 << 20
LANES = 8
_BIN = Path(sys.executable).parent


def main() -> None:
    small = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    large = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    times = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ceph(Path(folder) / "ceph") as endpoint:
        for name, count, size in (("small", small, 20 << 10), ("large", large, LARGE)):
            measure(Path(folder) / name, endpoint, name, count, size, times)


def measure(place: Path, endpoint: str, name: str, count: int, size: int, times: int) -> None:
    """One package of `count` files of `size` bytes; medians."""
    home = place / "home"
    os.environ.update({"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY})
    _preservation(home, "init")
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    for number in range(count):
        path = place / "material" / f"{number // 500:03}" / f"{number:06}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
    _preservation(home, "ingest", str(place / "material"))
    root = home / "replicas" / "a" / "ocfl"
    total = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    taken: dict[str, list[tuple[float, float, int]]] = {one: [] for one in ("copy", "sync", "check", "fixity")}
    client = Minio(endpoint.removeprefix("http://"), ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1")
    for turn in range(times):
        bucket = f"bench-{name}-{turn}"
        client.make_bucket(bucket)
        url = f"s3://{bucket}/ours?endpoint={endpoint}&region=us-east-1"
        _preservation(home, "replica", "add", url, "--name", bucket)
        theirs = f"bench:{bucket}/theirs"
        taken["copy"].append(_rclone(endpoint, "copy", "--checksum", str(root), theirs))
        taken["sync"].append(_ours(home, bucket, _sync))
        taken["check"].append(_rclone(endpoint, "check", "--download", str(root), theirs))
        taken["fixity"].append(_ours(home, bucket, _check))
    print(
        f"{name}: {count} files of {size >> 10} KiB, {total >> 20} MiB; medians of {times}; wall, processor, peak memory"
    )
    for one, told in (("copy", "rclone copy --checksum"), ("sync", "replica sync")):
        _tell(told, taken[one])
    print(f"  {_wall(taken['sync']) / _wall(taken['copy']):24.2f} x")
    for one, told in (("check", "rclone check --download"), ("fixity", "fixity run")):
        _tell(told, taken[one])
    print(f"  {_wall(taken['fixity']) / _wall(taken['check']):24.2f} x")
    whole, rclone = _wall(taken["sync"]) + _wall(taken["fixity"]), _wall(taken["copy"]) + _wall(taken["check"])
    print(f"  upload and sweep together {whole / rclone:.2f} x", flush=True)


def _tell(name: str, taken: Sequence[tuple[float, float, int]]) -> None:
    processor, peak = (statistics.median(one[which] for one in taken) for which in (1, 2))
    print(f"  {name:24} {_wall(taken):7.2f} s {processor:7.2f} s {peak / 1024:7.0f} MiB")


def _wall(taken: Sequence[tuple[float, float, int]]) -> float:
    return statistics.median(one[0] for one in taken)


def _ours(home: Path, name: str, work: Callable[[bootstrap.Repository, str], None]) -> tuple[float, float, int]:
    """In this process, without the start of a program and the opening of a home."""
    with bootstrap.writing(read_settings(home, os.environ), Bars(quiet=True)) as repository:
        replica = next(one.id for one in repository.catalogue.replicas() if one.name == name)
        Path("/proc/self/clear_refs").write_text("5")
        start, before = time.monotonic(), time.process_time()
        work(repository, replica)
        taken = time.monotonic() - start, time.process_time() - before
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert peak is not None
    return (*taken, int(peak[1]))


def _sync(repository: bootstrap.Repository, replica: str) -> None:
    report = bring_up(
        repository.catalogue,
        repository.replication(),
        repository.replicas.stores[replica],
        list(repository.replicas.stores.values()),
        repository.trust,
        tx=repository.minter.urn().removeprefix("urn:uuid:"),
        progress=Bars(quiet=True),
    )
    assert not report.failed, report


def _check(repository: bootstrap.Repository, replica: str) -> None:
    report = repository.fixity().run(Selection.ALL, Bars(quiet=True), replica=replica)
    assert report.intact == report.checked > 0, report


def _preservation(home: Path, *arguments: str) -> tuple[float, float, int]:
    return _timed([str(_BIN / "preservation"), *arguments, "--home", str(home), "--json"], {})


def _rclone(endpoint: str, *arguments: str) -> tuple[float, float, int]:
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Ceph",
        "ENDPOINT": endpoint,
        "ACCESS_KEY_ID": ACCESS_KEY,
        "SECRET_ACCESS_KEY": SECRET_KEY,
    }
    variables = {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in settings.items()}
    lanes = ["--transfers", str(LANES), "--checkers", str(LANES), "--config", "", "-q"]
    return _timed([str(_BIN / "rclone"), *arguments, *lanes], variables)


def _timed(words: list[str], variables: dict[str, str]) -> tuple[float, float, int]:
    """(wall seconds, processor seconds, peak memory in KiB) of one program; its peak is never told below that of this process."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = os.posix_spawn(
            words[0], words, {**os.environ, **variables}, file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1)]
        )
        _, status, used = os.wait4(process, 0)
        out.seek(0)
        assert status == 0, f"{words}: {out.read().decode()}"
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss


if __name__ == "__main__":
    main()
