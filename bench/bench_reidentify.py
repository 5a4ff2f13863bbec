"""How fast what is held is identified again: `python -m bench.bench_reidentify [--count N] [--rounds N]`.

Makes a home of seeded small files in AIPs of several hundred, and takes turns: pygfried alone with two workers over the very
files of a replica (nothing proven, nothing written), and the job, which proves every file against its digest before the engine
sees it, compares the answers, and records each AIP with an event. Prints files/s and the medians' ratio; what the job costs its
own process in processor time, which tells more than files/s where the machine has other work; and that process's most memory.
"""

import argparse
import resource
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bench.bench_formats import alone
from bench.corpus import make_mix
from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.bootstrap.format_engines import reidentification
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import FormatEngine
from preservation.ports import Progress
from preservation.services.ingest_request import IngestRequest
from preservation.services.reidentification_record import ReidentificationTerms
from preservation.services.reidentified import Scope
from preservation.settings import Settings, read_settings

FILES_PER_AIP = 500


class _Silent(Progress):
    def begin(self, phase: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


def make_holdings(folder: Path, count: int) -> tuple[Settings, list[str]]:
    """A home with so many files that nobody has identified; the content files of one replica."""
    settings = read_settings(folder / "home", {})
    bootstrap.initialise(settings, None, _Silent())
    (settings.home / "policies" / "formats.toml").write_text('first = "none"\n')
    made = 0
    with bootstrap.writing(settings, _Silent()) as repository:
        collection = repository.catalogue.collections()[0]
        service = repository.ingest(None)
        while made < count:
            package = folder / f"package-{made}"
            make_mix(package, min(FILES_PER_AIP, count - made), seed=made)
            with closing(open_package(package, repository.home.staging, PackageLimits())) as reader:
                if service.take_in(IngestRequest(reader, collection), _Silent()).aip is None:
                    raise SystemExit("a package was not taken in")
            made += FILES_PER_AIP
    content = (settings.home / "replicas" / "a" / "ocfl").glob("**/v1/content/representations/rep1/data/**/*")
    return settings, sorted(str(path) for path in content if path.is_file())


def again(settings: Settings, turn: int) -> tuple[float, float]:
    """Files/s of the job over everything that is held, and processor microseconds for each file in this process."""
    with (
        bootstrap.writing(settings, _Silent()) as repository,
        reidentification(repository, FormatEngine.SIEGFRIED) as service,
    ):
        about = service.engine.describe()
        # Other signatures by name each time: what was answered by these already is not asked about.
        terms = ReidentificationTerms(Scope.ALL, replace(about, signatures=f"{about.signatures}, {turn}"), (), None)
        service.engine.identify([__file__] * 50)
        start, used = time.perf_counter(), time.process_time()
        report = service.run(terms, _Silent())
        elapsed, used = time.perf_counter() - start, time.process_time() - used
    if report.waiting or not report.asked:
        raise SystemExit(f"not everything was identified: {report.waiting[:3]}")
    return report.asked / elapsed, used / report.asked * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-reidentify-") as folder:
        settings, paths = make_holdings(Path(folder), arguments.count)
        for path in paths:
            Path(path).read_bytes()
        by_engine: list[float] = []
        by_job: list[tuple[float, float]] = []
        for turn in range(arguments.rounds):
            by_engine.append(alone(paths))
            by_job.append(again(settings, turn))
    rates, costs = [rate for rate, _ in by_job], [cost for _, cost in by_job]
    base, ours = statistics.median(by_engine), statistics.median(rates)
    sys.stdout.write(f"pygfried alone, 2 workers  {base:>9.1f} files/s   of {_list(by_engine)}\n")
    sys.stdout.write(f"identified again by the job{ours:>9.1f} files/s   of {_list(rates)}\n")
    sys.stdout.write(f"ratio                      {ours / base:>9.2f} x\n")
    sys.stdout.write(f"our process, microseconds{statistics.median(costs):>11.0f} a file   of {_list(costs)}\n")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"most memory of our process {most:>9.0f} MiB\n")
    return 0


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


if __name__ == "__main__":
    raise SystemExit(main())
