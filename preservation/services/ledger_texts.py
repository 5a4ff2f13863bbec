"""Texts that the database lacks, or has otherwise than they were sealed, taken from a replica that still has them.

A database that was rebuilt from a damaged replica has an event without its text; so has one in which somebody deleted a row. The
text beside the ledger of another replica is then the last one there is, and no file that is made from the database may take its
place. One that was erased is another thing: the database says so (`SequencedEvent.private` is None).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from preservation.domain.ledger import SequencedEvent
from preservation.errors import NotHere, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.ledger_files import LedgerGroup
from preservation.standards.ledger_entry import commit_of
from preservation.standards.ledger_text import LedgerText, decode_texts, text_key, text_opens
from preservation.standards.tiles import TILE_WIDTH

# Told the event as the database has it, and its text where a replica gave it.
Told = Callable[[SequencedEvent, LedgerText | None], None]


def is_lost(event: SequencedEvent) -> bool:
    """Whether the database lacks a text that it never erased."""
    return event.private == b"" and commit_of(event.entry) is not None


def is_altered(event: SequencedEvent) -> bool:
    """Whether the database has another text than the event was sealed with."""
    return bool(event.private) and not text_opens(event.entry, LedgerText(0, event.salt, event.private))


def with_true_texts(
    groups: Iterable[LedgerGroup], stores: Sequence[ReplicaStore], *, told: Told | None = None
) -> Iterator[LedgerGroup]:
    """The groups with every text that is lost or altered as one of the replicas has it, and without it where none does."""
    for group in groups:
        wrong = [at for at, event in enumerate(group.events) if is_lost(event) or is_altered(event)]
        if not wrong:
            yield group
            continue
        events = [*group.events]
        found = _found(group, wrong, stores)
        for at in wrong:
            text = found.get(at)
            if told is not None:
                told(events[at], text)
            salt, private = (b"", b"") if text is None else (text.salt, text.private)
            events[at] = replace(events[at], salt=salt, private=private)
        yield LedgerGroup(group.first, events)


def _found(group: LedgerGroup, wrong: Sequence[int], stores: Sequence[ReplicaStore]) -> dict[int, LedgerText]:
    found: dict[int, LedgerText] = {}
    for store in stores:
        lacking = [at for at in wrong if at not in found]
        if not lacking:
            break
        lines: Sequence[LedgerText | None] = []
        # Another replica may have them.
        with suppress(NotHere, Unavailable):
            lines = decode_texts(group.first, store.read(text_key(group.first // TILE_WIDTH)))
        for at in lacking:
            text = lines[at] if at < len(lines) else None
            if text is not None and text.private and text_opens(group.events[at].entry, text):
                found[at] = text
    return found
