"""What the repository itself says of damage, as the chaos drill reads it: events about copies, as they come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from preservation.domain.events import Event, EventOutcome, EventType
from preservation.domain.ledger import EventFilter
from preservation.ports import Catalogue
from preservation.standards.ledger_entry import decode

Copy = tuple[str, str]
"""AIP and replica."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """A check said that a copy is not intact. `firm` unless all that it said is that files could not be read."""

    time: datetime
    copy: Copy
    firm: bool


@dataclass(slots=True)
class Reader:
    """Reads on from where it was."""

    findings: list[Finding] = field(default_factory=list)
    mended: dict[Copy, datetime] = field(default_factory=dict)
    transient: int = 0
    _after: int = 0

    def read(self, catalogue: Catalogue) -> None:
        while page := catalogue.events(EventFilter(), after=self._after, limit=_PAGE):
            for _, one in page:
                self._take(decode(one.entry, one.private or b"", one.salt))
            self._after = page[-1][0]

    def found_since(self, copy: Copy, since: datetime) -> Finding | None:
        """The first firm finding about a copy from then on."""
        return next((one for one in self.findings if one.copy == copy and one.firm and one.time >= since), None)

    def _take(self, event: Event) -> None:
        for copy in _copies(event):
            if event.type is EventType.FIXITY_CHECK and event.outcome is EventOutcome.FAILURE:
                firm = any(event.detail.get(word) for word in ("damaged", "missing"))
                self.findings.append(Finding(event.time, copy, firm))
            elif event.type is EventType.FIXITY_CHECK and event.outcome is EventOutcome.WARNING:
                self.transient += 1
            elif event.type is EventType.FIXITY_CHECK and "batch" not in event.detail:
                self.mended[copy] = event.time


def _copies(event: Event) -> Iterator[Copy]:
    aips: Sequence[str] = [one.id for one in event.objects if one.kind == "aip"]
    replicas: Sequence[str] = [one.id for one in event.objects if one.kind == "replica"]
    if len(aips) == 1 and len(replicas) == 1:
        yield aips[0], replicas[0]
