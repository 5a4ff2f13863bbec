"""By what events are found, against what their entries say: a row that is changed there hides an event, or makes another of it.

The tree proves entries alone. Links lie in another order than events, so both are summed up, event by event, in a bounded number
of sums; only where two sums differ are the links of those events compared.
"""

from collections.abc import Iterator
from hashlib import blake2b

from preservation.domain.events import Event
from preservation.ports.event_index import EventIndex, IndexedEvent, agent_link, object_link
from preservation.standards.ledger_entry import decode

SUMS = 4096
_COMPARED = 64
_PAGE = 5000
_TOLD = 1000


def altered_in_index(index: EventIndex) -> Iterator[str]:
    """Ids of events of which the database says something else than their entries do, each once.

    Where very much was changed, the links of some are told only when others are right again.
    """
    sums = [0] * SUMS
    for row, event in _events(index):
        if not _agrees(row, event):
            yield row.id
        for link in _links(event):
            sums[row.key % SUMS] += _value(row.key, link)
    for key, link in index.links():
        sums[key % SUMS] -= _value(key, link)
    doubtful = [number for number, rest in enumerate(sums) if rest]
    if doubtful:
        yield from _compared(index, frozenset(doubtful[:_COMPARED]))


def unplaced(index: EventIndex) -> list[str]:
    """Ids of events that nothing will ever prove: they are in the database, and no tree has them or will."""
    return [*index.unplaced(_TOLD)]


def _compared(index: EventIndex, sums: frozenset[int]) -> Iterator[str]:
    """Ids of those in these sums that lack a link or have one too much, and that agree otherwise.

    Links are read last: an event comes together with its own.
    """
    ids: dict[int, str] = {}
    differ: dict[int, set[str]] = {}
    for row, event in _events(index):
        if row.key % SUMS in sums and _agrees(row, event):
            ids[row.key], differ[row.key] = row.id, _links(event)
    for key, link in index.links():
        if key in differ:
            differ[key] ^= {link}
    yield from (ids[key] for key, links in differ.items() if links)


def _events(index: EventIndex) -> Iterator[tuple[IndexedEvent, Event]]:
    """With what each entry says. One that cannot be read is passed over: the tree tells of that."""
    after = 0
    while page := index.events(after=after, limit=_PAGE):
        for row in page:
            try:
                event = decode(row.entry, None, b"")
            except ValueError:
                continue
            yield row, event
        after = page[-1].key


def _links(event: Event) -> set[str]:
    return {object_link(one.kind, one.id) for one in event.objects} | {agent_link(one.id) for one in event.agents}


def _agrees(row: IndexedEvent, event: Event) -> bool:
    said = (event.id, event.type.value, event.outcome.value, event.time)
    return said == (row.id, row.type, row.outcome, row.time)


def _value(key: int, link: str) -> int:
    return int.from_bytes(blake2b(f"{key} {link}".encode(), digest_size=16).digest(), "big")
