"""Reports over all that is held."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from preservation.domain.held_reports import Amounts, Grouping


class HeldReports(Protocol):
    """Adds up the counts that each AIP's head is kept with: work grows with AIPs, not with files. Raises Unavailable.

    `collections` are ids, None for all; `but` is an AIP that is left out (the repository's own). Amounts added are those of
    versions made since a time.
    """

    def by(
        self,
        grouping: Grouping,
        *,
        but: str,
        collections: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Mapping[str, Amounts]:
        """By the value that is grouped by, in no order. WrongUse for RISK, which is no column: see `by_risk`.

        A format is its PUID, "" where nobody could tell; a year is its number, "" where it is not known; of validity and kind
        "" is what was not examined.
        """
        ...

    def by_risk(
        self,
        risks: Mapping[str, str],
        otherwise: str,
        *,
        but: str,
        collections: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Mapping[str, Amounts]:
        """By what the PUIDs are put together as; `otherwise` is for PUIDs that are not among them, and for none."""
        ...

    def names(self) -> Mapping[str, tuple[str, str]]:
        """Name and version of every PUID that was ever identified here."""
        ...

    def years_of(
        self, puids: Sequence[str], *, but: str, collections: Sequence[str] | None = None
    ) -> Mapping[str, Mapping[int, int]]:
        """Files by year of ingest, for each of these PUIDs."""
        ...
