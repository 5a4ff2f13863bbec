"""What the archive has decided about formats: which it accepts, which are at risk, into what they are migrated, and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from preservation.domain.quiet_hours import QuietHours


class AcceptFormat(StrEnum):
    """What happens to a package that brings a file of a format. REFUSE rejects it, REVIEW waits for a person."""

    ACCEPT = "accept"
    REVIEW = "review"
    REFUSE = "refuse"


class Risk(StrEnum):
    """How likely it is that a format cannot be rendered in the foreseeable future. UNKNOWN: nobody has judged it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"

    @property
    def is_at_risk(self) -> bool:
        return self in (Risk.MEDIUM, Risk.HIGH)


class MigrateWhen(StrEnum):
    """What starts a migration: a submission, the timers, or a person."""

    INGEST = "ingest"
    SCHEDULE = "schedule"
    HAND = "hand"


class Approval(StrEnum):
    """How many people stand behind a migration plan: its maker alone, or its maker and somebody else."""

    ONE = "one"
    TWO = "two"


@dataclass(frozen=True, slots=True)
class FormatRule:
    """What is decided about one format. `reasons` are sentences for people."""

    accept: AcceptFormat = AcceptFormat.ACCEPT
    risk: Risk = Risk.UNKNOWN
    reasons: tuple[str, ...] = ()
    is_preferred: bool = False


@dataclass(frozen=True, slots=True)
class FormatRules:
    """Every rule, by PUID. `unknown` is for what nobody could identify, `other` for formats that no rule names.

    `families` are lists of PUIDs by the archive's own names.
    """

    by_puid: Mapping[str, FormatRule] = field(default_factory=lambda: MappingProxyType({}))
    families: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    unknown: AcceptFormat = AcceptFormat.ACCEPT
    other: AcceptFormat = AcceptFormat.ACCEPT

    def rule_for(self, puid: str | None) -> FormatRule:
        """The rule of a format; of what nobody could identify for None."""
        if puid is None:
            return FormatRule(accept=self.unknown)
        return self.by_puid.get(puid) or FormatRule(accept=self.other)

    def strictest(self, puids: Iterable[str]) -> tuple[str | None, FormatRule]:
        """Among the formats that a file may be the one that is accepted least, with its rule."""
        order = list(AcceptFormat)
        found = [(puid, self.rule_for(puid)) for puid in puids]
        if not found:
            return None, self.rule_for(None)
        return max(found, key=lambda one: order.index(one[1].accept))


@dataclass(frozen=True, slots=True)
class MigrationRule:
    """How files of some formats are migrated, by its name in the policy.

    `sources` and `target` are PUIDs; the result has to be identified as `target`. `recipe` and `parameters` are those of
    `ports.conversion`; `bounds` what a comparison may tolerate. `collections` are codes that it is for, with everything below
    them; none means all.
    """

    name: str
    sources: frozenset[str]
    target: str
    recipe: str
    when: MigrateWhen = MigrateWhen.HAND
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    bounds: Mapping[str, str | int] = field(default_factory=dict)
    collections: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MigrationTerms:
    """How plans of migration are approved, tried out and bounded.

    A run stops once more than `error_rate_percent` of its files failed, but not before `error_rate_files` were tried. A plan
    converts `sample_files` of each rule for real. Runs together take `files_per_day` and `bytes_per_day` at most, and work in the
    `hours` of the day (UTC) alone; None is no bound.
    """

    approval: Approval = Approval.TWO
    error_rate_percent: int = 5
    error_rate_files: int = 20
    sample_files: int = 20
    files_per_day: int | None = None
    bytes_per_day: int | None = None
    hours: QuietHours | None = None


def migration_for(rules: Iterable[MigrationRule], puid: str, codes: Iterable[str]) -> MigrationRule | None:
    """The rule for files of a format in a collection. `codes` are the collection's own and those above it, nearest first.

    One that names a nearer collection goes before one that names a farther one, and any of these before one for all. Of two
    that are as near, the first by name.
    """
    fitting = sorted((one for one in rules if puid in one.sources), key=lambda one: one.name)
    for code in codes:
        for rule in fitting:
            if code in rule.collections:
                return rule
    return next((rule for rule in fitting if not rule.collections), None)
