"""What was found out about the files that are held: kept by the catalogue, made again by a rebuild from the events' texts."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

from preservation.domain.examinations import Validity
from preservation.domain.filed_examinations import (
    BadFile,
    ExaminationFigures,
    FiledExamination,
    KnownExamination,
    VirusRecord,
)


class ExaminationSteps(Protocol):
    """Steps of a transaction of the catalogue."""

    def save_examinations(self, aip: str, version: int, time: datetime, filed: Iterable[FiledExamination]) -> None:
        """File what was found of files of a version, in place of what was known of them. NotHere if there is no such AIP.

        A path that the version does not have is passed over.
        """
        ...

    def save_virus_record(self, record: VirusRecord) -> None:
        """File a scan in place of the AIP's one before. NotHere if there is no such AIP."""
        ...


class ExaminationTable(Protocol):
    """Safe to call from several threads. Reads see committed state. Raises Unavailable."""

    def of_files(self, aip: str, numbers: Sequence[int]) -> Mapping[int, KnownExamination]:
        """The newest examination of files of an AIP, by their numbers; those that were never examined are left out."""
        ...

    def examined(self, aip: str, version: int) -> AbstractSet[str]:
        """The logical paths of a version's files that were examined, in that version or while they were in an earlier one."""
        ...

    def validities(self, aip: str, version: int | None = None) -> Mapping[str, Validity]:
        """The validity of each file of a version (the head if None) that was examined, by logical path."""
        ...

    def invalid(
        self, *, worsened: bool = False, after: tuple[int, int] = (-1, -1), limit: int = 100
    ) -> Sequence[BadFile]:
        """Invalid files of heads, AIP by AIP as they came in, after a place; with `worsened` those that had been sound before."""
        ...

    def infected(self, *, after: tuple[int, int] = (-1, -1), limit: int = 100) -> Sequence[BadFile]:
        """Files of heads in which the newest scan found something; as `invalid`."""
        ...

    def to_be_scanned(
        self, *, before: datetime, after: str | None = None, limit: int = 100, aip: str | None = None
    ) -> Sequence[tuple[str, int]]:
        """(aip, head version), by id, of those whose head was not scanned since then. With `aip` only that one."""
        ...

    def figures(self, *, repository: str, since: datetime) -> ExaminationFigures:
        """Counted over counts of AIPs, without the repository's own; `since` is for `worsened`."""
        ...
