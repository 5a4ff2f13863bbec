"""What is asked of an export, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.findings import Finding


class DIPForm(StrEnum):
    """BAG: the originals under their own names. EARK: a version's state as a CSIP tree. OCFL: the object, all versions."""

    BAG = "bag"
    EARK = "eark"
    OCFL = "ocfl"


class ExportOutcome(StrEnum):
    """DONE, or nothing was exported: LOST, no replica has the right bytes; UNREACHABLE, none that can be read now has."""

    DONE = "done"
    LOST = "lost"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of an export. `files` and `bytes` count what lies in the DIP, our own tag files too; 0 unless DONE."""

    outcome: ExportOutcome
    aip: str
    version: int
    form: DIPForm
    files: int
    bytes: int
    findings: tuple[Finding, ...]

    @property
    def done(self) -> bool:
        return self.outcome is ExportOutcome.DONE


class NotDelivered(Exception):
    """No replica gave the right bytes."""

    def __init__(self, outcome: ExportOutcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome
