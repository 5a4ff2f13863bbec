"""How commands show what a run tells that asked an engine about formats of what is held."""

from enum import StrEnum
from typing import TypeVar

from preservation.cli.console import finding_json, say, show_findings
from preservation.services.answer_report import AnswerReport

Answer = TypeVar("Answer", bound=StrEnum)


def answers_json(report: AnswerReport[Answer], language: str, *values: str) -> dict[str, object]:
    """As `--json` shows it, without the count of AIPs. `values`: which of a finding's values are shown by themselves."""
    return {
        "asked": report.asked,
        **{kind.value: report.count_of(kind) for kind in report.kinds},
        "findings": [
            {
                "aip": one.aip,
                **finding_json(one.finding, language),
                **{value: one.finding.values[value] for value in values},
            }
            for one in report.findings
        ],
        "waiting": [{"aip": id, "reason": reason} for id, reason in report.waiting],
    }


def tell_answers(report: AnswerReport[Answer], language: str) -> None:
    """Counts, then findings by AIP, then what waits."""
    say("  " + ", ".join(f"{kind.value} {report.count_of(kind)}" for kind in report.kinds))
    last = ""
    for one in report.findings:
        if one.aip != last:
            say(one.aip)
        show_findings([one.finding], language)
        last = one.aip
    for id, reason in report.waiting:
        say(f"WAITS {id}: {reason}")
