"""Successful routine checks are one ledger entry for a whole batch: the Merkle root over its lines proves each of them.

The lines go to every replica first (`fixity/<batch>.jsonl`, never changed afterwards), then lines, copies' states and event are
recorded together. A file whose batch is not in the ledger is the trace of a crash between the two, and means nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.fixity_lines import line_bytes
from preservation.domain.holdings import CopyRecord, CopyState, FixityLine, Transfer
from preservation.domain.ledger import EncodedEvent, EventFilter
from preservation.errors import Unavailable
from preservation.ports import Catalogue, Minter, ReplicaStore
from preservation.services.ledger_recording import EventRecorder
from preservation.standards.ledger_entry import decode
from preservation.standards.merkle import leaf_hash, peaks, root_of_peaks

FOLDER = "fixity"
PAGE = 1000


def batch_key(batch: str) -> str:
    """Where a batch's lines lie on a replica."""
    return f"{FOLDER}/{batch.removeprefix('urn:uuid:')}.jsonl"


def batch_bytes(lines: Iterable[FixityLine]) -> bytes:
    """The file of a batch."""
    return b"".join(line_bytes(line) + b"\n" for line in lines)


def record_batch(
    catalogue: Catalogue,
    recorder: EventRecorder,
    minter: Minter,
    stores: Sequence[ReplicaStore],
    lines: Sequence[FixityLine],
    *,
    copies: Sequence[CopyRecord],
    transfers: Sequence[Transfer] = (),
    events: Sequence[EncodedEvent],
    policy: str | None,
    now: datetime,
) -> None:
    """Keep what a batch found. `events` are those of single copies: damage, repair. Without lines and events nothing happens."""
    if not lines and not events:
        return
    recorded = list(events)
    batch = minter.urn()
    if lines:
        data = batch_bytes(lines)
        for store in stores:
            try:
                store.put([(batch_key(batch), data)])
            except Unavailable:
                continue  # it is brought by `publish_batches` when the replica is back
        recorded.append(_event(recorder, batch, lines, data, policy))
    with catalogue.begin() as tx:
        if lines:
            tx.add_fixity_batch(batch, lines)
        tx.save_copies(copies, now=now)
        for transfer in transfers:
            tx.save_transfer(transfer)
        tx.append_events(recorded)


def batch_digests(catalogue: Catalogue) -> Iterator[tuple[str, bytes]]:
    """(batch, SHA-256 of its file) as the ledger's events tell, in order of recording."""
    after = 0
    while page := catalogue.events(EventFilter(type=EventType.FIXITY_CHECK), after=after, limit=PAGE):
        for _, event in page:
            detail = decode(event.entry, None, b"").detail
            batch, file = detail.get("batch"), detail.get("file")
            if isinstance(batch, str) and isinstance(file, str):
                yield batch, bytes.fromhex(file.removeprefix("sha256:"))
        after = page[-1][0]


def publish_batches(catalogue: Catalogue, store: ReplicaStore) -> int:
    """Bring a replica the batches that it lacks; how many those were."""
    added = 0
    for batch in catalogue.fixity_batches():
        if store.size(batch_key(batch)) is None:
            store.put([(batch_key(batch), batch_bytes(catalogue.fixity_lines(batch)))])
            added += 1
    return added


def _event(
    recorder: EventRecorder, batch: str, lines: Sequence[FixityLine], data: bytes, policy: str | None
) -> EncodedEvent:
    counts: Mapping[str, int] = {state.value: sum(line.outcome is state for line in lines) for state in CopyState}
    replicas = dict.fromkeys(line.replica for line in lines)
    return recorder.event(
        EventType.FIXITY_CHECK,
        EventOutcome.SUCCESS if counts["intact"] == len(lines) else EventOutcome.FAILURE,
        objects=[LinkedObject(id=replica, kind="replica") for replica in replicas],
        detail={
            "batch": batch,
            "method": "A",
            "checked": len(lines),
            **{name: count for name, count in counts.items() if count},
            "bytes": sum(line.bytes for line in lines),
            "root": root_of_peaks(peaks(b"".join(leaf_hash(line) for line in data.splitlines()))).hex(),
            "file": f"sha256:{sha256(data).hexdigest()}",
        },
        policy=policy,
    )
