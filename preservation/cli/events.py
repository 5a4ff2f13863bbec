"""An event as the commands show it."""

import json

from preservation.domain.ledger import SequencedEvent


def event_json(event: SequencedEvent) -> dict[str, object]:
    """The entry's own fields, its place in the tree, and its private part as far as it was not erased."""
    values: dict[str, object] = json.loads(event.entry)
    values["sequence"] = event.sequence
    values["private"] = json.loads(event.private) if event.private else None
    return values
