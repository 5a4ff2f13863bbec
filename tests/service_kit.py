"""What tests of the service's overseeing share: an empty catalogue on SQLite, a clock that is set, ids that count up."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import NOON, urn


class SetClock:
    """Tells the time that it was set to."""

    def __init__(self, time: datetime = NOON) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **length: float) -> None:
        self.time += timedelta(**length)


class CountingMinter:
    """Ids that count up from a million; no salt is wanted here."""

    def __init__(self) -> None:
        self._numbers = count(1_000_000)

    def urn(self) -> str:
        return urn(next(self._numbers))

    def salt(self) -> bytes:
        return bytes(32)


@contextmanager
def a_catalogue(folder: Path) -> Iterator[Catalogue]:
    """An empty one."""
    url = f"sqlite:///{folder}/service.db"
    upgrade(url)
    with closing(open_catalogue(url)) as catalogue:
        yield catalogue
