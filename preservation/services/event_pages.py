"""Events for somebody who may see those of some collections only.

An event is shown if it is about something in these collections and about nothing in others. AIPs, transfers and collections
count; keys, policies, accounts and replicas belong to the repository as a whole. What an event is about is in its entry alone, so
events are read in order and chosen from; a page looks at `WINDOW` of them at most, may be short, and still have a next one.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.ledger import EventFilter, SequencedEvent
from preservation.ports import Catalogue

WINDOW = 2000
_AT_ONCE = 500
_PLACED = ("aip", "transfer", "collection")


@dataclass(frozen=True, slots=True)
class EventPage:
    """`next` is the cursor behind the last event that was looked at, None where there is no more."""

    events: Sequence[SequencedEvent]
    next: int | None


def events_page(
    catalogue: Catalogue, where: EventFilter, *, within: Collection[str] | None, after: int, limit: int
) -> EventPage:
    """Those that the filter selects, in order of recording; `within` None shows all."""
    if within is None:
        found = catalogue.events(where, after=after, limit=limit)
        return EventPage([event for _, event in found], found[-1][0] if len(found) == limit else None)
    shown: list[SequencedEvent] = []
    for _ in range(WINDOW // _AT_ONCE):
        page = catalogue.events(where, after=after, limit=_AT_ONCE)
        places = _collections(catalogue, [event for _, event in page])
        for cursor, event in page:
            after = cursor
            if _is_within(event, within, places):
                shown.append(event)
                if len(shown) == limit:
                    return EventPage(shown, after)
        if len(page) < _AT_ONCE:
            return EventPage(shown, None)
    return EventPage(shown, after)


def is_within(catalogue: Catalogue, event: SequencedEvent, within: Collection[str] | None) -> bool:
    """Whether one event may be shown."""
    return within is None or _is_within(event, within, _collections(catalogue, [event]))


def _collections(catalogue: Catalogue, events: Sequence[SequencedEvent]) -> Mapping[str, str]:
    ids = {one for event in events for one, kind in _objects(event) if kind in ("aip", "transfer")}
    return catalogue.collections_of(sorted(ids)) if ids else {}


def _is_within(event: SequencedEvent, within: Collection[str], places: Mapping[str, str]) -> bool:
    found = [one if kind == "collection" else places.get(one) for one, kind in _objects(event) if kind in _PLACED]
    return bool(found) and all(place in within for place in found)


def _objects(event: SequencedEvent) -> list[tuple[str, str]]:
    return [(one["id"], one["kind"]) for one in json.loads(event.entry)["objects"]]
