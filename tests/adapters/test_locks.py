"""Locks on a file, and locks of PostgreSQL: one contract."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preservation.adapters.database.engine import open_engine
from preservation.adapters.database.locks import AdvisoryLocks
from preservation.adapters.locks import FileLocks
from preservation.errors import Unavailable
from preservation.ports import Locks
from tests.contracts.locks import LocksContract
from tests.postgresql_server import postgresql_server

__all__ = ["postgresql_server"]


class TestFileLocks(LocksContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[], Locks]:
        return lambda: FileLocks(tmp_path / "lock")

    @pytest.fixture
    def locks(self, opened: Callable[[], Locks]) -> Locks:
        return opened()

    @pytest.fixture
    def other(self, opened: Callable[[], Locks]) -> Locks:
        return opened()

    def test_a_place_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="cannot be written"), FileLocks(tmp_path / "no" / "lock").try_hold("a"):
            pass

    def test_nothing_is_left_beside_the_one_empty_file(self, locks: Locks, tmp_path: Path) -> None:
        for number in range(100):
            with locks.hold(str(number), seconds=0):
                pass

        assert os.listdir(tmp_path) == ["lock"]
        assert (tmp_path / "lock").stat().st_size == 0


@pytest.mark.postgresql
class TestAdvisoryLocks(LocksContract):
    @pytest.fixture
    def url(self, postgresql_server: Callable[[str | None], str]) -> str:
        return postgresql_server(None)

    @pytest.fixture
    def opened(self, url: str) -> Callable[[], Locks]:
        return lambda: AdvisoryLocks(open_engine(url))

    @pytest.fixture
    def locks(self, url: str) -> Iterator[Locks]:
        engine = open_engine(url)
        yield AdvisoryLocks(engine)
        engine.dispose()

    @pytest.fixture
    def other(self, url: str) -> Iterator[Locks]:
        engine = open_engine(url)
        yield AdvisoryLocks(engine)
        engine.dispose()

    def test_a_server_that_is_not_there_is_told(self) -> None:
        locks = AdvisoryLocks(open_engine("postgresql+psycopg://nobody@localhost:1/none"))

        with pytest.raises(Unavailable), locks.try_hold("a"):
            pass
