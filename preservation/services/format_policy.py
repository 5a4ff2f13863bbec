"""The archive's rules for formats, held against what a package brings. Pure decisions.

A submission agreement's word about a format that it names counts instead of the policy's, whether it is stricter or looser: it is
a decision about one producer, reviewed and recorded as policies are. About every other format both are asked, and the
stricter one holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.domain.format_rules import AcceptFormat, FormatRule, FormatRules
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.services.agreement_rules import POLICY_REVIEW, AgreementRules
from preservation.services.submission import Submission

REFUSED = "FORMAT-REFUSED"


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """The policy's rules for formats, but for those that an agreement names."""

    rules: FormatRules
    agreement: SubmissionAgreement | None = None

    def of_formats(self, files: Iterable[tuple[str, FormatIdentification | None]]) -> Iterator[Finding]:
        """What the formats of the content come to: pairs of a package path and what was identified, None where nobody could."""
        named = frozenset(puid for puid, _ in self.agreement.formats) if self.agreement is not None else frozenset()
        known: dict[FormatIdentification | None, tuple[str | None, FormatRule] | None] = {}
        for path, found in files:
            if found not in known:
                puids = _puids(found)
                rest = [puid for puid in puids if puid not in named]
                known[found] = self.rules.strictest(rest) if rest or not puids else None
            decided = known[found]
            if decided is not None and decided[1].accept is not AcceptFormat.ACCEPT:
                yield _finding(path, *decided)


def findings_of_formats(
    rules: FormatRules,
    agreement: SubmissionAgreement | None,
    submission: Submission,
    staged: Iterable[StoredFile],
) -> Sequence[Finding]:
    """What policy and agreement say of the formats of a submission's content, as many findings as a person reads."""
    content = {placed.logical_path: placed.file.path for placed in submission.files if placed.payload}
    notes = FindingLog()
    files = [(content[one.logical_path], one.format) for one in staged if one.logical_path in content]
    for finding in PolicyRules(rules, agreement).of_formats(files):
        notes.add(finding)
    if agreement is not None:
        for finding in AgreementRules(agreement).of_formats(files):
            notes.add(finding)
    return notes.findings()


def _finding(path: str, puid: str | None, rule: FormatRule) -> Finding:
    values = {"format": puid or "?", "reason": " ".join(rule.reasons) or "-"}
    if rule.accept is AcceptFormat.REFUSE:
        return Finding(REFUSED, Severity.ERROR, path, values)
    return Finding(POLICY_REVIEW, Severity.WARNING, path, values)


def _puids(found: FormatIdentification | None) -> list[str]:
    if found is None:
        return []
    return ([found.puid] if found.puid else []) + list(found.alternatives)
