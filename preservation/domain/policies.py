"""What the archive has decided, as values. `adapters.policy_files` reads them from the files in `policies/`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.examination_policy import ExaminationPolicy, VirusPolicy
from preservation.domain.fixity_policy import FixityPolicy
from preservation.domain.format_rules import FormatRules, MigrationRule, MigrationTerms, migration_for
from preservation.domain.packages import PackageLimits
from preservation.domain.replication_policy import ReplicationPolicy
from preservation.domain.signature_files import SignatureFile, SignatureKind


class FormatEngine(StrEnum):
    """What identifies formats. NONE switches identification off: files are kept, their formats stay unknown."""

    SIEGFRIED = "siegfried"
    FIDO = "fido"
    NONE = "none"


class SecondOpinion(StrEnum):
    """When the other engine is asked too.

    DOUBTFUL: where the first found nothing, went by the extension alone, or found several formats.
    """

    NEVER = "never"
    DOUBTFUL = "doubtful"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """`limits`: the bounds beyond which a package is refused."""

    limits: PackageLimits = field(default_factory=PackageLimits)


@dataclass(frozen=True, slots=True)
class FormatPolicy:
    """Which engine is asked first, at ingest, and when the other one gives a second opinion, in a later job.

    `rules` say what is accepted and what is at risk, `migrations` into what it is migrated, on the terms of `migration`.
    `signatures` are the files that engines use instead of those that they come with.
    """

    first: FormatEngine = FormatEngine.SIEGFRIED
    second: SecondOpinion = SecondOpinion.DOUBTFUL
    rules: FormatRules = field(default_factory=FormatRules)
    migrations: tuple[MigrationRule, ...] = ()
    examination: ExaminationPolicy = field(default_factory=ExaminationPolicy)
    viruses: VirusPolicy = field(default_factory=VirusPolicy)
    migration: MigrationTerms = field(default_factory=MigrationTerms)
    signatures: Mapping[SignatureKind, SignatureFile] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def other(self) -> FormatEngine:
        """Who gives the second opinion. NONE where nobody is to: identification is off, or the archive wants one answer."""
        if self.second is SecondOpinion.NEVER or self.first is FormatEngine.NONE:
            return FormatEngine.NONE
        return FormatEngine.FIDO if self.first is FormatEngine.SIEGFRIED else FormatEngine.SIEGFRIED

    def migration_for(self, puid: str, codes: Iterable[str]) -> MigrationRule | None:
        """As `domain.format_rules.migration_for`."""
        return migration_for(self.migrations, puid, codes)


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy in force, the submission agreements by id, and the version of each.

    `versions` maps a policy's name ("replication") to "sha512:<hex>", the digest of the file that states it: an event
    that rests on a policy names that version.
    """

    replication: ReplicationPolicy = field(default_factory=ReplicationPolicy)
    ingest: IngestPolicy = field(default_factory=IngestPolicy)
    fixity: FixityPolicy = field(default_factory=FixityPolicy)
    formats: FormatPolicy = field(default_factory=FormatPolicy)
    agreements: Mapping[str, SubmissionAgreement] = field(default_factory=lambda: MappingProxyType({}))
    versions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
