"""What every worker sees to beside its jobs: the ledger is published within a second, no job is lost or waits unseen.

Several workers do no harm to each other: whoever comes second finds nothing left to do.
"""

import time

import structlog

from preservation import bootstrap
from preservation.bootstrap.bells import job_bell
from preservation.bootstrap.locking import LEDGER
from preservation.bootstrap.watching import alarms, job_reconciler
from preservation.errors import PreservationError, Unavailable
from preservation.ports import JobBell
from preservation.settings import Settings
from workers.chores import Chore, keep_doing
from workers.endings import settle_subject
from workers.slots import AWAY_SECONDS
from workers.stopping import Stopping

TICK_SECONDS = 0.25
LEDGER_SECONDS = 0.5
RECONCILE_SECONDS = 5.0
ANNOUNCE_SECONDS = 2.0
# A replica that was away gets what it missed of the ledger's end; looking costs a small read of each.
REPLICAS_SECONDS = 60.0
ALARM_SECONDS = 60.0

log = structlog.get_logger()


def run_housekeeping(settings: Settings) -> int:
    """The process; its exit status."""
    stopping = Stopping(settings.grace_seconds)
    stopping.heed_signals()
    with job_bell(settings) as bell:
        while not stopping.is_wanted:
            try:
                with bootstrap.serving(settings) as repository:
                    keep_doing(Housekeeping(repository, bell).chores(), stopping, tick=TICK_SECONDS)
            except Unavailable as error:
                log.warning("database_away", error=str(error))
                time.sleep(AWAY_SECONDS)
    return 0


class Housekeeping:
    """The chores, over one opened repository."""

    def __init__(self, repository: bootstrap.Repository, bell: JobBell) -> None:
        self._repository = repository
        self._bell = bell

    def chores(self) -> list[Chore]:
        return [
            Chore("publish", LEDGER_SECONDS, self.publish),
            # A replica that answers slowly is asked what many transfers have become, and mail servers take their time.
            Chore("reconcile", RECONCILE_SECONDS, self.reconcile, is_apart=True),
            *([Chore("announce", ANNOUNCE_SECONDS, self.announce)] if self._repository.settings.broker_url else []),
            Chore("look for alarms", ALARM_SECONDS, self.look_for_alarms, is_apart=True),
            Chore("look at replicas", REPLICAS_SECONDS, self.look_at_replicas),
        ]

    def publish(self) -> None:
        """Give waiting events their places, and sign. One small query where there are none."""
        if self._repository.catalogue.unproven():
            self._publish()

    def look_at_replicas(self) -> None:
        """See which replicas are here, and bring their ledgers up to date."""
        self._repository = self._repository.with_replicas()
        self._publish()

    def look_for_alarms(self) -> None:
        """Each worker looks, and the scheduler too: so that one that died is missed by the others. An alarm is sent once."""
        told = alarms(self._repository).look()
        for channel, reason in (told.refused or {}).items():
            log.error("alarm_not_told", channel=channel, reason=reason)

    def reconcile(self) -> None:
        """End jobs whose workers are gone for good, and what they were about; queue what has no job."""
        done = job_reconciler(self._repository, None).reconcile()
        for job in done.settled:
            log.error("job_abandoned", job_id=job.id, kind=job.kind.value, state=job.state.value, attempts=job.attempts)
        for job in done.to_give_up:
            try:
                settle_subject(self._repository, job, job.problem)
            except PreservationError as error:
                # The next one is not to wait for it.
                log.warning("transfer_waits", transfer_id=job.subject, error=type(error).__name__, reason=str(error))
        if done.queued:
            log.warning("queued_again", jobs=list(done.queued))

    def announce(self) -> None:
        """Tell the broker of what it does not know, or has lost."""
        try:
            count = job_reconciler(self._repository, self._bell).announce()
        except Unavailable as error:
            # Where it is the database that is away, the other chores say so.
            log.warning("broker_away", error=str(error))
        else:
            if count:
                log.info("announced", jobs=count)

    def _publish(self) -> None:
        with self._repository.locks.try_hold(LEDGER) as is_free:
            if not is_free:
                return  # Somebody is at it.
            report = self._repository.sequencer.run()
        for finding in report.findings:
            log.warning("ledger_finding", code=finding.code, **finding.values)
