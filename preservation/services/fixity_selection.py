"""Which copies a run looks at, and in which order."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import CopyRecord
from preservation.ports import Catalogue
from preservation.ports.fixity_plan import Place

_PAGE = 256


class Selection(StrEnum):
    """ALL copies, or only those that are DUE, the earliest deadline first. BESIDE: what replicas hold beside AIPs, no copies."""

    ALL = "all"
    DUE = "due"
    BESIDE = "beside"


def every_copy(catalogue: Catalogue, replica: str) -> Iterator[CopyRecord]:
    """In the order of AIP ids, which is that in which they were made."""
    after: str | None = None
    while page := catalogue.copies_on(replica, after=after):
        yield from (copy for copy in page if copy.version)
        after = page[-1].aip


def due_copies(catalogue: Catalogue, replica: str, before: datetime, seen: set[str]) -> Iterator[CopyRecord]:
    """By deadline; within a page in the order in which they were written, which is how a medium is read fastest.

    AIPs of copies that are to be looked at at once are added to `seen`.
    """
    table = catalogue.fixity_plan_table()
    after: Place | None = None
    while page := table.due(replica, before=before, after=after, limit=_PAGE):
        seen.update(copy.aip for copy in page if copy.due == AT_ONCE)
        yield from sorted(page, key=lambda copy: copy.aip)
        last = page[-1]
        after = (last.due or before, last.aip)


def hastened_copies(catalogue: Catalogue, replica: str, seen: set[str]) -> Sequence[CopyRecord]:
    """Those that are to be looked at at once, and were not `seen`, which they are then."""
    page = catalogue.fixity_plan_table().due(replica, before=AT_ONCE, limit=_PAGE)
    fresh = [copy for copy in page if copy.aip not in seen]
    seen.update(copy.aip for copy in fresh)
    return fresh
