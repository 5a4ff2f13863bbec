"""The table of accounts on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.ports import Catalogue
from tests.contracts.account_table import AccountTableContract, table

__all__ = ["table"]


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/accounts.db"
    upgrade(url)
    return url


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(url)
    yield opened
    opened.close()


class TestAccountTableOnSQLite(AccountTableContract):
    pass
