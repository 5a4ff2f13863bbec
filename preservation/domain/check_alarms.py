"""Alarms about the checking itself: it has stopped, it falls behind, it can never be done in time.

An archive whose checks stopped looks well for as long as nobody asks; so this is told before anything is overdue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.alarms import Alarm, AlarmCode
from preservation.domain.findings import Severity
from preservation.domain.fixity_load import ReplicaPlan
from preservation.domain.fixity_policy import MIB
from preservation.domain.fixity_schedule import AT_ONCE, is_ahead

STOPPED_FOR = timedelta(days=2)
# A deadline is two tenths of the window before the copy is overdue: half of that is used up.
_BEHIND_BY = 0.1


@dataclass(frozen=True, slots=True)
class ChecksSeen:
    """`plans` are of replicas that are here; `last_runs` when each was last checked; `since` from when on it is in use, by id."""

    plans: Sequence[ReplicaPlan] = ()
    last_runs: Mapping[str, datetime] | None = None
    since: Mapping[str, datetime] | None = None
    names: Mapping[str, str] | None = None


def check_alarms(seen: ChecksSeen, now: datetime) -> Sequence[Alarm]:
    """Everything that is wrong, ordered by key."""
    found: list[Alarm] = []
    for plan in seen.plans:
        name = (seen.names or {}).get(plan.replica, plan.replica)
        found += [*_stopped(plan, name, seen, now), *_behind(plan, name, now), *_infeasible(plan, name, now)]
    return sorted(found, key=lambda alarm: alarm.key)


def _stopped(plan: ReplicaPlan, name: str, seen: ChecksSeen, now: datetime) -> Sequence[Alarm]:
    if not plan.waiting or plan.oldest_due is None:
        return []
    began = (seen.last_runs or {}).get(plan.replica) or (seen.since or {}).get(plan.replica) or AT_ONCE
    # A run that is yet to come was noted while the clock was wrong.
    since = plan.oldest_due if is_ahead(began, now) else max(began, plan.oldest_due)
    if now - since < STOPPED_FOR:
        return []
    values = {"replica": name, "count": str(plan.waiting), "since": since.isoformat(timespec="minutes")}
    return [Alarm(AlarmCode.CHECKS_STOPPED, Severity.ERROR, since, plan.replica, values)]


def _behind(plan: ReplicaPlan, name: str, now: datetime) -> Sequence[Alarm]:
    due = plan.oldest_due
    if due is None or due == AT_ONCE or now - due < timedelta(days=plan.window_days) * _BEHIND_BY:
        return []
    values = {"replica": name, "since": due.isoformat(timespec="minutes"), "days": str(plan.window_days)}
    return [Alarm(AlarmCode.CHECKS_BEHIND, Severity.WARNING, due, plan.replica, values)]


def _infeasible(plan: ReplicaPlan, name: str, now: datetime) -> Sequence[Alarm]:
    if plan.is_feasible is not False or plan.load is None:
        return []
    values = {
        "replica": name,
        "days": str(plan.window_days),
        "wanted": _rate(plan.bytes_wanted, plan.checks_wanted),
        "available": _rate(plan.bytes_available, plan.checks_available),
    }
    severity = Severity.ERROR if plan.load > 1 else Severity.WARNING
    return [Alarm(AlarmCode.WINDOW_INFEASIBLE, severity, now, plan.replica, values)]


def _rate(size: float | None, checks: float | None) -> str:
    parts = [] if size is None else [f"{size / MIB:.3g} MiB/s"]
    return ", ".join([*parts, *([] if checks is None else [f"{checks:.3g}/s"])])
