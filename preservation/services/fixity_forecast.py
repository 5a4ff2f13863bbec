"""Whether the windows of the fixity policy are being kept, and can be: by replica, from what is held and what was measured."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from preservation.domain.check_alarms import ChecksSeen
from preservation.domain.fixity_load import CopyLoad, ReplicaPlan, replica_plan
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import ReplicaState
from preservation.domain.policies import Policies
from preservation.domain.service_figures import HoldingFigures
from preservation.ports import Catalogue, Clock
from preservation.services.fixity_planning import schedule_of

# What is due is counted up to here: beyond, nobody needs to know how many there are.
_MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class FixityForecast:
    """The service."""

    catalogue: Catalogue
    clock: Clock
    policies: Policies

    def plans(self) -> Sequence[ReplicaPlan]:
        """As `plans_at`, now."""
        return plans_at(self.catalogue, self.policies, self.clock.now())

    def refresh(self, figures: HoldingFigures) -> HoldingFigures:
        """Count and keep the plans; the figures again, as `by_own_windows`."""
        plans = self.plans()
        self.catalogue.fixity_plan_table().keep_plans(plans, now=figures.time)
        return by_own_windows(figures, plans)

    def kept(self) -> tuple[datetime, Sequence[ReplicaPlan]] | None:
        """What was counted last, and when; one row."""
        return self.catalogue.fixity_plan_table().kept_plans()

    def kept_plans(self) -> Sequence[ReplicaPlan]:
        """What was counted last; nothing before the first count."""
        kept = self.kept()
        return () if kept is None else kept[1]

    def seen(self, away: Sequence[str]) -> ChecksSeen:
        """What alarms about checks are decided from: cheap. Replicas that are `away` have an alarm of their own."""
        table = self.catalogue.fixity_plan_table()
        plans = [one for one in self.kept_plans() if one.replica not in away]
        rates = {one.replica: found[-1].time for one in plans if (found := table.rates(one.replica))}
        records = self.catalogue.replicas()
        return ChecksSeen(plans, rates, {one.id: one.added for one in records}, {one.id: one.name for one in records})


def plans_at(catalogue: Catalogue, policies: Policies, now: datetime) -> Sequence[ReplicaPlan]:
    """Count all copies, and say for each replica in use what its checks need and have. One pass: seconds for a million."""
    table = catalogue.fixity_plan_table()
    windows = schedule_of(catalogue, policies).windows
    days = {windows.general, *windows.replicas.values(), *windows.collections.values()}
    loads: dict[str, list[CopyLoad]] = defaultdict(list)
    for load in table.loads(now=now, windows=days):
        loads[load.replica].append(load)
    found = []
    for record in catalogue.replicas():
        if record.state is ReplicaState.RETIRED:
            continue
        waiting, oldest = table.waiting(record.id, before=now, limit=_MOST_COUNTED)
        found.append(
            replica_plan(
                record.id,
                loads[record.id],
                days=windows.days,
                general_days=windows.replicas.get(record.id, windows.general),
                pace=policies.fixity.pace_of(record.name),
                rates=table.rates(record.id),
                waiting=waiting,
                oldest_due=oldest if waiting else None,
            )
        )
    return found


def by_own_windows(figures: HoldingFigures, plans: Sequence[ReplicaPlan]) -> HoldingFigures:
    """The figures again, with what is overdue told by each copy's own window; without replicas that have no plan.

    Those are retired: nobody looks after what lies on them, and nothing that is said of it could ever change.
    """
    overdue = {one.replica: one.overdue for one in plans}
    known = [one for one in figures.replicas if one.replica in overdue]
    return replace(figures, replicas=[replace(one, within=one.copies - overdue[one.replica]) for one in known])


def plan_facts(plan: ReplicaPlan) -> dict[str, object]:
    """One replica's plan as commands and the API show it; rates are for a second, null where nothing was measured yet."""
    load = plan.load
    return {
        "window_days": plan.window_days,
        "copies": plan.copies,
        "bytes": plan.bytes,
        "oldest_check": plan.oldest_check.isoformat() if plan.oldest_check else None,
        "never_checked": plan.never_checked,
        "overdue": plan.overdue,
        "share_within_window": round(plan.share_within, 6),
        "due": plan.waiting,
        "oldest_due": None if plan.oldest_due is None or plan.oldest_due == AT_ONCE else plan.oldest_due.isoformat(),
        "bytes_needed": round(plan.bytes_needed, 3),
        "checks_needed": round(plan.checks_needed, 6),
        "bytes_wanted": round(plan.bytes_wanted, 3),
        "checks_wanted": round(plan.checks_wanted, 6),
        "bytes_available": None if plan.bytes_available is None else round(plan.bytes_available, 3),
        "checks_available": None if plan.checks_available is None else round(plan.checks_available, 6),
        "load": None if load is None or math.isinf(load) else round(load, 6),
        "feasible": plan.is_feasible,
    }
