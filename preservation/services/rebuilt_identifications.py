"""Identifications that came after ingest, done again from the texts of their events: each upon the version that it was about.

A later version was written with what was known by then, so that the order of versions and events is the order in which it came.
"""

from collections.abc import Mapping, Sequence

from preservation.domain.formats import FormatIdentification
from preservation.ports import Catalogue
from preservation.services.reidentification_record import events_of
from preservation.services.reidentified import Outcome

PAGE = 1000

Again = Mapping[int, Sequence[Mapping[str, FormatIdentification]]]


def identified_again(catalogue: Catalogue, aip: str) -> Again:
    """By version what each event made of its files: the new identification by logical path, in the order of the events."""
    found: dict[int, list[Mapping[str, FormatIdentification]]] = {}
    for _, version, files in events_of(catalogue, aip):
        changed = {
            one.path: one.after
            for one in files
            if one.outcome is Outcome.CHANGED and isinstance(one.after, FormatIdentification)
        }
        if changed:
            found.setdefault(version, []).append(changed)
    return found


def identify_again(catalogue: Catalogue, aip: str, version: int, again: Again) -> None:
    """Do what the events about this version, the newest one so far, did."""
    wanted: dict[str, FormatIdentification] = {}
    for changed in again.get(version, ()):
        wanted.update(changed)
    if not wanted:
        return
    numbers: dict[int, FormatIdentification] = {}
    after = 0
    while (page := catalogue.files_page(aip, version=version, after=after, limit=PAGE)) is not None and page.files:
        numbers |= {number: wanted[file.logical_path] for number, file in page.files if file.logical_path in wanted}
        after = page.files[-1][0]
    with catalogue.begin() as tx:
        tx.change_formats(aip, version, numbers)
