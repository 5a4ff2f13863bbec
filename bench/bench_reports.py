"""How long the reports over what is held take, from the counts that each AIP is kept with.

    python -m bench.bench_reports [--counts 1000000] [--database sqlite|postgresql]

Fills a database with AIPs of 50 files each in five counts: 1,000,000 counts are 200,000 AIPs of 10,000,000 files, in 300 formats,
40 collections and 12 years. Prints the seconds of each report, the best of three, and beside them those of the same question put
to a table of all files (of a tenth of the files, times ten), which is what is saved.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.held_reports import Grouping

_EACH = 5
_FORMATS = 300
_COLLECTIONS = 40
_FIRST_YEAR, _YEARS = 2015, 12
_VALIDITIES = ("", "valid", "well-formed", "invalid", "unknown")
_MICROSECONDS = 1_000_000


def _created(aip: int) -> int:
    return int(datetime(_FIRST_YEAR + aip % _YEARS, 6, 1, tzinfo=UTC).timestamp()) * _MICROSECONDS


def _counts(aips: int) -> Iterator[tuple[object, ...]]:
    for aip in range(1, aips + 1):
        for at in range(_EACH):
            form = 1 + (aip * 7 + at * 11) % _FORMATS
            yield aip, 1, form, "text", _VALIDITIES[(aip + at) % 5], 1990 + (aip + at) % 30, 10, 200_000


def fill(path: Path, counts: int) -> int:
    """The tables that reports read, past the catalogue, which would take hours for as many files; how many AIPs."""
    aips = counts // _EACH
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO format (key, digest, puid, name, version, mime, basis, engine, engine_version, signatures,"
            " alternatives, warning) VALUES (?, ?, ?, 'A format', '1', '', 'byte', 'siegfried', '1', 'V1', '[]', '')",
            [(key, key.to_bytes(16, "big"), f"fmt/{key}") for key in range(1, _FORMATS + 1)],
        )
        connection.executemany(
            "INSERT INTO aip (key, id, collection, title, head, created) VALUES (?, ?, ?, 'A title', 1, ?)",
            (
                (aip, f"urn:uuid:{aip:032x}", f"collection {aip % _COLLECTIONS}", _created(aip))
                for aip in range(1, aips + 1)
            ),
        )
        connection.executemany(
            "INSERT INTO aip_version (aip_key, number, created, inventory_digest, inventory_prefix, file_count, bytes,"
            " message) VALUES (?, 1, ?, 'x', 0, 50, 1000000, '')",
            ((aip, _created(aip)) for aip in range(1, aips + 1)),
        )
        connection.executemany("INSERT INTO aip_count VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _counts(aips))
        connection.executemany(
            "INSERT INTO file (aip_key, ordinal, added, logical_path, content_path, size, sha512, sha256, original_path,"
            " format_key) VALUES (?, ?, 1, ?, '', 20000, x'00', x'00', 'a', ?)",
            (
                (aip, at, f"representations/rep1/data/page {at:04}.tif", 1 + (aip * 7 + at // 10 * 11) % _FORMATS)
                for aip in range(1, aips // 10 + 1)
                for at in range(50)
            ),
        )
    return aips


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, default=1_000_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.sqlite"
        url = f"sqlite:///{path}"
        upgrade(url)
        aips = fill(path, wanted.counts)
        print(f"{aips:,} AIPs, {aips * 50:,} files, {wanted.counts:,} counts")
        catalogue = open_catalogue(url)
        reports = catalogue.held_reports()
        since = datetime(2025, 1, 1, tzinfo=UTC)
        for grouping in Grouping:
            if grouping is not Grouping.RISK:
                print(f"by {grouping.value:<12}{best(partial(reports.by, grouping, but='')):8.2f} s")
        risks = {f"fmt/{key}": "high" for key in range(1, 30)}
        print(f"by risk        {best(lambda: reports.by_risk(risks, 'low', but='')):8.2f} s")
        print(f"format, since  {best(lambda: reports.by(Grouping.FORMAT, but='', since=since)):8.2f} s")
        some = [f"collection {at}" for at in range(4)]
        print(f"one of ten     {best(lambda: reports.by(Grouping.FORMAT, but='', collections=some)):8.2f} s")
        print(f"forecast of 30 {best(lambda: reports.years_of(sorted(risks), but='')):8.2f} s")
        figures = catalogue.examination_table()
        print(f"figures        {best(lambda: figures.figures(repository='', since=since)):8.2f} s")
        catalogue.close()
        with closing(sqlite3.connect(path)) as connection:
            query = (
                "SELECT f.puid, count(DISTINCT aip_key), count(*), sum(size) FROM file JOIN format f ON f.key = format_key"
                " WHERE removed IS NULL GROUP BY f.puid"
            )
            took = best(lambda: connection.execute(query).fetchall())
        print(f"by format, of all files instead: {took * 10:8.2f} s")


if __name__ == "__main__":
    main()
