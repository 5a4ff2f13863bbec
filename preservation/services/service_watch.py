"""What is seen of the service as a whole: the numbers behind health, alarms and metrics, each got as cheaply as it can be.

Open jobs, workers and the ledger's lag are asked of small indexes. What has to be counted over all holdings is counted by a
timer (`refresh`), which takes at most a hundredth of the time, and kept in one row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from preservation.domain.alarms import FAILURES_TOLD_FOR, Observed
from preservation.domain.check_alarms import ChecksSeen
from preservation.domain.copies_seen import CopiesSeen, FaultsSeen, PeerSeen, due_back
from preservation.domain.filed_examinations import ExaminationFigures
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.domain.policies import Policies
from preservation.domain.replication_policy import Presence
from preservation.domain.replication_rating import medium_age
from preservation.domain.service_figures import DiskSpace, ServiceFigures
from preservation.domain.workers import SILENT_AFTER
from preservation.ports import Catalogue, Clock
from preservation.services.copy_standing import gaps
from preservation.services.examination_watch import count_examinations, kept_examinations
from preservation.services.fault_log import read_faults, update_faults
from preservation.services.fixity_disputes import disputed
from preservation.services.fixity_forecast import FixityForecast
from preservation.services.peer_checks import peer_standings
from preservation.services.replica_drift import last_drift

_MOST_LATE = 1000
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ServiceWatch:
    """The service. `disks` looks at the places that are written to, `away` at the replicas: why each is away, by id.

    `repository` is the repository's own AIP.
    """

    catalogue: Catalogue
    clock: Clock
    policies: Policies
    disks: Callable[[], Sequence[DiskSpace]]
    away: Callable[[], Mapping[str, str]]
    repository: str = ""

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.policies.fixity.window_days)

    def refresh(self) -> bool:
        """Count the holdings again if it is time to; whether it was. For a timer, every minute or so."""
        table, now = self.catalogue.figure_table(), self.clock.now()
        kept = table.kept()
        if kept is not None and not kept.is_stale(now):
            return False
        counted = self._forecast.refresh(table.count(now=now, window=self.window))
        table.keep(replace(counted, seconds=max(counted.seconds, (self.clock.now() - now).total_seconds())))
        update_faults(self.catalogue, now)
        count_examinations(self.catalogue, self.repository, now)
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
            copies=self.copies_seen(),
            checks=self._forecast.kept_plans(),
            alarms=alarms,
            examinations=self.examinations_seen(),
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
            away_since=self._online(figures.note_away(self.away(), now=now)),
            ledger=figures.ledger_lag(),
            disks=self.disks(),
            workers=self.catalogue.worker_table().workers(),
            last_check=figures.last_check(),
            first_copy=min(added, default=None),
            window=self.window,
            windows={one.replica: timedelta(days=one.window_days) for one in self._forecast.kept_plans()},
        )

    def checks_seen(self) -> ChecksSeen:
        """What alarms about the checking itself are decided from."""
        return self._forecast.seen(list(self.away()))

    def examinations_seen(self) -> ExaminationFigures | None:
        """What alarms about files are decided from."""
        return kept_examinations(self.catalogue)

    @property
    def _forecast(self) -> FixityForecast:
        return FixityForecast(self.catalogue, self.clock, self.policies)

    def copies_seen(self) -> CopiesSeen:
        """What alarms about copies are decided from."""
        now, policy = self.clock.now(), self.policies.replication
        replicas = self._replicas()
        holdings = self.catalogue.figure_table().kept()
        away = self.catalogue.figure_table().known_away()
        offline = [
            (one, due_back(away[one.id], policy.place(one.name).report_days))
            for one in replicas
            if one.id in away and policy.place(one.name).presence is Presence.OFFLINE
        ]
        return CopiesSeen(
            below=() if holdings is None else gaps(self.catalogue, self.policies, holdings.combinations),
            overdue={one.name: due for one, due in offline if due <= now},
            held=[one.name for one in replicas if one.state is ReplicaState.HELD],
            media=[medium_age(one.name, policy.place(one.name), one.added.date()) for one in replicas],
            disputed=disputed(self.catalogue),
            faults=self._faults(replicas),
            peers=[
                PeerSeen(one.name, one.faults, one.heard, one.last.time if one.last else None)
                for one in peer_standings(self.catalogue, list(policy.peers.values()))
            ],
            drift={one.name: found for one in replicas if (found := last_drift(self.catalogue, one.id)) is not None},
        )

    def _faults(self, replicas: Sequence[ReplicaRecord]) -> Mapping[str, FaultsSeen]:
        tallies = read_faults(self.catalogue)
        return {
            one.name: FaultsSeen(tally.faults, tally.mean_detect, tally.mean_mend)
            for one in replicas
            if (tally := tallies.get(one.id)) is not None
        }

    def _online(self, away: Mapping[str, datetime]) -> Mapping[str, datetime]:
        """Without those of which the policy says that they are plugged in now and then."""
        names = {one.id: one.name for one in self._replicas()}
        place = self.policies.replication.place
        return {one: since for one, since in away.items() if place(names.get(one, one)).presence is Presence.ONLINE}

    def _replicas(self) -> Sequence[ReplicaRecord]:
        return [one for one in self.catalogue.replicas() if one.state is not ReplicaState.RETIRED]
