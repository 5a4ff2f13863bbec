"""Where an inventory can be read and is not the one that the ledger knows: somebody has to look, nothing is repaired.

A damaged inventory differs as well; it is mended from the ledger's bytes on another replica. What is told here is worse: no
replica that can be reached has the inventory of which the ledger holds the digest, so that nothing proves what is right. Many
equal copies of another inventory prove nothing either.
"""

from collections.abc import Mapping
from datetime import datetime

from preservation.domain.fixity import Damaged
from preservation.ports import Catalogue
from preservation.services.fixity_copies import CheckedCopy

DISPUTED = "inventories disputed"


class Disputes:
    """What one run learns of them; asks the database at its beginning, and where something has changed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known = set(catalogue.note_table().noted(DISPUTED))

    def note(self, checked: CheckedCopy, now: datetime) -> None:
        """Remember an AIP whose inventory is disputed, or that it is so no longer."""
        aip = checked.version.aip
        is_disputed = not checked.is_proven and bool(checked.report.all_of(Damaged))
        if is_disputed and aip not in self._known:
            self._known.add(aip)
            self._catalogue.note_table().note(DISPUTED, aip, now.isoformat(), now=now)
        elif checked.is_proven and aip in self._known:
            self._known.discard(aip)
            self._catalogue.note_table().note(DISPUTED, aip, None, now=now)


def disputed(catalogue: Catalogue) -> Mapping[str, datetime]:
    """AIPs with a disputed inventory, and since when that is known."""
    noted = catalogue.note_table().noted(DISPUTED)
    return {aip: datetime.fromisoformat(since) for aip, since in noted.items() if isinstance(since, str)}
