"""What the catalogue keeps of examinations and virus scans, and what it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from preservation.domain.examinations import Examination, Kind, Validity


@dataclass(frozen=True, slots=True)
class FiledExamination:
    """What was found out about a file of an AIP, by its logical path.

    `found` is the canonical JSON of tools, properties and faults ({"tools", "properties", "faults"}): files that came to the
    same share one text.
    """

    path: str
    kind: Kind
    validity: Validity
    found: str


@dataclass(frozen=True, slots=True)
class KnownExamination:
    """The newest examination of a file. `was_sound`: an earlier one had read it to its end without a fault."""

    examination: Examination
    time: datetime
    was_sound: bool


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file of an AIP's head that something was found about; `what` is what the virus scanner called it, "" otherwise.

    `place` is where it stands in a list of such files, which goes on after it.
    """

    aip: str
    collection: str
    path: str
    time: datetime
    what: str = ""
    place: tuple[int, int] = (-1, -1)


@dataclass(frozen=True, slots=True)
class VirusRecord:
    """One scan of one AIP version: what was found, by logical path; nothing where it is clean. `scanner` as it names itself."""

    aip: str
    version: int
    time: datetime
    scanner: str
    found: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ExaminationFigures:
    """Files of head versions. `worsened` were sound, and are invalid by an examination since a given time."""

    files: int = 0
    unexamined: int = 0
    invalid: int = 0
    worsened: int = 0
    infected: int = 0
    unscanned_aips: int = 0
