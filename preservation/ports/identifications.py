"""Identifications that come later than ingest, as the catalogue keeps them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from preservation.domain.formats import FormatIdentification


class IdentificationSteps(Protocol):
    """What a transaction does about them."""

    def change_formats(self, aip: str, version: int, changes: Mapping[int, FormatIdentification]) -> None:
        """Give files of the head, by their numbers within the AIP (`Catalogue.files_page`), another identification.

        Conflict if another version is the head by now.
        """
        ...


class IdentificationWalk(Protocol):
    """What the catalogue is asked for them."""

    def heads_holding(
        self,
        is_wanted: Callable[[FormatIdentification | None], bool],
        agents: Sequence[str],
        *,
        after: int = 0,
        limit: int = 100,
        aip: str | None = None,
    ) -> tuple[Sequence[tuple[str, int]], int | None]:
        """(aip, head version) of those whose head has a file that is wanted, and is linked to no event by any of these agents.

        `is_wanted` is asked about each identification that there is, None for none. Some `limit` of them, a few thousand more at
        the most; and where the next page begins, None where nothing is left. With `aip` only that one.
        """
        ...
