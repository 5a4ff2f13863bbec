"""What an identification means for the package it is part of, as findings. None of them rejects a package."""

from collections.abc import Sequence

from preservation.domain.findings import Finding, Severity
from preservation.domain.formats import Basis, FormatIdentification


def findings_about(path: str, answer: FormatIdentification | str) -> Sequence[Finding]:
    """What a person who prepares the package should know about this file's format; nothing where all is well."""
    if isinstance(answer, str):
        return (Finding("FORMAT-ENGINE-FAILED", Severity.WARNING, path, {"reason": answer}),)
    found: list[Finding] = []
    if answer.puid is None and not answer.alternatives:
        found.append(Finding("FORMAT-NOT-IDENTIFIED", Severity.WARNING, path))
    elif answer.alternatives:
        puids = ", ".join(filter(None, (answer.puid, *answer.alternatives)))
        found.append(Finding("FORMAT-SEVERAL", Severity.INFO, path, {"puids": puids}))
    elif answer.basis is Basis.EXTENSION:
        found.append(Finding("FORMAT-BY-EXTENSION", Severity.INFO, path, {"puid": answer.puid or ""}))
    if "extension mismatch" in answer.warning and answer.puid is not None:
        found.append(Finding("FORMAT-EXTENSION-MISMATCH", Severity.INFO, path, {"puid": answer.puid}))
    return found
