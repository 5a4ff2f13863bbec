"""Collecting findings under the specification's codes."""

from preservation.domain.findings import Finding, Severity

_MAX_VALUE_CHARACTERS = 200


def finding(code: str, path: str, value: str = "") -> Finding:
    """A finding of the specification: an E code breaks a MUST, a W code a SHOULD.

    `value` is what is wrong (a name, a digest, a path), shortened; the sentences of the codes may show it.
    """
    severity = Severity.ERROR if code.startswith("E") else Severity.WARNING
    short = value if len(value) <= _MAX_VALUE_CHARACTERS else value[: _MAX_VALUE_CHARACTERS - 1] + "…"
    return Finding(code, severity, path, {"value": short})


class Report:
    """The findings about one file. Of each code it keeps the first hundred, so that a hostile file cannot flood it."""

    __slots__ = ("_counts", "findings", "path")

    MAX_PER_CODE = 100

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Finding] = []
        self._counts: dict[str, int] = {}

    def add(self, code: str, value: str = "") -> None:
        count = self._counts.get(code, 0)
        self._counts[code] = count + 1
        if count < self.MAX_PER_CODE:
            self.findings.append(finding(code, self.path, value))

    @property
    def has_errors(self) -> bool:
        return any(code.startswith("E") for code in self._counts)
