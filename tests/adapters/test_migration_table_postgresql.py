"""Migration plans on PostgreSQL."""

from collections.abc import Iterator

import pytest

from preservation.adapters.database.catalogue import open_catalogue
from preservation.ports import Catalogue
from tests.contracts.migration_table import MigrationTableContract
from tests.postgresql_server import postgresql_server, postgresql_url

__all__ = ["postgresql_server", "postgresql_url"]

pytestmark = pytest.mark.postgresql


@pytest.fixture
def catalogue(postgresql_url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(postgresql_url)
    yield opened
    opened.close()


class TestMigrationTableOnPostgreSQL(MigrationTableContract):
    pass
