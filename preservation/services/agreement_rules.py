"""A transfer held against its submission agreement: each finding names the rule that was broken. Pure decisions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from preservation.domain.agreements import FormatRule, SubmissionAgreement
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.domain.formats import FormatIdentification
from preservation.services.submission import Submission

# An archivist has to decide before a transfer with one of these findings is taken in.
REVIEW = "AGREEMENT-FORMAT-REVIEW"
POLICY_REVIEW = "FORMAT-REVIEW"


@dataclass(frozen=True, slots=True)
class AgreementRules:
    """One agreement's rules."""

    agreement: SubmissionAgreement

    def of_submitter(self, name: str | None) -> Iterator[Finding]:
        """Whether this account may submit under it. `name` is None for what came without an account, as by a watched place."""
        if not self.agreement.active:
            yield self._broken("AGREEMENT-NOT-ACTIVE")
        if name is not None and self.agreement.submitters and name not in self.agreement.submitters:
            yield self._broken("AGREEMENT-SUBMITTER")

    def of_package(self, submission: Submission) -> Iterator[Finding]:
        """What can be said before any content is read."""
        kind, count, total = submission.package_type.value, len(submission.files), submission.total_bytes
        agreement = self.agreement
        if agreement.package_types and kind not in agreement.package_types:
            yield self._broken("AGREEMENT-PACKAGE-TYPE", found=kind, allowed=", ".join(sorted(agreement.package_types)))
        if agreement.max_files is not None and count > agreement.max_files:
            yield self._broken("AGREEMENT-FILES", found=str(count), allowed=str(agreement.max_files))
        if agreement.max_bytes is not None and total > agreement.max_bytes:
            yield self._broken("AGREEMENT-BYTES", found=str(total), allowed=str(agreement.max_bytes))
        if agreement.max_file_bytes is not None:
            for placed in submission.files:
                if placed.file.size > agreement.max_file_bytes:
                    values = {"found": str(placed.file.size), "allowed": str(agreement.max_file_bytes)}
                    yield self._broken("AGREEMENT-FILE-BYTES", placed.file.path, **values)
        for element in sorted(agreement.required_metadata):
            if not any(value.strip() for value in submission.dublin_core.get(element, ())):
                yield self._broken("AGREEMENT-METADATA", element=element)

    def of_formats(self, files: Iterable[tuple[str, FormatIdentification | None]]) -> Iterator[Finding]:
        """What the formats of the content come to: pairs of a package path and what was identified, None where nobody could."""
        known: dict[FormatIdentification | None, FormatRule] = {}
        for path, found in files:
            rule = known.get(found)
            if rule is None:
                rule = known[found] = self.agreement.rule_for(_puids(found))
            if rule is not FormatRule.ACCEPT:
                shown = ", ".join(_puids(found)) or "?"
                if rule is FormatRule.REFUSE:
                    yield self._broken("AGREEMENT-FORMAT-REFUSED", path, format=shown)
                else:
                    yield Finding(REVIEW, Severity.WARNING, path, {"agreement": self.agreement.id, "format": shown})

    def _broken(self, code: str, path: str = "", **values: str) -> Finding:
        return Finding(code, Severity.ERROR, path, {"agreement": self.agreement.id, **values})


def broken_rules(agreement: SubmissionAgreement, submission: Submission) -> tuple[Finding, ...]:
    """The rules that a package breaks by what it is, as many findings as a person reads."""
    notes = FindingLog()
    for finding in AgreementRules(agreement).of_package(submission):
        notes.add(finding)
    return notes.findings()


def left_to_archivist(findings: Iterable[Finding]) -> frozenset[str]:
    """The codes of what an archivist has to decide on."""
    return frozenset(finding.code for finding in findings if finding.code in (REVIEW, POLICY_REVIEW))


def _puids(found: FormatIdentification | None) -> list[str]:
    if found is None or found.puid is None:
        return []
    return [found.puid, *found.alternatives]
