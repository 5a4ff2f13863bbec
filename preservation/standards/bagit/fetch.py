"""fetch.txt: where the rest of a bag could be had (RFC 8493, 2.2.3). Read and checked; nothing is ever fetched."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from preservation.domain.finding_log import FindingLog
from preservation.standards.bagit.paths import PAYLOAD, WrittenPath, read_path

FETCH = "fetch.txt"

_LINE = re.compile(r"(\S+)[ \t]+(\S+)[ \t]+(.+)\Z", re.DOTALL)
# An absolute URI of a kind that whoever holds the bag can be expected to have used.
_URL = re.compile(r"https?://[^/\s]+", re.IGNORECASE)
_LENGTH = re.compile(r"\d{1,20}\Z")


@dataclass(frozen=True, slots=True)
class FetchItem:
    """One line. `length` in octets, None where the bag does not say."""

    line: int
    url: str
    length: int | None
    path: WrittenPath


def read_fetch(numbered: Iterable[tuple[int, str]], *, is_rfc: bool, notes: FindingLog) -> Iterator[FetchItem]:
    """Each good line; the others are errors in the notes."""
    for number, line in numbered:
        match = _LINE.match(line)
        if match is None:
            notes.error("BAG-FETCH-MALFORMED", FETCH, line=str(number))
            continue
        url, length, written = match.groups()
        if length != "-" and _LENGTH.match(length) is None:
            notes.error("BAG-FETCH-MALFORMED", FETCH, line=str(number))
            continue
        if _URL.match(url) is None:
            notes.error("BAG-FETCH-URL", FETCH, line=str(number), url=url)
            continue
        path = read_path(written, is_rfc=is_rfc)
        if path.fault is not None:
            notes.error(f"BAG-PATH-{path.fault}", FETCH, line=str(number), written=written)
        elif not path.readings[0].startswith(PAYLOAD):
            notes.error("BAG-FETCH-NOT-PAYLOAD", FETCH, line=str(number), written=written)
        else:
            yield FetchItem(number, url, None if length == "-" else int(length), path)
