"""What is seen of the service as a whole: the numbers behind health, alarms and metrics, each got as cheaply as it can be.

Open jobs, workers and the ledger's lag are asked of small indexes. What has to be counted over all holdings is counted by a
timer (`refresh`), which takes at most a hundredth of the time, and kept in one row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from preservation.domain.alarms import FAILURES_TOLD_FOR, Observed
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.domain.policies import Policies
from preservation.domain.service_figures import DiskSpace, ServiceFigures
from preservation.domain.workers import SILENT_AFTER
from preservation.ports import Catalogue, Clock

_MOST_LATE = 1000
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ServiceWatch:
    """The service. `disks` looks at the places that are written to, `away` at the replicas: why each is away, by id."""

    catalogue: Catalogue
    clock: Clock
    policies: Policies
    disks: Callable[[], Sequence[DiskSpace]]
    away: Callable[[], Mapping[str, str]]

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.policies.fixity.window_days)

    def refresh(self) -> bool:
        """Count the holdings again if it is time to; whether it was. For a timer, every minute or so."""
        table, now = self.catalogue.figure_table(), self.clock.now()
        kept = table.kept()
        if kept is not None and not kept.is_stale(now):
            return False
        table.keep(table.count(now=now, window=self.window))
        self.catalogue.worker_table().forget(silent_since=now - _FORGOTTEN_AFTER)
        return True

    def figures(self) -> ServiceFigures:
        """What metrics show."""
        now, figures, jobs = self.clock.now(), self.catalogue.figure_table(), self.catalogue.job_table()
        alarms: dict[str, int] = {}
        for kept in self.catalogue.alarm_table().alarms():
            if kept.cleared is None:
                alarms[kept.alarm.code.value] = alarms.get(kept.alarm.code.value, 0) + 1
        return ServiceFigures(
            time=now,
            jobs=jobs.figures(now=now),
            late=len(jobs.late(now=now, limit=_MOST_LATE)),
            holdings=figures.kept(),
            ledger=figures.ledger_lag(),
            workers=[one for one in self.catalogue.worker_table().workers() if now - one.beat <= SILENT_AFTER],
            disks=self.disks(),
            replica_names={one.id: one.name for one in self._replicas()},
            away=frozenset(self.away()),
            alarms=alarms,
        )

    def observed(self) -> Observed:
        """What alarms are decided from. Remembers since when a replica is away."""
        now, figures, jobs = self.clock.now(), self.catalogue.figure_table(), self.catalogue.job_table()
        replicas = self._replicas()
        holdings = figures.kept()
        added = [one.added for one in replicas] if holdings is not None and holdings.aips else []
        return Observed(
            late=jobs.late(now=now, limit=_MOST_LATE),
            failed=jobs.failures(since=now - FAILURES_TOLD_FOR),
            holdings=holdings,
            replica_names={one.id: one.name for one in replicas},
            away_since=figures.note_away(self.away(), now=now),
            ledger=figures.ledger_lag(),
            disks=self.disks(),
            workers=self.catalogue.worker_table().workers(),
            last_check=figures.last_check(),
            first_copy=min(added, default=None),
            window=self.window,
        )

    def _replicas(self) -> Sequence[ReplicaRecord]:
        return [one for one in self.catalogue.replicas() if one.state is not ReplicaState.RETIRED]
