"""What a run tells that asked an engine about formats of what is held."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from preservation.domain.findings import Finding

SHOWN_FINDINGS = 500

Answer = TypeVar("Answer", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class AnswerFinding:
    """What is worth telling of the answers about one file."""

    aip: str
    finding: Finding


class AnswerReport(Generic[Answer]):
    """Counts by kind of answer, and the first findings of each code; `waiting` says which AIPs are left, and why."""

    def __init__(self, kinds: type[Answer]) -> None:
        self.aips = 0
        self.waiting: list[tuple[str, str]] = []
        self.kinds = kinds
        self._counts: Counter[Answer] = Counter()
        self._findings: dict[str, list[AnswerFinding]] = {}

    @property
    def asked(self) -> int:
        """Files that the engine was asked about."""
        return self._counts.total()

    def count_of(self, kind: Answer) -> int:
        return self._counts[kind]

    @property
    def findings(self) -> Sequence[AnswerFinding]:
        """By their codes, of which disagreements are the first."""
        return [one for code in sorted(self._findings) for one in self._findings[code]]

    def add(self, aip: str, kind: Answer, finding: Finding | None) -> None:
        """Take a file into account."""
        self._counts[kind] += 1
        if finding is not None:
            self._show(AnswerFinding(aip, finding))

    def merge(self, other: "AnswerReport[Answer]") -> None:
        """Take an AIP into account whose files were counted apart."""
        self.aips += 1
        self._counts.update({kind: other.count_of(kind) for kind in self.kinds})
        for one in other.findings:
            self._show(one)

    def _show(self, one: AnswerFinding) -> None:
        shown = self._findings.setdefault(one.finding.code, [])
        if len(shown) < SHOWN_FINDINGS:
            shown.append(one)
