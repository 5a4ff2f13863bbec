"""What was found out about files, filed again from the events that recorded it, once their versions are there."""

from collections.abc import Iterator
from itertools import groupby

from preservation.domain.events import Event
from preservation.domain.ledger import EventFilter
from preservation.ports import Catalogue
from preservation.services.examination_record import ACT as EXAMINATION
from preservation.services.examination_record import filed
from preservation.services.virus_record import ACT as VIRUS_SCAN
from preservation.services.virus_record import virus_record
from preservation.standards.ledger_entry import decode

# An event's text may have a mebibyte.
_EVENTS_AT_ONCE = 32


def file_again(catalogue: Catalogue) -> None:
    """In the order of the ledger, because what was found of a file last is what counts. What is not here is left out."""
    for page in _pages(catalogue, EXAMINATION):
        for (aip, number, time), found in groupby(page, lambda one: (*_version(one[0]), one[0].time)):
            if _is_here(catalogue, aip, number):
                with catalogue.begin() as tx:
                    tx.save_examinations(aip, number, time, filed(private for _, private in found))
    for page in _pages(catalogue, VIRUS_SCAN):
        for event, private in page:
            record = virus_record(event, private)
            if record is not None and _is_here(catalogue, record.aip, record.version):
                with catalogue.begin() as tx:
                    tx.save_virus_record(record)


def _pages(catalogue: Catalogue, agent: str) -> Iterator[list[tuple[Event, bytes | None]]]:
    after = 0
    while page := catalogue.events(EventFilter(agent=agent), after=after, limit=_EVENTS_AT_ONCE):
        after = page[-1][0]
        yield [(decode(row.entry, b"", b""), row.private) for _, row in page]


def _version(event: Event) -> tuple[str, int]:
    """The AIP and the version that an event is about; ("", 0) where it names none."""
    return next(((one.id, one.version) for one in event.objects if one.kind == "aip" and one.version), ("", 0))


def _is_here(catalogue: Catalogue, aip: str, number: int) -> bool:
    return any(one.number == number for one in catalogue.versions(aip))
