"""The versions that the catalogue records, against the ingestions in the ledger that made them.

The digest of a version's inventory is what every copy is held against. The entries are proved by the tree; the rows by nothing
else than this.
"""

from collections.abc import Iterator
from hashlib import blake2b

from preservation.domain.findings import Finding, Severity
from preservation.ports import Catalogue
from preservation.services.ledger_versions import logged_versions, made_versions

_SUMS = 4096
_PAGE = 1000


def altered_versions(catalogue: Catalogue) -> Iterator[Finding]:
    """LEDGER-VERSION-ALTERED for each that the ledger knows otherwise or not at all, LEDGER-VERSION-LACKING for each missing one.

    Memory is bounded: both sides are summed up by AIP, and only where sums differ is the ledger asked for one AIP.
    """
    sums = [0] * _SUMS
    for made in made_versions(catalogue):
        known = catalogue.versions_of(sorted({aip for aip, _ in made}))
        held = {(aip, one.number): one.inventory_digest for aip, versions in known.items() for one in versions}
        for (aip, number), digest in sorted(made.items()):
            if (aip, number) not in held:
                yield _finding("LEDGER-VERSION-LACKING", Severity.WARNING, aip, number)
                continue
            if held[aip, number] != digest:
                yield _finding("LEDGER-VERSION-ALTERED", Severity.ERROR, aip, number)
            sums[_bucket(aip)] += _value(aip, number)
    for aip, number in _held(catalogue):
        sums[_bucket(aip)] -= _value(aip, number)
    if any(sums):
        for aip, number in _held(catalogue):
            if sums[_bucket(aip)] and number not in logged_versions(catalogue, aip):
                yield _finding("LEDGER-VERSION-ALTERED", Severity.ERROR, aip, number)


def _held(catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    after: str | None = None
    while page := catalogue.aips(after=after, limit=_PAGE):
        after = page[-1].id
        known = catalogue.versions_of([one.id for one in page])
        yield from ((aip, one.number) for aip, versions in known.items() for one in versions)


def _finding(code: str, severity: Severity, aip: str, number: int) -> Finding:
    return Finding(code, severity, "", {"aip": aip, "version": str(number)})


def _bucket(aip: str) -> int:
    return _value(aip, 0) % _SUMS


def _value(aip: str, number: int) -> int:
    return int.from_bytes(blake2b(f"{number} {aip}".encode(), digest_size=16).digest(), "big")
