"""Every benchmark, one after the other: `python -m bench [NAME...]`. Each prints ratios taken in one run on this machine."""

import argparse
import subprocess
import sys

BENCHES = {
    "large": ["bench.bench_ingest", "large"],
    "small": ["bench.bench_ingest", "small"],
    "memory": ["bench.bench_ingest", "memory"],
    "fixity": ["bench.bench_fixity"],
    "ledger": ["bench.bench_ledger"],
    "catalogue": ["bench.bench_catalogue"],
    "formats": ["bench.bench_formats"],
    "metadata": ["bench.bench_metadata"],
    "a3m": ["bench.bench_a3m"],
    "held": ["bench.bench_held"],
    "jobs": ["bench.bench_jobs"],
    "service": ["bench.bench_service"],
    "uploads": ["bench.bench_uploads"],
    "s3": ["bench.bench_s3"],
    "schedule": ["bench.bench_schedule"],
    "sweep": ["bench.bench_sweep"],
    "standing": ["bench.bench_standing"],
    "reports": ["bench.bench_reports"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which ones; all if none is named")
    failed = []
    for name in parser.parse_args().names or BENCHES:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", *BENCHES[name]], check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
