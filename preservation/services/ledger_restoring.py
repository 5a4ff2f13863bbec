"""The events read back from one replica alone: what a rebuild begins with."""

from collections.abc import Callable, Iterator

from preservation.domain.findings import Finding, Severity
from preservation.domain.ledger import EncodedEvent, SequencedEvent
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, published_checkpoint
from preservation.services.ledger_files import LedgerGroup, roots_at, tile_key
from preservation.standards.ledger_entry import decode
from preservation.standards.ledger_text import LedgerText, decode_texts, text_key, text_opens
from preservation.standards.tiles import TILE_WIDTH, TileName, decode_bundle
from preservation.standards.tree_edge import TreeEdge


def restore_checkpoint(store: ReplicaStore, trust: LedgerTrust) -> SignedCheckpoint | None:
    """The newest checkpoint of a replica, for `save_checkpoint`; None if nothing was ever signed. Unavailable if it fails."""
    try:
        return published_checkpoint(store, trust)
    except ValueError as error:
        raise Unavailable(
            f"The checkpoint on this replica cannot be believed: {error}. Try another replica."
        ) from error


def restore_from(
    store: ReplicaStore, trust: LedgerTrust, *, report: Callable[[Finding], None]
) -> Iterator[tuple[int, EncodedEvent]]:
    """Every event with its place, in order, after all of them have reproduced the root that was signed.

    An event whose text was erased, or is damaged here (`report` is told), comes with empty `salt` and `private`, though its entry
    has a commitment. Unavailable where bundles and checkpoint do not agree: this replica cannot be the source.
    """
    signed = restore_checkpoint(store, trust)
    if signed is None:
        return
    roots = roots_at(bundle_groups(store, signed.size), TreeEdge(), [signed.size])
    if roots[signed.size] != signed.root:
        raise Unavailable("The entries on this replica do not lead to its checkpoint. Try another replica.")
    for group in bundle_groups(store, signed.size):
        texts = _texts(store, group, report)
        for event, text in zip(group.events, texts, strict=True):
            salt, private = (text.salt, text.private or b"") if text is not None else (b"", b"")
            yield (
                event.sequence or 0,
                EncodedEvent(decode(event.entry, private, salt), event.entry, salt, private),
            )


def bundle_groups(store: ReplicaStore, size: int) -> Iterator[LedgerGroup]:
    """The entries of a tree of this size as a replica has them, without their texts. Unavailable where one cannot be read."""
    for first in range(0, size, TILE_WIDTH):
        name = TileName(None, first // TILE_WIDTH, min(TILE_WIDTH, size - first))
        try:
            entries = decode_bundle(store.read(tile_key(name)))
        except (NotHere, ValueError) as error:
            raise Unavailable(f"{tile_key(name)} is damaged or missing on this replica: {error}") from error
        if len(entries) != name.width:
            raise Unavailable(f"{tile_key(name)} on this replica holds {len(entries)} entries, not {name.width}")
        yield LedgerGroup(first, [SequencedEvent(at, entry, b"", b"") for at, entry in enumerate(entries, start=first)])


def _texts(store: ReplicaStore, group: LedgerGroup, report: Callable[[Finding], None]) -> list[LedgerText | None]:
    """The text of each event of the group, None for one that is damaged."""
    key = text_key(group.first // TILE_WIDTH)
    try:
        found = decode_texts(group.first, store.read(key))
    except ReplicaAway:
        raise
    except (NotHere, Unavailable):
        found = []
    texts: list[LedgerText | None] = []
    for at, event in enumerate(group.events):
        text = found[at] if at < len(found) else None
        if text is None or not text_opens(event.entry, text):
            sequence = str(event.sequence)
            report(Finding("LEDGER-TEXT-LOST", Severity.ERROR, key, {"replica": store.id, "sequence": sequence}))
            text = None
        texts.append(text)
    return texts
