"""What a run of identifying again tells."""

from collections import Counter
from collections.abc import Sequence

from preservation.services.format_review_report import SHOWN_FINDINGS, ReviewFinding
from preservation.services.reidentified import Outcome, Reidentified


class ReidentificationReport:
    """Counts by outcome, and the first findings of each code; `waiting` says which AIPs are left for a later run, and why."""

    def __init__(self) -> None:
        self.aips = 0
        self.waiting: list[tuple[str, str]] = []
        self._outcomes: Counter[Outcome] = Counter()
        self._findings: dict[str, list[ReviewFinding]] = {}

    @property
    def asked(self) -> int:
        """Files that the engine was asked about."""
        return self._outcomes.total()

    def count_of(self, outcome: Outcome) -> int:
        return self._outcomes[outcome]

    @property
    def findings(self) -> Sequence[ReviewFinding]:
        return [one for code in sorted(self._findings) for one in self._findings[code]]

    def add(self, aip: str, file: Reidentified) -> None:
        """Take a file into account."""
        self._outcomes[file.outcome] += 1
        if file.finding is not None:
            self._show(ReviewFinding(aip, file.finding))

    def merge(self, other: "ReidentificationReport") -> None:
        """Take an AIP into account whose files were counted apart."""
        self.aips += 1
        self._outcomes.update({outcome: other.count_of(outcome) for outcome in Outcome})
        for one in other.findings:
            self._show(one)

    def _show(self, one: ReviewFinding) -> None:
        shown = self._findings.setdefault(one.finding.code, [])
        if len(shown) < SHOWN_FINDINGS:
            shown.append(one)
