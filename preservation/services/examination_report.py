"""What a run of examinations tells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from preservation.domain.events import Json
from preservation.domain.examinations import Examination, Validity

SHOWN_FILES = 500


@dataclass(frozen=True, slots=True)
class InvalidFile:
    """An invalid file of an AIP with the codes of its faults; `worsened` if it had been sound before."""

    aip: str
    path: str
    codes: Sequence[str]
    worsened: bool


class ExaminationReport:
    """Counts by validity, and the first invalid files; `waiting` says of which AIPs a file could not be read, and why."""

    def __init__(self) -> None:
        self.aips = 0
        self.worsened = 0
        self.waiting: list[tuple[str, str]] = []
        self.invalid: list[InvalidFile] = []
        self._validities: Counter[Validity] = Counter()

    @property
    def files(self) -> int:
        return self._validities.total()

    def count_of(self, validity: Validity) -> int:
        return self._validities[validity]

    def add(self, aip: str, path: str, one: Examination, *, was_sound: bool) -> None:
        """Take a file into account."""
        self._validities[one.validity] += 1
        if one.validity is not Validity.INVALID:
            return
        self.worsened += was_sound
        if len(self.invalid) < SHOWN_FILES:
            codes = list(dict.fromkeys(fault.code for fault in one.faults if fault.is_error))
            self.invalid.append(InvalidFile(aip, path, codes, was_sound))

    def described(self, most: int) -> dict[str, Json]:
        """As commands and jobs show it, with so many invalid files and AIPs that wait."""
        return {
            "examined_aips": self.aips,
            "files": self.files,
            **{validity.value: self.count_of(validity) for validity in Validity},
            "worsened": self.worsened,
            "invalid_files": [
                {"aip": one.aip, "path": one.path, "codes": [*one.codes], "worsened": one.worsened}
                for one in self.invalid[:most]
            ],
            "waiting": [{"aip": aip, "reason": reason} for aip, reason in self.waiting[:most]],
        }
