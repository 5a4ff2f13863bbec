"""Migration plans on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.ports import Catalogue
from tests.contracts.migration_table import MigrationTableContract
from tests.service_kit import a_catalogue


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with a_catalogue(tmp_path) as opened:
        yield opened


class TestMigrationTableOnSQLite(MigrationTableContract):
    pass
