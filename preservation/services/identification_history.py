"""Every identification that was ever made of a preserved file: what ingest found, second opinions, and what came later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from preservation.domain.events import EventType
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.ledger import EventFilter
from preservation.errors import NotHere
from preservation.ports import Catalogue
from preservation.services.format_review_record import opinions_in
from preservation.services.reidentification_record import events_of
from preservation.services.reidentified import Outcome
from preservation.standards.ledger_entry import decode

_EVENTS_AT_ONCE = 16


class Occasion(StrEnum):
    """What an identification was made for."""

    INGEST = "ingest"
    SECOND_OPINION = "second opinion"
    AGAIN = "identified again"


@dataclass(frozen=True, slots=True)
class Identified:
    """One identification. `event` is None for that of ingest, which is the AIP's own; a sentence says why an engine failed.

    `is_present`: it is the file's identification now.
    """

    time: datetime
    occasion: Occasion
    answer: FormatIdentification | str | None
    event: str | None
    verdict: str
    is_present: bool

    def line(self) -> dict[str, object]:
        """One line of a history, as commands and API show it."""
        return {
            "time": self.time,
            "occasion": self.occasion.value,
            "present": self.is_present,
            "verdict": self.verdict,
            "event": self.event,
            **_told(self.answer),
        }


def history_of(catalogue: Catalogue, aip: str, path: str) -> Sequence[Identified]:
    """Of the content that the head has at `path`, a logical path, in the order of time. NotHere if there is no such file."""
    versions = catalogue.versions(aip)
    page = catalogue.files_page(aip, path=path, limit=1)
    if not versions or page is None or not page.files:
        raise NotHere(f"there is no file {path} in {aip}")
    number, file = page.files[0]
    found = catalogue.file(aip, number)
    # What was said before of another content under that name is not about this file.
    since = (found.first if found is not None else None) or 1
    added = versions[since - 1].created
    later = [*_again(catalogue, aip, path, since), *_opinions(catalogue, aip, path, since)]
    later.sort(key=lambda one: one.time)
    first = _first(catalogue, aip, path, file, since)
    present = [one for one in later if one.occasion is Occasion.AGAIN and one.verdict == Outcome.CHANGED]
    return [
        Identified(added, Occasion.INGEST, first, None, "", not present),
        *(
            Identified(one.time, one.occasion, one.answer, one.event, one.verdict, bool(present) and one is present[-1])
            for one in later
        ),
    ]


def _first(catalogue: Catalogue, aip: str, path: str, file: StoredFile, since: int) -> FormatIdentification | None:
    """What ingest found: what the first event that told of the file anew says was before."""
    for _, version, files in events_of(catalogue, aip):
        for one in files if version >= since else ():
            if one.path == path:
                return one.before
    return file.format


def _again(catalogue: Catalogue, aip: str, path: str, since: int) -> Iterator[Identified]:
    for event, version, files in events_of(catalogue, aip):
        told = decode(event.entry, b"", b"")
        for one in files if version >= since else ():
            if one.path == path:
                yield Identified(told.time, Occasion.AGAIN, one.after, told.id, one.outcome.value, is_present=False)


def _opinions(catalogue: Catalogue, aip: str, path: str, since: int) -> Iterator[Identified]:
    where = EventFilter(aip=aip, type=EventType.FORMAT_IDENTIFICATION.value)
    after = 0
    while page := catalogue.events(where, after=after, limit=_EVENTS_AT_ONCE):
        after = page[-1][0]
        for _, row in page:
            event = decode(row.entry, b"", b"")
            version = next((one.version for one in event.objects if one.id == aip), None)
            found = opinions_in(row).get(path) if (version or 0) >= since else None
            if found is not None:
                yield Identified(
                    event.time, Occasion.SECOND_OPINION, found[1], event.id, found[0].value, is_present=False
                )


def _told(answer: FormatIdentification | str | None) -> dict[str, object]:
    if not isinstance(answer, FormatIdentification):
        basis = Basis.NONE.value
        return {"puid": None, "alternatives": [], "basis": basis, "engine": "", "warning": answer or ""}
    return {
        "puid": answer.puid,
        "alternatives": list(answer.alternatives),
        "basis": answer.basis.value,
        "engine": f"{answer.engine} {answer.engine_version} ({answer.signatures})",
        "warning": answer.warning,
    }
