"""Receipts: that an event is in the log, for somebody who has neither the log nor this software."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preservation.domain.events import Event, EventType
from preservation.domain.findings import Finding, Severity
from preservation.domain.ledger import EventFilter, SequencedEvent
from preservation.errors import ForkedLedger, NotHere, Unavailable
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, catalogue_checkpoint
from preservation.services.ledger_files import catalogue_groups, group_files, tile_key
from preservation.services.ledger_reading import tile_reader
from preservation.standards.canonical_json import canonical
from preservation.standards.ledger_entry import decode
from preservation.standards.merkle import HASH_SIZE, NodeReader, inclusion_proof, leaf_hash, verify_inclusion
from preservation.standards.signed_note import SignatureCheck, parse_vkey
from preservation.standards.tiles import TileName, node_reader
from preservation.standards.tlog_proof import TlogProof, parse_proof, verify_proof
from preservation.standards.tree_edge import TreeEdge

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ProofReport:
    """`ok` only where signature, inclusion and entry were all verified; then all but `problems` is filled."""

    ok: bool
    problems: tuple[Finding, ...] = ()
    origin: str = ""
    tree_size: int = 0
    root: bytes = b""
    index: int = 0
    entry: bytes = b""
    event: Event | None = None


def prove(catalogue: Catalogue, stores: Sequence[ReplicaStore], id: str, trust: LedgerTrust) -> str:
    """The `.tlog-proof` of an event, or of the event that committed an AIP's newest version.

    Its extra line is JSON with the entry's bytes, {"entry": base64}. NotHere for an unknown id; Unavailable while the event
    is not yet under a signed checkpoint; ForkedLedger where the database does not agree with what was signed.
    """
    event = catalogue.event(id) or _commit_of_aip(catalogue, id)
    signed = catalogue_checkpoint(catalogue, trust)
    if event.sequence is None or signed is None or event.sequence >= signed.size:
        raise Unavailable("The event is recorded, but no signed checkpoint covers it yet; try again in a moment.")
    path = _path(catalogue, stores, event.sequence, event.entry, signed)
    extra = canonical({"entry": base64.b64encode(event.entry).decode()})
    return TlogProof(event.sequence, tuple(path), signed.note.encode(), extra).text


def check_proof(text: str, vkeys: Sequence[str], *, check: SignatureCheck) -> ProofReport:
    """Verify a receipt by itself. A proof that fails is a report that says why; ValueError only for a malformed vkey."""
    keys = [parse_vkey(vkey) for vkey in vkeys]
    try:
        proof = parse_proof(text)
        entry = _entry_of(proof)
        checkpoint = verify_proof(proof, leaf_hash(entry), keys, check)
        event = decode(entry, None, b"")
    except ValueError as error:
        problem = Finding("LEDGER-PROOF-FAILS", Severity.ERROR, "", {"reason": str(error)})
        return ProofReport(ok=False, problems=(problem,))
    return ProofReport(
        ok=True,
        origin=checkpoint.origin,
        tree_size=checkpoint.size,
        root=checkpoint.root,
        index=proof.index,
        entry=entry,
        event=event,
    )


def _entry_of(proof: TlogProof) -> bytes:
    if proof.extra is None:
        raise ValueError("the proof does not carry the entry that it is about")
    try:
        value = json.loads(proof.extra)
        return base64.b64decode(value["entry"], validate=True)
    except (KeyError, TypeError, RecursionError, binascii.Error, ValueError) as error:
        raise ValueError("the proof's extra line does not hold an entry") from error


def _commit_of_aip(catalogue: Catalogue, aip: str) -> SequencedEvent:
    """The ingestion that names the newest version's inventory digest; failing that, the first event that names it."""
    versions = catalogue.versions(aip)
    if not versions:
        raise NotHere(f"no event and no AIP is known as {aip}")
    head = max(versions, key=lambda version: version.number)
    first: SequencedEvent | None = None
    for row in _events_of(catalogue, aip):
        event = decode(row.entry, None, b"")
        if any(linked.id == aip and linked.digest == f"sha512:{head.inventory_digest}" for linked in event.objects):
            if event.type is EventType.INGESTION:
                return row
            first = first or row
    if first is None:
        raise NotHere(f"no event names version {head.number} of {aip} by its digest")
    return first


def _events_of(catalogue: Catalogue, aip: str) -> Iterator[SequencedEvent]:
    after = 0
    while page := catalogue.events(EventFilter(aip=aip), after=after, limit=_PAGE):
        yield from (row for _, row in page)
        after = page[-1][0]


def _path(
    catalogue: Catalogue, stores: Sequence[ReplicaStore], index: int, entry: bytes, signed: SignedCheckpoint
) -> list[bytes]:
    """From the first replica whose tiles prove it; else from the database."""
    leaf = leaf_hash(entry)
    for store in stores:
        try:
            path = inclusion_proof(node_reader(tile_reader(store), signed.size), index, signed.size)
        except (NotHere, Unavailable, ValueError):
            continue  # The next replica may have these tiles whole.
        if verify_inclusion(leaf, index, signed.size, path, signed.root):
            return path
    path = inclusion_proof(_catalogue_nodes(catalogue, index, signed.size), index, signed.size)
    if verify_inclusion(leaf, index, signed.size, path, signed.root):
        return path
    raise ForkedLedger("The event cannot be proved: the database does not agree with the tree that was signed.")


def _catalogue_nodes(catalogue: Catalogue, index: int, size: int) -> NodeReader:
    """The nodes of one path, by hashing everything. Only the tiles of the path are kept in memory."""
    wanted: set[TileName] = set()

    def note(name: TileName) -> bytes:
        wanted.add(name)
        return bytes(name.width * HASH_SIZE)

    inclusion_proof(node_reader(note, size), index, size)
    keys = {tile_key(name): name for name in wanted}
    held: dict[TileName, bytes] = {}
    for group in group_files(catalogue_groups(catalogue, 0, size), TreeEdge()):
        held.update({keys[key]: data for key, data in group.tiles if key in keys})
    return node_reader(held.__getitem__, size)
