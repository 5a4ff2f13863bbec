"""The files of a bag, and which of them a written path means."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from preservation.domain.finding_log import FindingLog
from preservation.standards.bagit.paths import WrittenPath


@dataclass(slots=True)
class Listing:
    """Paths to sizes, with a second index by Unicode normal form that is made when it is first needed.

    File systems and transfer tools recompose or decompose names on the way (RFC 8493, 6.1.1), so a path that is not there
    as written is looked for under canonical equivalence (UAX 15).
    """

    files: Mapping[str, int]
    _composed: dict[str, list[str]] | None = field(default=None)

    def find(self, written: WrittenPath, place: tuple[str, int], notes: FindingLog) -> str | None:
        """The path of the file that is meant, None if there is none. `place` is the manifest and its line."""
        for reading in written.readings:
            if reading in self.files:
                return reading
        for reading in written.readings:
            twins = self._twins(reading)
            if len(twins) == 1:
                notes.warning("BAG-NAME-NORMALIZATION", twins[0], manifest=place[0], line=str(place[1]))
                return twins[0]
        return None

    def _twins(self, path: str) -> list[str]:
        if path.isascii():
            return []
        if self._composed is None:
            self._composed = {}
            for known in self.files:
                if not known.isascii():
                    self._composed.setdefault(unicodedata.normalize("NFC", known), []).append(known)
        return self._composed.get(unicodedata.normalize("NFC", path), [])
