"""Health: whether the service is alive, ready for requests, and whole.

alive     the process answers
ready     the database answers, and has the schema of this release: requests can be served
degraded  ready, but something is missing that people rely on; each reason is a finding
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import ReplicaState
from preservation.domain.jobs import Queue
from preservation.domain.policies import Policies
from preservation.domain.replication_policy import Presence
from preservation.domain.service_figures import DiskSpace
from preservation.domain.workers import Worker, WorkerKind
from preservation.errors import Unavailable
from preservation.ports import Catalogue, Clock

_LEDGER_BEHIND_FOR = timedelta(minutes=1)


class HealthState(StrEnum):
    """READY and DEGRADED serve requests, UNREADY does not."""

    READY = "ready"
    DEGRADED = "degraded"
    UNREADY = "unready"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The state, and a finding for each reason why it is not READY."""

    state: HealthState
    time: datetime
    reasons: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The service. `away` says why each replica that is not here is away, by its id."""

    catalogue: Catalogue
    clock: Clock
    policies: Policies
    away: Callable[[], Mapping[str, str]]
    disks: Callable[[], Sequence[DiskSpace]]

    def ready(self) -> HealthReport:
        """Whether requests can be served; asks nothing else, so that a load balancer may ask every second."""
        reasons = self._unready()
        return HealthReport(HealthState.UNREADY if reasons else HealthState.READY, self.clock.now(), reasons)

    def look(self) -> HealthReport:
        """The whole of it."""
        reasons = self._unready()
        if reasons:
            return HealthReport(HealthState.UNREADY, self.clock.now(), reasons)
        try:
            reasons = [*self._replicas(), *self._workers(), *self._ledger(), *self._disks()]
        except Unavailable as error:
            return HealthReport(HealthState.UNREADY, self.clock.now(), [_database_away(error)])
        return HealthReport(HealthState.DEGRADED if reasons else HealthState.READY, self.clock.now(), reasons)

    def _unready(self) -> list[Finding]:
        try:
            if self.catalogue.figure_table().schema_is_current():
                return []
        except Unavailable as error:
            return [_database_away(error)]
        return [Finding("HEALTH-SCHEMA-OLD", Severity.ERROR)]

    def _replicas(self) -> list[Finding]:
        away = self.away()
        names = {one.id: one.name for one in self.catalogue.replicas() if one.state is not ReplicaState.RETIRED}
        found = [
            Finding("HEALTH-REPLICA-AWAY", Severity.WARNING, values={"replica": names[one], "reason": reason})
            for one, reason in away.items()
            if one in names and self.policies.replication.place(names[one]).presence is Presence.ONLINE
        ]
        counted = {one.id for one in self.catalogue.replicas() if one.state.is_counted}
        here = len(counted - away.keys())
        wanted = self.policies.replication.rule.copies
        if here < wanted:
            values = {"count": str(here), "wanted": str(wanted)}
            found.append(Finding("HEALTH-TOO-FEW-REPLICAS", Severity.ERROR, values=values))
        return found

    def _workers(self) -> list[Finding]:
        now = self.clock.now()
        alive = [one for one in self.catalogue.worker_table().workers() if one.is_alive(now)]
        served = {queue for one in alive for queue in one.queues}
        found = [
            Finding("HEALTH-NO-WORKER", Severity.ERROR, values={"queue": queue.value})
            for queue in Queue
            if queue not in served
        ]
        if not _are_any(alive, WorkerKind.SCHEDULER):
            found.append(Finding("HEALTH-NO-SCHEDULER", Severity.WARNING))
        return found

    def _ledger(self) -> list[Finding]:
        lag = self.catalogue.figure_table().ledger_lag()
        if lag.oldest is None or self.clock.now() - lag.oldest < _LEDGER_BEHIND_FOR:
            return []
        values = {"count": str(lag.events), "since": lag.oldest.isoformat(timespec="seconds")}
        return [Finding("HEALTH-LEDGER-BEHIND", Severity.WARNING, values=values)]

    def _disks(self) -> list[Finding]:
        return [
            Finding(
                "HEALTH-DISK-NEARLY-FULL",
                Severity.WARNING,
                values={"place": disk.place, "free": disk.free_text, "total": disk.total_text},
            )
            for disk in self.disks()
            if disk.is_nearly_full
        ]


def _are_any(workers: Sequence[Worker], kind: WorkerKind) -> bool:
    return any(one.kind is kind for one in workers)


def _database_away(error: Unavailable) -> Finding:
    return Finding("HEALTH-DATABASE-AWAY", Severity.ERROR, values={"reason": str(error)})
