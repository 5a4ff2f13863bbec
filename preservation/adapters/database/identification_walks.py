"""What the catalogue is asked about identifications. Keeps the promises of `ports.identifications.IdentificationWalk`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from preservation.adapters.database import identifications
from preservation.domain.formats import FormatIdentification


class IdentificationWalks(ABC):
    """Part of the catalogue, which reads in its own way."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    def heads_holding(
        self,
        is_wanted: Callable[[FormatIdentification | None], bool],
        agents: Sequence[str],
        *,
        after: int = 0,
        limit: int = 100,
        aip: str | None = None,
    ) -> tuple[Sequence[tuple[str, int]], int | None]:
        with self._reading() as connection:
            return identifications.heads_holding(connection, is_wanted, agents, after=after, limit=limit, aip=aip)
