"""Submission agreements: what producer and archive settled about transfers (OAIS: Submission Agreement). Decisions are pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Acceptance(StrEnum):
    """AUTOMATIC: a valid transfer that keeps every rule is ingested. REVIEWED: an archivist decides after the check."""

    AUTOMATIC = "automatic"
    REVIEWED = "reviewed"


class FormatRule(StrEnum):
    ACCEPT = "accept"
    REVIEW = "review"
    REFUSE = "refuse"


class AccessLevel(StrEnum):
    """Who may see what was submitted, until somebody decides otherwise."""

    OPEN = "open"
    RESTRICTED = "restricted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionAgreement:
    """`id` is the name of its file ("so-noi-vu-2026"). Empty sets mean no restriction; None means the repository's own policy.

    `submitters` are account names. `collection` is a code. `package_types` are values of domain.packages.PackageType.
    `formats` maps PUIDs to rules, `other_formats` is the rule for the rest, `unknown_formats` for what nobody could identify.
    `required_metadata` are Dublin Core elements that the package must describe itself with. `retention_years` is None where
    it is kept for ever. `copies` and `fixity_window_days` can only be stricter than the repository's policies.
    """

    id: str
    title: str
    collection: str
    active: bool = True
    submitters: frozenset[str] = frozenset()
    package_types: frozenset[str] = frozenset()
    max_bytes: int | None = None
    max_files: int | None = None
    max_file_bytes: int | None = None
    formats: tuple[tuple[str, FormatRule], ...] = ()
    other_formats: FormatRule = FormatRule.ACCEPT
    unknown_formats: FormatRule = FormatRule.ACCEPT
    required_metadata: frozenset[str] = frozenset()
    acceptance: Acceptance = Acceptance.AUTOMATIC
    access: AccessLevel = AccessLevel.RESTRICTED
    retention_years: int | None = None
    copies: int | None = None
    fixity_window_days: int | None = None

    def rule_for(self, puids: Iterable[str]) -> FormatRule:
        """The strictest rule among the formats that a file may be; that for unknown ones where there is none."""
        rules = dict(self.formats)
        found = [rules.get(puid, self.other_formats) for puid in puids] or [self.unknown_formats]
        order = list(FormatRule)
        return max(found, key=order.index)

    def described(self) -> dict[str, object]:
        """Every field under its own name, as commands and API show it: sets sorted, rules as words."""
        return {
            "id": self.id,
            "title": self.title,
            "collection": self.collection,
            "active": self.active,
            "submitters": sorted(self.submitters),
            "package_types": sorted(self.package_types),
            "max_bytes": self.max_bytes,
            "max_files": self.max_files,
            "max_file_bytes": self.max_file_bytes,
            "formats": {puid: rule.value for puid, rule in self.formats},
            "other_formats": self.other_formats.value,
            "unknown_formats": self.unknown_formats.value,
            "required_metadata": sorted(self.required_metadata),
            "acceptance": self.acceptance.value,
            "access": self.access.value,
            "retention_years": self.retention_years,
            "copies": self.copies,
            "fixity_window_days": self.fixity_window_days,
        }
