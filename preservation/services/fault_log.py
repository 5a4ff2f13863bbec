"""Faults as the ledger's events tell of them: how many on each replica, how long until they were found, and until mended.

A fault is a copy that was intact, as far as was known, and was found damaged or missing. It was there since its last check at
the longest: that bounds the time to detect it. It is mended when a check finds the copy intact again.

Events are read on from where the last look ended, and what came of it is noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from preservation.domain.events import Event, EventOutcome, EventType, Json
from preservation.domain.holdings import CopyState
from preservation.domain.ledger import EventFilter
from preservation.ports import Catalogue
from preservation.standards.ledger_entry import decode

NOTED = "fault log"
_STATE = "state"
_PAGE = 1000
# Of more faults than these that are open at a time the counts stay right, and the times to mend the rest stay unknown.
_MOST_OPEN = 10_000
_FAULTS = (CopyState.DAMAGED.value, CopyState.MISSING.value)
_GOOD = (CopyState.INTACT.value, CopyState.PENDING.value, None)


@dataclass(slots=True)
class FaultTally:
    """One replica's. Times in seconds; `detected` and `mended` are how many of them went into each."""

    faults: int = 0
    detected: int = 0
    detect_seconds: int = 0
    detect_longest: int = 0
    mended: int = 0
    mend_seconds: int = 0
    mend_longest: int = 0

    @property
    def mean_detect(self) -> float | None:
        """At most so long, on average."""
        return self.detect_seconds / self.detected if self.detected else None

    @property
    def mean_mend(self) -> float | None:
        return self.mend_seconds / self.mended if self.mended else None


@dataclass(slots=True)
class _State:
    cursor: int
    replicas: dict[str, FaultTally]
    open: dict[str, str]


def read_faults(catalogue: Catalogue) -> Mapping[str, FaultTally]:
    """By replica id, as noted last."""
    return _load(catalogue).replicas


def update_faults(catalogue: Catalogue, now: datetime) -> Mapping[str, FaultTally]:
    """Read the events that came since, and note what they tell. For a timer."""
    state = _load(catalogue)
    begun = state.cursor
    while page := catalogue.events(EventFilter(type=EventType.FIXITY_CHECK.value), after=state.cursor, limit=_PAGE):
        for cursor, row in page:
            state.cursor = cursor
            _take(state, decode(row.entry, None, b""))
    if state.cursor != begun:
        catalogue.note_table().note(NOTED, _STATE, _plain(state), now=now)
    return state.replicas


def _take(state: _State, event: Event) -> None:
    aip = next((one.id for one in event.objects if one.kind == "aip"), None)
    replica = next((one.id for one in event.objects if one.kind == "replica"), None)
    if aip is None or replica is None or event.detail.get("act") is not None:
        return
    copy, outcome = f"{aip} {replica}", event.detail.get("outcome")
    tally = state.replicas.setdefault(replica, FaultTally())
    # A copy whose files need several events is one fault.
    is_first = event.detail.get("part") in (None, 1)
    if event.outcome is EventOutcome.FAILURE and outcome in _FAULTS and is_first:
        if event.detail.get("before") not in _GOOD or copy in state.open:
            return
        tally.faults += 1
        last = event.detail.get("last_checked")
        if isinstance(last, str):
            tally.detected, tally.detect_seconds, tally.detect_longest = _added(
                tally.detected, tally.detect_seconds, tally.detect_longest, last, event.time
            )
        if len(state.open) < _MOST_OPEN:
            state.open[copy] = event.time.isoformat()
    elif event.outcome is EventOutcome.SUCCESS and outcome == CopyState.INTACT.value:
        since = state.open.pop(copy, None)
        if since is not None:
            tally.mended, tally.mend_seconds, tally.mend_longest = _added(
                tally.mended, tally.mend_seconds, tally.mend_longest, since, event.time
            )


def _added(count: int, seconds: int, longest: int, since: str, until: datetime) -> tuple[int, int, int]:
    took = max(0, round((until - datetime.fromisoformat(since)).total_seconds()))
    return count + 1, seconds + took, max(longest, took)


_FIELDS = (
    "faults",
    "detected",
    "detect_seconds",
    "detect_longest",
    "mended",
    "mend_seconds",
    "mend_longest",
)


def _load(catalogue: Catalogue) -> _State:
    noted = catalogue.note_table().noted(NOTED).get(_STATE)
    if not isinstance(noted, dict):
        return _State(0, {}, {})
    cursor, replicas, still = noted.get("cursor"), noted.get("replicas"), noted.get("open")
    if not (isinstance(cursor, int) and isinstance(replicas, dict) and isinstance(still, dict)):
        return _State(0, {}, {})
    tallies = {
        id_: FaultTally(*(int(str(one)) for one in numbers))
        for id_, numbers in replicas.items()
        if isinstance(numbers, list)
    }
    return _State(cursor, tallies, {copy: str(since) for copy, since in still.items()})


def _plain(state: _State) -> Json:
    replicas: dict[str, Json] = {
        id_: [int(getattr(tally, name)) for name in _FIELDS] for id_, tally in state.replicas.items()
    }
    return {"cursor": state.cursor, "replicas": replicas, "open": dict[str, Json](state.open)}
