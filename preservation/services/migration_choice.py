"""Which rule and which AIPs a plan is for: from the policy and a person's options to values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from preservation.domain.examinations import Validity
from preservation.domain.format_rules import MigrationRule, MigrationTerms, Risk
from preservation.domain.holdings import Collection
from preservation.domain.migration_plans import MigrationLimits, MigrationSelection
from preservation.domain.people import CollectionTree
from preservation.domain.policies import FormatPolicy
from preservation.domain.quiet_hours import QuietHours
from preservation.errors import NotHere, WrongUse

BY_HAND = "by hand: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks to have planned: a rule of the policy by its name, or formats, a target and a recipe of their own."""

    rule: str | None = None
    sources: tuple[str, ...] = ()
    target: str | None = None
    recipe: str | None = None
    collection: str | None = None
    risk: Risk | None = None
    validity: Validity | None = None
    aip: str | None = None


def chosen_rule(wanted: Wanted, policy: FormatPolicy) -> MigrationRule:
    """WrongUse where the options name no rule, or two; NotHere for a rule that the policy does not have."""
    by_hand = (wanted.sources, wanted.target, wanted.recipe)
    if wanted.rule is not None:
        if any(by_hand):
            raise WrongUse("a plan is for a rule of the policy, or for formats, a target and a recipe: not for both")
        found = next((one for one in policy.migrations if one.name == wanted.rule), None)
        if found is None:
            raise NotHere(f"the policy has no migration rule {wanted.rule}")
        rule = found
    elif wanted.sources and wanted.target and wanted.recipe:
        rule = MigrationRule(BY_HAND + wanted.recipe, frozenset(wanted.sources), wanted.target, wanted.recipe)
    else:
        raise WrongUse("a plan needs a rule of the policy, or the formats, the target and the recipe")
    if wanted.risk is None:
        return rule
    at_risk = frozenset(one for one in rule.sources if policy.rules.rule_for(one).risk is wanted.risk)
    if not at_risk:
        raise WrongUse(f"the policy calls none of the formats of {rule.name} one of the risk {wanted.risk.value}")
    return replace(rule, sources=at_risk)


def selection_of(
    wanted: Wanted, rule: MigrationRule, policy: FormatPolicy, collections: Sequence[Collection]
) -> MigrationSelection:
    """The collections of the rule and of the options, with all below them. NotHere for a collection that is not known.

    A rule of the policy leaves a collection alone that a nearer rule is for.
    """
    tree = CollectionTree((one.id, one.parent) for one in collections)
    codes = {one.id: one.code for one in collections}
    within = set(codes)
    if rule.name in {one.name for one in policy.migrations}:
        within = {one for one in codes if _is_its(rule, policy, [codes[above] for above in tree.lineage(one)])}
    if wanted.collection is not None:
        named = [one.id for one in collections if wanted.collection in (one.code, one.id)]
        if not named:
            raise NotHere(f"there is no collection {wanted.collection}")
        within &= tree.within(named)
    return MigrationSelection(
        collections=None if within == set(codes) else frozenset(within),
        risk=wanted.risk,
        validity=wanted.validity,
        aip=wanted.aip,
    )


def limits_of(
    terms: MigrationTerms,
    *,
    files_per_day: int | None = None,
    bytes_per_day: int | None = None,
    hours: QuietHours | None = None,
    error_percent: int | None = None,
    lanes: int = 2,
) -> MigrationLimits:
    """The policy's terms, where nothing else is said."""
    return MigrationLimits(
        files_per_day=terms.files_per_day if files_per_day is None else files_per_day,
        bytes_per_day=terms.bytes_per_day if bytes_per_day is None else bytes_per_day,
        hours=hours or terms.hours,
        error_percent=terms.error_rate_percent if error_percent is None else error_percent,
        error_files=terms.error_rate_files,
        lanes=lanes,
    )


def _is_its(rule: MigrationRule, policy: FormatPolicy, codes: Sequence[str]) -> bool:
    """Whether files in a collection are this rule's: `codes` are its own and those above it."""
    found = [policy.migration_for(puid, codes) for puid in rule.sources]
    return all(one is not None and one.name == rule.name for one in found)
