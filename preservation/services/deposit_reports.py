"""What checking a deposit found, as `Deposit.report` keeps it: findings by code and values, in no language."""

from collections.abc import Iterable, Mapping

from preservation.domain.events import Json
from preservation.domain.findings import Finding, Severity


def findings_report(findings: Iterable[Finding], **facts: Json) -> Json:
    """What checking found, as `Deposit.report` keeps it: facts, and `findings` without their sentences."""
    return {
        **facts,
        "findings": [
            {"code": one.code, "severity": one.severity.value, "path": one.path, "values": dict(one.values)}
            for one in findings
        ],
    }


def reported_findings(report: Json) -> list[Finding]:
    """The findings of a report that `findings_report` made."""
    found = report.get("findings") if isinstance(report, dict) else None
    return [_finding(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _finding(one: Mapping[str, Json]) -> Finding:
    values = one.get("values")
    return Finding(
        str(one["code"]),
        Severity(str(one["severity"])),
        str(one["path"]),
        {name: str(value) for name, value in values.items()} if isinstance(values, dict) else {},
    )
