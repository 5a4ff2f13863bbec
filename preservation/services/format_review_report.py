"""What a run of second opinions tells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from preservation.domain.findings import Finding
from preservation.services.second_opinion import ReviewedFile, Verdict

SHOWN_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """Two answers about a file that are worth telling."""

    aip: str
    finding: Finding


class ReviewReport:
    """Counts by verdict, and the first findings of each code; `waiting` says of which AIPs a file could not be read, and why."""

    def __init__(self) -> None:
        self.aips = 0
        self.waiting: list[tuple[str, str]] = []
        self._verdicts: Counter[Verdict] = Counter()
        self._findings: dict[str, list[ReviewFinding]] = {}

    @property
    def asked(self) -> int:
        """Files that the other engine was asked about."""
        return self._verdicts.total()

    def count_of(self, verdict: Verdict) -> int:
        return self._verdicts[verdict]

    @property
    def findings(self) -> Sequence[ReviewFinding]:
        """Disagreements first."""
        return [one for code in sorted(self._findings) for one in self._findings[code]]

    def add(self, aip: str, file: ReviewedFile) -> None:
        """Take a file into account."""
        self._verdicts[file.verdict] += 1
        if file.finding is not None:
            self._show(ReviewFinding(aip, file.finding))

    def merge(self, other: "ReviewReport") -> None:
        """Take an AIP into account whose files were counted apart."""
        self.aips += 1
        self._verdicts.update({verdict: other.count_of(verdict) for verdict in Verdict})
        for one in other.findings:
            self._show(one)

    def _show(self, one: ReviewFinding) -> None:
        shown = self._findings.setdefault(one.finding.code, [])
        if len(shown) < SHOWN_FINDINGS:
            shown.append(one)
