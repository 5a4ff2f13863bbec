"""Which versions of AIPs the ledger says were made, and with which inventories."""

from collections.abc import Iterator, Mapping

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.ledger import EventFilter
from preservation.ports import Catalogue
from preservation.standards.ledger_entry import decode

_PAGE = 1000


def made_versions(catalogue: Catalogue, aip: str | None = None) -> Iterator[Mapping[tuple[str, int], str]]:
    """A page of ingestions at a time: (AIP, version) to the digest of its inventory (SHA-512, hex); of one AIP where it is named.

    An entry that cannot be read is passed over: the tree tells of that.
    """
    where = EventFilter(aip=aip, type=EventType.INGESTION.value, outcome=EventOutcome.SUCCESS.value)
    after = 0
    while page := catalogue.events(where, after=after, limit=_PAGE):
        after = page[-1][0]
        made: dict[tuple[str, int], str] = {}
        for _, row in page:
            try:
                event = decode(row.entry, None, b"")
            except ValueError:
                continue
            # The row by which it was found may say something else than the entry.
            if event.type is not EventType.INGESTION:
                continue
            for one in event.objects:
                if one.kind == "aip" and one.version is not None and one.digest is not None and aip in (None, one.id):
                    made[one.id, one.version] = one.digest.removeprefix("sha512:")
        yield made


def logged_versions(catalogue: Catalogue, aip: str) -> Mapping[int, str]:
    """The inventory digest of each version of an AIP that an ingestion in the ledger made."""
    return {number: digest for made in made_versions(catalogue, aip) for (_, number), digest in made.items()}


def lacking_versions(catalogue: Catalogue) -> Iterator[tuple[str, list[int]]]:
    """AIPs of which the ledger knows versions that the catalogue lacks, with their numbers in order."""
    lacking: dict[str, set[int]] = {}
    for made in made_versions(catalogue):
        known = catalogue.versions_of(sorted({aip for aip, _ in made}))
        held = {(aip, version.number) for aip, versions in known.items() for version in versions}
        for aip, number in made.keys() - held:
            lacking.setdefault(aip, set()).add(number)
    yield from ((aip, sorted(numbers)) for aip, numbers in sorted(lacking.items()))
