"""What is held by format, risk, validity, kind, year and collection, what came since a time, and which formats will not last.

Content files of head versions are counted, without the repository's own record. Risk is what the policy in force says; a
format that PRONOM has put another one in place of is on the outlook whatever its risk, because nobody may have judged it yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from preservation.domain.format_rules import FormatRules, Risk
from preservation.domain.held_reports import Amounts, FormatOutlook, Grouping, HeldGroup
from preservation.ports import Catalogue
from preservation.ports.format_registry import FormatRegistry

# Beyond these years nothing is told apart: a format that nobody brought in for so long is not growing.
_RECENT_YEARS = 2


@dataclass(frozen=True, slots=True)
class HoldingsReport:
    """The service. `repository` is the repository's own AIP, which is no holding."""

    catalogue: Catalogue
    repository: str
    rules: FormatRules
    registry: FormatRegistry

    def groups(
        self, grouping: Grouping, *, collections: Sequence[str] | None = None, since: datetime | None = None
    ) -> Sequence[HeldGroup]:
        """The most files first; years and validities in their own order. `collections` are ids, None for all."""
        reports = self.catalogue.held_reports()
        if grouping is Grouping.RISK:
            risks = {puid: rule.risk.value for puid, rule in self.rules.by_puid.items()}
            found = reports.by_risk(
                risks, Risk.UNKNOWN.value, but=self.repository, collections=collections, since=since
            )
        else:
            found = reports.by(grouping, but=self.repository, collections=collections, since=since)
        labels = self._labels(grouping, found)
        groups = [HeldGroup(value, labels.get(value, ""), amounts) for value, amounts in found.items()]
        if grouping in (Grouping.YEAR, Grouping.MODIFIED):
            return sorted(groups, key=lambda one: one.value)
        return sorted(groups, key=lambda one: (-one.amounts.files, one.value))

    def outlook(self, now: datetime, *, collections: Sequence[str] | None = None) -> Sequence[FormatOutlook]:
        """Held formats at risk or superseded: the highest risk first, then the most files."""
        reports = self.catalogue.held_reports()
        found = reports.by(Grouping.FORMAT, but=self.repository, collections=collections)
        names = reports.names()
        superseded = {puid: self._superseded(puid) for puid in found if puid}
        doubtful = [puid for puid in superseded if superseded[puid] or self.rules.rule_for(puid).risk.is_at_risk]
        years = reports.years_of(doubtful, but=self.repository, collections=collections)
        outlooks = [
            FormatOutlook(
                puid=puid,
                name=names.get(puid, ("", ""))[0],
                version=names.get(puid, ("", ""))[1],
                risk=self.rules.rule_for(puid).risk,
                reasons=self.rules.rule_for(puid).reasons,
                superseded_by=superseded[puid],
                amounts=found[puid],
                years=dict(sorted(years[puid].items())),
                is_growing=any(year > now.year - _RECENT_YEARS for year in years[puid]),
            )
            for puid in doubtful
        ]
        order = [Risk.HIGH, Risk.MEDIUM, Risk.UNKNOWN, Risk.LOW]
        return sorted(outlooks, key=lambda one: (order.index(one.risk), -one.amounts.files, one.puid))

    def _superseded(self, puid: str) -> Sequence[str]:
        known = self.registry.format(puid)
        return known.superseded_by if known is not None else ()

    def _labels(self, grouping: Grouping, found: Mapping[str, Amounts]) -> Mapping[str, str]:
        if grouping is Grouping.FORMAT:
            names = self.catalogue.held_reports().names()
            return {puid: " ".join(filter(None, names.get(puid, ()))) for puid in found}
        if grouping is Grouping.COLLECTION:
            return {one.id: f"{one.code} {one.title}".strip() for one in self.catalogue.collections()}
        return {}


def total(groups: Sequence[HeldGroup]) -> tuple[int, int]:
    """Files and bytes of all groups together: each file is in one of them."""
    return sum(one.amounts.files for one in groups), sum(one.amounts.bytes for one in groups)


def outlook_facts(one: FormatOutlook) -> dict[str, object]:
    """As JSON shows it; years as a list, because a JSON object's keys are texts."""
    return {
        "puid": one.puid,
        "name": one.name,
        "version": one.version,
        "risk": one.risk.value,
        "reasons": [*one.reasons],
        "superseded_by": [*one.superseded_by],
        "files": one.amounts.files,
        "bytes": one.amounts.bytes,
        "aips": one.amounts.aips,
        "years": [{"year": year, "files": files} for year, files in one.years.items()],
        "growing": one.is_growing,
    }
