"""The catalogue on SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.errors import DiskFull, Unavailable, WrongUse
from preservation.ports import Catalogue
from tests.adapters.append_only import FORBIDDEN, a_full_log
from tests.contracts.catalogue_builders import a_version, urn
from tests.contracts.catalogue_contract import CatalogueContract


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[[], Catalogue]]:
    opened: list[Catalogue] = []

    def make() -> Catalogue:
        url = f"sqlite:///{tmp_path}/{len(opened)}.db"
        upgrade(url)
        opened.append(open_catalogue(url))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def catalogue(another: Callable[[], Catalogue]) -> Catalogue:
    return another()


class TestCatalogueOnSQLite(CatalogueContract):
    pass


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_a_client_that_knows_only_sql_cannot_change_the_log(
    catalogue: Catalogue, tmp_path: Path, statement: str
) -> None:
    a_full_log(catalogue)
    before = list(catalogue.dump())
    connection = sqlite3.connect(tmp_path / "0.db")

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert list(catalogue.dump()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO event SELECT * FROM event",
        "INSERT OR REPLACE INTO event (id, type, time, outcome, entry) SELECT id, type, time, outcome, x'00' FROM event",
        "REPLACE INTO event_object SELECT * FROM event_object",
        "REPLACE INTO event_agent SELECT * FROM event_agent",
        "REPLACE INTO ledger_sequence SELECT sequence, event_key + 1 FROM ledger_sequence",
        "REPLACE INTO ledger_sequence SELECT sequence + 9, event_key FROM ledger_sequence",
        "REPLACE INTO checkpoint SELECT key, size, root, 'other' FROM checkpoint",
    ],
)
def test_replacing_is_no_way_around(catalogue: Catalogue, tmp_path: Path, statement: str) -> None:
    a_full_log(catalogue)
    connection = sqlite3.connect(tmp_path / "0.db")

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_every_connection_is_durable(catalogue: Catalogue, tmp_path: Path) -> None:
    with catalogue._reading() as connection:  # type: ignore[attr-defined]
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]

    assert found == ["wal", 2]


def test_a_mislaid_database_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        open_catalogue(f"sqlite:///{tmp_path}/mislaid.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "repository.db", ""])
def test_another_kind_of_url_is_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse):
        open_catalogue(url)


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "a?b #c%20 đ"
    folder.mkdir()
    upgrade(f"sqlite:///{folder}/x.db")

    catalogue = open_catalogue(f"sqlite:///{folder}/x.db")
    assert catalogue.aips() == []
    catalogue.close()
    assert (folder / "x.db").is_file()


def test_a_file_that_is_no_database_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database" * 1000)
    catalogue = open_catalogue(f"sqlite:///{tmp_path}/x.db")

    with pytest.raises(Unavailable):
        catalogue.aips()
    catalogue.close()


def test_a_full_disk_is_named(catalogue: Catalogue) -> None:
    def write_much() -> None:
        with catalogue.begin() as transaction:
            transaction._wire.run("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
            for aip in range(1, 1000):
                transaction.record_version(a_version(aip, title="x" * 4000))

    with pytest.raises(DiskFull):
        write_much()
    assert catalogue.aip(urn(1)) is None


def test_a_database_that_is_busy_for_too_long_does_not_answer(catalogue: Catalogue, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "0.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with catalogue._reading() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")

    with pytest.raises(Unavailable), catalogue.begin():
        pass
    other.close()
