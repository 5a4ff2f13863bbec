"""Findings as they are gathered: as many as a person reads, the rest counted, so that a hostile package cannot fill memory."""

from preservation.domain.findings import Finding, Severity

DEFAULT_LIMIT = 500


class FindingLog:
    """Collects findings; keeps the first `limit` of each code and counts the others.

    Not safe for several threads.
    """

    __slots__ = ("_counts", "_kept", "_limit", "_severities")

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._kept: list[Finding] = []
        self._counts: dict[str, int] = {}
        self._severities: dict[str, Severity] = {}

    def add(self, finding: Finding) -> None:
        count = self._counts.get(finding.code, 0) + 1
        self._counts[finding.code] = count
        if count <= self._limit:
            self._kept.append(finding)
        known = self._severities.get(finding.code, Severity.INFO)
        self._severities[finding.code] = min(finding.severity, known, key=list(Severity).index)

    def error(self, code: str, path: str = "", **values: str) -> None:
        self.add(Finding(code, Severity.ERROR, path, values))

    def warning(self, code: str, path: str = "", **values: str) -> None:
        self.add(Finding(code, Severity.WARNING, path, values))

    def info(self, code: str, path: str = "", **values: str) -> None:
        self.add(Finding(code, Severity.INFO, path, values))

    @property
    def has_errors(self) -> bool:
        return Severity.ERROR in self._severities.values()

    def findings(self) -> tuple[Finding, ...]:
        """What was kept, in order, and for each code with more than that one `FINDINGS-MORE` that says how many."""
        more = tuple(
            Finding("FINDINGS-MORE", self._severities[code], "", {"of": code, "count": str(count - self._limit)})
            for code, count in self._counts.items()
            if count > self._limit
        )
        return (*self._kept, *more)
