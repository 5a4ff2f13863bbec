"""How fast the metadata documents of an AIP are made and read back, and how much memory that takes.

    python -m bench.bench_metadata [FILES ...]

Prints for each number of files: files/s made (PREMIS and METS together, with both digests of what is made, nothing
written), files/s read back, bytes made, and by how much the peak of this process's memory grew meanwhile. Each number
runs in a process of its own, as the peak never falls.
"""

import argparse
import hashlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from preservation.domain.findings import Finding
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.standards.aip_description import read_aip
from preservation.standards.aip_documents import AIPFacts, write_documents

_TIME = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
_FORMATS = [
    FormatIdentification(
        puid=f"fmt/{number}",
        name=f"Format {number}",
        version="1.4",
        mime="application/pdf",
        basis=Basis.BYTE,
        engine="siegfried",
        engine_version="1.11.2",
        signatures="PRONOM v120, container 20240715",
    )
    for number in range(95, 103)
]


def _files(count: int) -> list[StoredFile]:
    rows = []
    for number in range(count):
        name = f"Hồ sơ {number // 500:04d}/trang {number:06d}.pdf"
        seed = number.to_bytes(8, "big")
        rows.append(
            StoredFile(
                logical_path=f"representations/rep1/data/{name}",
                content_path=f"v1/content/representations/rep1/data/{name}",
                size=20_000 + number,
                sha512=hashlib.sha512(seed).digest(),
                sha256=hashlib.sha256(seed).digest(),
                original_path=f"data/{name}",
                modified=1_700_000_000_123_456_789 + number * 1_000_003,
                format=_FORMATS[number % len(_FORMATS)],
            )
        )
    return rows


def _peak() -> int:
    """Bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(count: int) -> str:
    """One line about this many files."""
    files = _files(count)
    facts = AIPFacts(
        aip="urn:uuid:01890000-0000-7000-8000-000000000000",
        title="Bench",
        version=1,
        created=_TIME,
        version_created=_TIME,
        collection="urn:uuid:01890000-0000-7000-8000-000000000001",
        collection_code="H49.64",
        transfer=None,
        software="preservation",
        software_version="0",
    )
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder)

        def write(path: str, chunks: Iterator[bytes]) -> StoredFile:
            sha512, sha256, size = hashlib.sha512(), hashlib.sha256(), 0
            with (kept / path.replace("/", "!")).open("wb") as sink:
                for chunk in chunks:
                    sha512.update(chunk)
                    sha256.update(chunk)
                    size += sink.write(chunk)
            return StoredFile(path, path, size, sha512.digest(), sha256.digest())

        before = _peak()
        start = time.perf_counter()
        made = write_documents(facts, files, write)
        making = time.perf_counter() - start
        grown = _peak() - before

        start = time.perf_counter()
        description = read_aip(
            lambda path: (kept / path.replace("/", "!")).open("rb"), [row.logical_path for row in made]
        )
        if isinstance(description, Finding):
            raise SystemExit(f"not read back: {description}")
        read = sum(1 for item in description.files if not isinstance(item, Finding)) - len(made)
        reading = time.perf_counter() - start
    if read != count:
        raise SystemExit(f"{read} of {count} files read back")
    size = sum(row.size for row in made)
    return (
        f"{count:>9,} files: made in {making:.2f} s ({count / making:,.0f}/s), {size / 1e6:.0f} MB in {len(made)} documents,"
        f" the largest {max(row.size for row in made) / 1e6:.1f} MB; read in {reading:.2f} s ({count / reading:,.0f}/s);"
        f" peak memory grew by {grown / 2**20:.1f} MiB making, {(_peak() - before) / 2**20:.1f} MiB in all"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", metavar="FILES", nargs="*", type=int, default=[20_000, 200_000])
    for count in parser.parse_args().counts:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(measure, (count,)), flush=True)


if __name__ == "__main__":
    main()
