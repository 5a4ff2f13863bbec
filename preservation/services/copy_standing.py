"""Where the copies stand against the replication policy: what is short, for whom, and what a change would do to it.

All of it rests on how many AIPs are held by which replicas: a few rows, however much is held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.holdings import CopyState, ReplicaRecord, ReplicaState
from preservation.domain.policies import Policies
from preservation.domain.replication_gap import (
    BelowPolicy,
    Combination,
    CopyPlan,
    Gap,
    below_policy,
    fallen,
    gap_of,
    plan,
)
from preservation.domain.replication_policy import Place, Rule
from preservation.domain.replication_rating import (
    Circular,
    MediumAge,
    circular_05_2025,
    integrity_level,
    medium_age,
    storage_level,
)
from preservation.domain.service_figures import HoldingFigures
from preservation.ports import Catalogue
from preservation.services.fixity_forecast import by_own_windows, plans_at
from preservation.services.promotion import rule_of

_PAGE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The whole of it as of `counted`. `storage` and `integrity` are levels of the NDSA, of the AIP that is worst off."""

    counted: datetime
    aips: int
    below: Sequence[BelowPolicy]
    storage: int
    integrity: int
    circular: Circular
    media: Sequence[MediumAge]

    @property
    def aips_below(self) -> int:
        return sum(one.aips for one in self.below)


@dataclass(frozen=True, slots=True)
class AIPStanding:
    """One AIP: its rule, what is short, and what would bring it nearer, by the replicas' names."""

    rule: Rule
    gap: Gap
    plan: CopyPlan


def places_by_id(policies: Policies, replicas: Sequence[ReplicaRecord]) -> Mapping[str, Place]:
    """The places of replicas whose copies count, by id."""
    return {one.id: policies.replication.place(one.name) for one in replicas if one.state.is_counted}


def gaps(
    catalogue: Catalogue, policies: Policies, combinations: Sequence[Combination], *, without: str | None = None
) -> Sequence[BelowPolicy]:
    """What is below a policy; with `without`, as if that replica were gone."""
    places = places_by_id(policies, catalogue.replicas())
    counted = {id_: place for id_, place in places.items() if id_ != without}
    rules = policies.replication.rules(catalogue.collections())
    return below_policy(combinations, rules, policies.replication.rule, counted)


def count_combinations(catalogue: Catalogue) -> Sequence[Combination]:
    """By which replicas AIPs are held now, those that are being drained among them."""
    known = [one.id for one in catalogue.replicas() if one.state is not ReplicaState.RETIRED]
    return catalogue.copy_table().combinations(known)


def would_fall(catalogue: Catalogue, before: Policies, after: Policies) -> Sequence[BelowPolicy]:
    """What a change of policy would leave short that is not short now, or of more. Counts anew."""
    combinations = count_combinations(catalogue)
    return fallen(gaps(catalogue, before, combinations), gaps(catalogue, after, combinations))


def standing(catalogue: Catalogue, policies: Policies, holdings: HoldingFigures, now: datetime) -> Standing:
    """From figures that were counted, and the policies and replicas as they are now."""
    replicas = [one for one in catalogue.replicas() if one.state is not ReplicaState.RETIRED]
    places = places_by_id(policies, replicas)
    held = [[places[one] for one in each.replicas if one in places] for each in holdings.combinations if each.aips]
    ages = [medium_age(one.name, policies.replication.place(one.name), one.added.date()) for one in replicas]
    figures = [one for one in holdings.replicas if one.replica in places and one.copies]
    oldest = {one.replica: None if one.never_checked else one.oldest_check for one in figures}
    bad = sum(one.damaged + one.missing + one.unreadable for one in figures)
    return Standing(
        counted=holdings.time,
        aips=holdings.aips,
        below=gaps(catalogue, policies, holdings.combinations),
        storage=min((storage_level(each) for each in held), default=0),
        integrity=integrity_level(
            copies=sum(one.copies for one in figures),
            overdue=sum(one.copies - one.within for one in figures),
            damaged=bad,
            is_repairing=all(one.state is not ReplicaState.HELD for one in replicas),
        ),
        circular=circular_05_2025(min((len(each) for each in held), default=0), ages, oldest, now),
        media=ages,
    )


def aip_standing(catalogue: Catalogue, policies: Policies, aip: str) -> AIPStanding | None:
    """One AIP's, as it is now; None if there is none."""
    summary = catalogue.aip(aip)
    if summary is None:
        return None
    counted = {one.id: one for one in catalogue.replicas() if one.state.is_counted}
    intact = {
        copy.replica
        for copy in catalogue.copies(aip)
        if copy.state is CopyState.INTACT and copy.version >= summary.head
    }
    place = policies.replication.place
    held = {one.name: place(one.name) for id_, one in counted.items() if id_ in intact}
    others = {one.name: place(one.name) for id_, one in counted.items() if id_ not in intact}
    rule = rule_of(catalogue, policies, summary.collection)
    return AIPStanding(rule, gap_of(rule, list(held.values())), plan(rule, held, others))


def aips_below(catalogue: Catalogue, policies: Policies, *, limit: int) -> Sequence[tuple[str, Gap]]:
    """The first AIPs, by id, that are below policy. Reads pages of AIPs; each distinct combination is decided on once."""
    places = places_by_id(policies, catalogue.replicas())
    rules = policies.replication.rules(catalogue.collections())
    decided: dict[tuple[str, frozenset[str]], Gap] = {}
    found: list[tuple[str, Gap]] = []
    after: str | None = None
    table = catalogue.copy_table()
    while len(found) < limit and (page := table.held(list(places), after=after, limit=_PAGE)):
        for one in page:
            key = (one.collection, one.replicas)
            if key not in decided:
                rule = rules.get(one.collection, policies.replication.rule)
                decided[key] = gap_of(rule, [places[replica] for replica in one.replicas])
            if decided[key].is_open:
                found.append((one.aip, decided[key]))
        after = page[-1].aip
    return found[:limit]


def counted_now(catalogue: Catalogue, policies: Policies, now: datetime) -> HoldingFigures:
    """Figures counted at once, as the service counts them: seconds for a million AIPs, so it is for commands and timers."""
    window = timedelta(days=policies.fixity.window_days)
    counted = catalogue.figure_table().count(now=now, window=window)
    return by_own_windows(counted, plans_at(catalogue, policies, now))
