"""The catalogue on PostgreSQL."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from preservation.adapters.database.catalogue import open_catalogue
from preservation.errors import Unavailable, Unsettled
from preservation.ports import Catalogue
from tests.adapters.append_only import FORBIDDEN, a_full_log
from tests.contracts.catalogue_contract import CatalogueContract
from tests.postgresql_server import empty_postgresql_url, postgresql_server, postgresql_url

__all__ = ["empty_postgresql_url", "postgresql_server", "postgresql_url"]

pytestmark = pytest.mark.postgresql

_TABLES = ("event", "event_object", "event_agent", "ledger_sequence", "checkpoint")


@pytest.fixture
def another(postgresql_server: Callable[[str | None], str]) -> Iterator[Callable[[], Catalogue]]:
    opened: list[Catalogue] = []

    def make() -> Catalogue:
        opened.append(open_catalogue(postgresql_server("migrated")))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def catalogue(postgresql_url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(postgresql_url)
    yield opened
    opened.close()


class TestCatalogueOnPostgreSQL(CatalogueContract):
    pass


def plain(url: str) -> str:
    """The URL as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.parametrize("statement", [*FORBIDDEN, *(f"TRUNCATE {table}" for table in _TABLES)])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_a_client_that_knows_only_sql_cannot_change_the_log(
    catalogue: Catalogue,
    postgresql_url: str,
    statement: str,
    role: str,
) -> None:
    a_full_log(catalogue)
    before = list(catalogue.dump())

    with psycopg.connect(plain(postgresql_url)) as connection:
        connection.execute(f"SET session_replication_role = {role}")
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            connection.execute(statement)
    assert list(catalogue.dump()) == before


def test_an_upsert_is_no_way_around(catalogue: Catalogue, postgresql_url: str) -> None:
    a_full_log(catalogue)

    with psycopg.connect(plain(postgresql_url)) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(
            "INSERT INTO event SELECT * FROM event ON CONFLICT (key) DO UPDATE SET entry = excluded.entry"
        )


def test_every_commit_waits_until_it_is_durable(catalogue: Catalogue) -> None:
    with catalogue._reading() as connection:  # type: ignore[attr-defined]
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_server_that_is_not_there_does_not_answer() -> None:
    catalogue = open_catalogue("postgresql+psycopg://nobody@/nothing?host=/nonexistent")

    with pytest.raises(Unavailable):
        catalogue.aips()
    with pytest.raises(Unavailable), catalogue.begin():
        pass
    catalogue.close()


def test_a_commit_that_is_not_answered_is_unsettled(catalogue: Catalogue, postgresql_url: str) -> None:
    def write() -> None:
        with catalogue.begin() as transaction, psycopg.connect(plain(postgresql_url)) as other:
            ((backend,),) = transaction._wire.rows("SELECT pg_backend_pid()")  # type: ignore[attr-defined]
            other.execute("SELECT pg_terminate_backend(%s)", (backend,))

    with pytest.raises(Unsettled):
        write()
    assert catalogue.aips() == []


def test_a_database_without_a_schema_does_not_answer(empty_postgresql_url: str) -> None:
    catalogue = open_catalogue(empty_postgresql_url)

    with pytest.raises(Unavailable):
        catalogue.aips()
    catalogue.close()
