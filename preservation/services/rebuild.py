"""Rebuild: the whole catalogue again, from one replica and nothing else (DESIGN, promise 3).

record    the repository's own AIP: collections, replicas, accounts with their roles, policies, keys
ledger    every event at its place, after the entries have reproduced the signed root
holdings  every object of the OCFL storage root that the ledger proves: versions, files, formats, descriptions; after each version
          what the ledger says of its files identified again
found     what was found out about files, from the texts of the events that recorded it
fixity    the lines of every batch, when the ledger comes to it
derived   transfers, copies, what was decided about replicas: from the events that made them

A version that the ledger does not know was committed and never recorded: its transfer is left as running, and the first
recovery in the new home records it. Where the ledger does not know its transfer either, that is told: somebody may have put it
there. A version that the ledger knows and this replica lacks is a problem that is told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from preservation.domain.findings import Finding, Severity
from preservation.domain.fixity_lines import parse_line
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, ReplicaState
from preservation.domain.ledger import EncodedEvent
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, Progress, ReplicaStore
from preservation.services.fixity_batches import batch_key
from preservation.services.indexing import read_head
from preservation.services.ledger import LedgerTrust, restore_checkpoint, restore_from
from preservation.services.ledger_versions import lacking_versions, logged_versions
from preservation.services.locations import HOLDINGS, Locations
from preservation.services.rebuilt_examinations import file_again
from preservation.services.rebuilt_history import History, batch_of
from preservation.services.rebuilt_holdings import record_logged, unreadable
from preservation.services.replica_strangers import object_roots
from preservation.services.stored_record import StoredRecord
from preservation.standards.ocfl.inventory import InvalidInventory

EVENTS_AT_ONCE = 5000
_LOST = (Unavailable, NotHere, InvalidInventory)


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was made again. `problems` name what this replica could not give; another one may."""

    aips: int
    versions: int
    events: int
    root: bytes
    problems: Sequence[Finding]


def rebuild(
    catalogue: Catalogue,
    store: ReplicaStore,
    record: StoredRecord,
    *,
    locations: Locations,
    trust: LedgerTrust,
    source_url: str,
    progress: Progress,
) -> RebuildReport:
    """Fill an empty catalogue. Raises Unavailable where the ledger on this replica does not reproduce its signed root."""
    problems: list[Finding] = []
    with catalogue.begin() as tx:
        for collection in record.collections:
            tx.save_collection(collection)
        for account in record.accounts:
            # Without a password and without tokens: no secret is on a replica. `account reset` gives a new one.
            tx.save_account(account)
        for replica in record.replicas:
            here = replica.id == store.id
            tx.save_replica(
                replace(
                    replica,
                    url=source_url if here else "",
                    state=ReplicaState.ACTIVE if here else ReplicaState.AWAY,
                )
            )
    history = History()
    events = _ledger(catalogue, store, trust, progress, problems, history)
    with catalogue.begin() as tx:
        for replica in catalogue.replicas():
            if replica.id in history.states:
                tx.save_replica(replace(replica, state=history.states[replica.id]))
    aips, versions = _holdings(catalogue, store, locations, progress, problems, history)
    file_again(catalogue)
    _missing(catalogue, locations, problems)
    with catalogue.begin() as tx:
        for transfer in history.transfers.values():
            tx.save_transfer(transfer)
    _copies(catalogue, store, history)
    signed = restore_checkpoint(store, trust)
    return RebuildReport(
        aips=aips,
        versions=versions,
        events=events,
        root=signed.root if signed is not None else b"",
        problems=problems,
    )


def _holdings(
    catalogue: Catalogue,
    store: ReplicaStore,
    locations: Locations,
    progress: Progress,
    problems: list[Finding],
    history: History,
) -> tuple[int, int]:
    aips = versions = 0

    def adopt(version: AIPVersion, collection: str) -> None:
        if version.transfer not in history.transfers:
            values = {"aip": version.aip, "version": str(version.number)}
            key = locations.object_root(version.aip)
            problems.append(Finding("REBUILD-VERSION-UNKNOWN", Severity.WARNING, key, values))
        history.adopt(version, collection)

    progress.begin("rebuild", None)
    for root in _object_roots(store, locations):
        try:
            inventory, _ = read_head(store, root)
        except ReplicaAway:
            raise
        except _LOST as error:
            problems.append(unreadable(root, str(error)))
            continue
        if locations.object_root(inventory.id) != root:
            # A second object of one name would take the place of the first.
            problems.append(unreadable(root, f"{inventory.id} does not belong there"))
            continue
        recorded = record_logged(
            catalogue,
            store,
            root,
            inventory.id,
            inventory.versions,
            logged_versions(catalogue, inventory.id),
            problems,
            unlogged=adopt,
        )
        versions += len(recorded.versions)
        aips += recorded.is_whole
        progress.advance(sum(version.bytes for version in recorded.versions))
    progress.end()
    return aips, versions


def _missing(catalogue: Catalogue, locations: Locations, problems: list[Finding]) -> None:
    """Tell of every AIP version that the ledger knows and this replica did not give."""
    for aip, numbers in lacking_versions(catalogue):
        for number in numbers:
            values = {"aip": aip, "version": str(number)}
            problems.append(Finding("REBUILD-VERSION-MISSING", Severity.ERROR, locations.object_root(aip), values))


def _object_roots(store: ReplicaStore, locations: Locations) -> Iterator[str]:
    """By what lies where an object should: one that has lost its declaration alone is an AIP all the same."""
    yield locations.object_root(locations.repository)
    yield from object_roots(store, HOLDINGS)


def _ledger(
    catalogue: Catalogue,
    store: ReplicaStore,
    trust: LedgerTrust,
    progress: Progress,
    problems: list[Finding],
    history: History,
) -> int:
    count = 0
    waiting: list[tuple[int, EncodedEvent]] = []
    progress.begin("ledger", None)

    def flush() -> None:
        with catalogue.begin() as tx:
            tx.restore_events(waiting)
        progress.advance(len(waiting))
        waiting.clear()

    for sequence, encoded in restore_from(store, trust, report=problems.append):
        history.see(encoded.event)
        if (batch := batch_of(encoded.event)) is not None:
            _fixity(catalogue, store, batch, history, problems)
        waiting.append((sequence, encoded))
        count += 1
        if len(waiting) >= EVENTS_AT_ONCE:
            flush()
    flush()
    signed = restore_checkpoint(store, trust)
    if signed is not None:
        with catalogue.begin() as tx:
            tx.save_checkpoint(signed.size, signed.root, signed.note)
    progress.end()
    return count


def _fixity(
    catalogue: Catalogue, store: ReplicaStore, named: tuple[str, str], history: History, problems: list[Finding]
) -> None:
    """In the order of the ledger, because what was found of a copy last is what counts."""
    batch, digest = named
    try:
        data = store.read(batch_key(batch))
    except ReplicaAway:
        raise
    except (NotHere, Unavailable):
        data = b""
    if f"sha256:{sha256(data).hexdigest()}" != digest:
        problems.append(Finding("REBUILD-BATCH-DAMAGED", Severity.ERROR, batch_key(batch)))
        return
    lines = [parse_line(line) for line in data.splitlines()]
    with catalogue.begin() as tx:
        tx.add_fixity_batch(batch, lines)
    for line in lines:
        history.check(line.aip, line.replica, line.version, line.outcome, line.time)


def _copies(catalogue: Catalogue, store: ReplicaStore, history: History) -> None:
    """What the events say of each copy; on the source itself, what it shows."""
    after: str | None = None
    while page := catalogue.aips(after=after, limit=1000):
        with catalogue.begin() as tx:
            for summary in page:
                copies = dict(history.copies.get(summary.id, {}))
                held = copies.get(store.id)
                if held is None:
                    copies[store.id] = CopyRecord(summary.id, store.id, summary.head, CopyState.INTACT)
                tx.save_copies(copies.values())
        after = page[-1].id
