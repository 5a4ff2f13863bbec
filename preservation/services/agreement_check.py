"""A package held against an agreement and the policy for formats without taking it in: what it is, and what its files are."""

from collections import Counter
from collections.abc import Iterator

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.events import Json
from preservation.domain.findings import Finding
from preservation.domain.format_rules import FormatRules
from preservation.domain.formats import FormatIdentification
from preservation.domain.packages import PackageLimits
from preservation.ports import FormatIdentifier, PackageReader
from preservation.services.agreement_rules import AgreementRules
from preservation.services.format_policy import PolicyRules
from preservation.services.submission import examine

IDENTIFIED_AT_ONCE = 256
SHOWN_FORMATS = 200

Formats = Counter[FormatIdentification | None]


def broken_by(
    agreement: SubmissionAgreement | None,
    reader: PackageReader,
    identifier: FormatIdentifier | None,
    limits: PackageLimits,
    formats: Formats,
    policy: FormatRules,
) -> Iterator[Finding]:
    """What the agreement and the `policy` have to say; the formats of the content are counted on the way.

    Without an identifier nothing is said of formats. Raises Unavailable if the package cannot be read.
    """
    submission = examine(reader, limits)
    rules = AgreementRules(agreement) if agreement is not None else None
    if rules is not None:
        yield from rules.of_package(submission)
    if identifier is None:
        return
    content = [placed for placed in submission.files if placed.payload]
    for start in range(0, len(content), IDENTIFIED_AT_ONCE):
        paths = [(one.file.path, reader.local_path(one.file)) for one in content[start : start + IDENTIFIED_AT_ONCE]]
        here = [(path, local) for path, local in paths if local is not None]
        answers = identifier.identify([local for _, local in here])
        found = [
            (path, answer if isinstance(answer, FormatIdentification) else None)
            for (path, _), answer in zip(here, answers, strict=True)
        ]
        formats.update(answer for _, answer in found)
        yield from PolicyRules(policy, agreement).of_formats(found)
        if rules is not None:
            yield from rules.of_formats(found)


def shown_formats(formats: Formats) -> list[Json]:
    """The formats of the content, most frequent first; PUID and name None where nobody could tell."""
    return [
        {"puid": one.puid if one else None, "name": one.name if one else None, "count": count}
        for one, count in formats.most_common(SHOWN_FORMATS)
    ]
