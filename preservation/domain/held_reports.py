"""What is held, counted in ways that people ask for: the values of reports, and what is expected of formats at risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.format_rules import Risk


class Grouping(StrEnum):
    """What a report counts by. YEAR is that of ingest, MODIFIED that of the files' own time stamps."""

    FORMAT = "format"
    RISK = "risk"
    VALIDITY = "validity"
    KIND = "kind"
    YEAR = "year"
    MODIFIED = "modified"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much: content files of head versions. `added_*` are those that came since the time that was asked about."""

    files: int = 0
    bytes: int = 0
    aips: int = 0
    added_files: int = 0
    added_bytes: int = 0

    def plus(self, other: "Amounts") -> "Amounts":
        """Both together, of different AIPs."""
        return Amounts(
            self.files + other.files,
            self.bytes + other.bytes,
            self.aips + other.aips,
            self.added_files + other.added_files,
            self.added_bytes + other.added_bytes,
        )


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """One line of a report. `value` is what is counted by: a PUID, a risk, a year ("" where it is not known), a collection's id.

    `label` says it for people where the value does not.
    """

    value: str
    label: str
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class FormatOutlook:
    """A held format that is not expected to last, and why: a risk in the archive's policy, or what PRONOM put in its place.

    `years` are the files by year of ingest. `is_growing`: files still came in within the last two of the years asked about.
    """

    puid: str
    name: str
    version: str
    risk: Risk
    reasons: Sequence[str]
    superseded_by: Sequence[str]
    amounts: Amounts
    years: Mapping[int, int]
    is_growing: bool
