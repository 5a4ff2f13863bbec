"""Versions of AIPs recorded again from a replica, as far as the ledger proves them: at a rebuild, and of what that one lacked.

A rebuild has one replica, and what is damaged there is not in the new catalogue. It is on another one, perhaps. So each
replica that is attached afterwards is asked for the versions that the ledger knows and the catalogue lacks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import AIPVersion
from preservation.domain.ledger import EventFilter
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.indexing import index_version
from preservation.services.ledger_versions import lacking_versions, logged_versions
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


def _copies(catalogue: Catalogue, aip: str) -> None:
    """Where it is, as the events say: as a rebuild has it."""
    history, where, after = History(), EventFilter(aip=aip), 0
    while page := catalogue.events(where, after=after, limit=PAGE):
        for _, row in page:
            history.see(decode(row.entry, b"", b""))
        after = page[-1][0]
    with catalogue.begin() as tx:
        tx.save_copies(history.copies.get(aip, {}).values())
