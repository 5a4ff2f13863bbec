"""Versions of AIPs recorded again from a replica, as far as the ledger proves them: at a rebuild, and of what that one lacked.

A rebuild has one replica, and what is damaged there is not in the new catalogue. It is on another one, perhaps. So each
replica that is attached afterwards is asked for the versions that the ledger knows and the catalogue lacks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import AIPVersion
from preservation.domain.ledger import EventFilter, SequencedEvent
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.indexing import index_version
from preservation.services.locations import Locations
from preservation.services.rebuilt_examinations import file_again
from preservation.services.rebuilt_history import History
from preservation.services.rebuilt_identifications import identified_again, identify_again
from preservation.standards.ledger_entry import decode
from preservation.standards.ocfl.inventory import InvalidInventory

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Recorded:
    """`is_whole`: all that was wanted of the AIP is there now."""

    versions: Sequence[AIPVersion]
    is_whole: bool


def take_back(catalogue: Catalogue, store: ReplicaStore, locations: Locations) -> Sequence[AIPVersion]:
    """Record what a replica has of the versions that the ledger knows and the catalogue lacks. ReplicaAway ends it.

    What was recorded stays so; doing it again goes on. What this replica cannot give is left to another one.
    """
    taken: list[AIPVersion] = []
    for aip, numbers in lacking_versions(catalogue):
        logged = logged_versions(catalogue, aip)
        recorded = record_logged(catalogue, store, locations.object_root(aip), aip, numbers, logged, []).versions
        if recorded:
            _copies(catalogue, aip)
            taken.extend(recorded)
    if taken:
        file_again(catalogue)
    return taken


def record_logged(
    catalogue: Catalogue,
    store: ReplicaStore,
    root: str,
    aip: str,
    numbers: Iterable[int],
    logged: Mapping[int, str],
    problems: list[Finding],
    *,
    unlogged: Callable[[AIPVersion, str], None] | None = None,
) -> Recorded:
    """Record these versions in their order, up to the first that cannot be read or is not the one that the ledger knows.

    `unlogged` is told each that no ingestion in the ledger made, with its collection. Raises ReplicaAway.
    """
    recorded: list[AIPVersion] = []
    again = identified_again(catalogue, aip)
    for number in numbers:
        undescribed: list[Exception] = []
        try:
            indexed = index_version(store, root, number, undescribed=undescribed.append)
        except ReplicaAway:
            raise
        except (Unavailable, NotHere, InvalidInventory) as error:
            problems.append(unreadable(root, str(error)))
            return Recorded(recorded, is_whole=False)
        version = indexed.new.version
        if number not in logged:
            if unlogged is not None:
                unlogged(version, indexed.facts.collection)
            continue
        if (version.aip, version.number, version.inventory_digest) != (aip, number, logged[number]):
            problems.append(unreadable(root, f"the inventory of v{number} is not the one that the ledger knows"))
            return Recorded(recorded, is_whole=False)
        problems.extend(
            Finding("REBUILD-UNDESCRIBED", Severity.ERROR, root, {"version": str(number), "reason": str(error)})
            for error in undescribed
        )
        # What the replica cannot give is told; a database that cannot take it ends the rebuild.
        with catalogue.begin() as tx:
            tx.record_version(indexed.new)
        identify_again(catalogue, aip, number, again)
        recorded.append(version)
    return Recorded(recorded, is_whole=True)


def unreadable(root: str, reason: str) -> Finding:
    """What is told of an AIP that cannot be recorded, or not all of it."""
    return Finding("REBUILD-AIP-UNREADABLE", Severity.ERROR, root, {"reason": reason})


def logged_versions(catalogue: Catalogue, aip: str) -> Mapping[int, str]:
    """The inventory digest (SHA-512, hex) of each version that an ingestion in the ledger made."""
    found: dict[int, str] = {}
    for row in _events(catalogue, _ingestions(aip)):
        for linked in decode(row.entry, b"", b"").objects:
            if linked.kind == "aip" and linked.version is not None and linked.digest is not None:
                found[linked.version] = linked.digest.removeprefix("sha512:")
    return found


def lacking_versions(catalogue: Catalogue) -> Iterator[tuple[str, Sequence[int]]]:
    """AIPs of which the ledger knows versions that the catalogue lacks, with their numbers in order."""
    lacking: dict[str, set[int]] = {}
    after = 0
    while page := catalogue.events(_ingestions(None), after=after, limit=PAGE):
        after = page[-1][0]
        made = {
            (linked.id, linked.version)
            for _, row in page
            for linked in decode(row.entry, b"", b"").objects
            if linked.kind == "aip" and linked.version is not None
        }
        known = catalogue.versions_of(sorted({aip for aip, _ in made}))
        held = {(aip, version.number) for aip, versions in known.items() for version in versions}
        for aip, number in made - held:
            lacking.setdefault(aip, set()).add(number)
    yield from ((aip, sorted(numbers)) for aip, numbers in sorted(lacking.items()))


def _copies(catalogue: Catalogue, aip: str) -> None:
    """Where it is, as the events say: as a rebuild has it."""
    history = History()
    for row in _events(catalogue, EventFilter(aip=aip)):
        history.see(decode(row.entry, b"", b""))
    with catalogue.begin() as tx:
        tx.save_copies(history.copies.get(aip, {}).values())


def _ingestions(aip: str | None) -> EventFilter:
    return EventFilter(aip=aip, type=EventType.INGESTION.value, outcome=EventOutcome.SUCCESS.value)


def _events(catalogue: Catalogue, where: EventFilter) -> Iterator[SequencedEvent]:
    after = 0
    while page := catalogue.events(where, after=after, limit=PAGE):
        yield from (row for _, row in page)
        after = page[-1][0]
