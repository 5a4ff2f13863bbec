"""Nothing waits for ever: jobs whose workers are gone, jobs that no broker told anybody of, transfers that nobody sees to.

The table of jobs is the truth, and this brings the rest into line with it. Doing it twice, or by several processes at once, is
doing it once: each step is a transaction that holds only while what it relies on is so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from preservation.domain.agreements import Acceptance
from preservation.domain.deposits import Deposit
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import Job, JobKind, JobState, NewJob
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, Clock, JobBell, Minter

# Whoever queues a job rings for it: only what is still waiting then was missed.
_HEARD_WITHIN = timedelta(seconds=2)
# A broker may have lost a message, or the worker that had taken it.
_ANNOUNCED_AGAIN = timedelta(minutes=2)
_UNFINISHED = frozenset({TransferStatus.ACCEPTED, TransferStatus.RUNNING})
_GIVEN_UP = frozenset({JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was brought into line.

    `settled` are jobs that ended because no worker may try them again. `to_give_up` are ended jobs whose transfers still wait:
    the caller brings those to their end (`given_up_transfers`). `queued` are ids of jobs that transfers got anew.
    """

    settled: Sequence[Job] = ()
    to_give_up: Sequence[Job] = ()
    queued: Sequence[str] = ()
    announced: int = 0


@dataclass(frozen=True, slots=True)
class JobReconciler:
    """The service. `bell` is None where there is no broker: workers look into the table by themselves then."""

    catalogue: Catalogue
    bell: JobBell | None
    minter: Minter
    clock: Clock
    policies: Policies

    def reconcile(self) -> Reconciled:
        """Look once. Cheap where there is nothing to do: a few queries of a few rows.

        Raises Unavailable if the database or the broker did not answer; what was done before that is done.
        """
        table = self.catalogue.job_table()
        # A clock that was ahead and was set right has left times behind that are years away.
        table.bring_forward(now=self.clock.now())
        settled = table.settle_abandoned(now=self.clock.now())
        queued: list[str] = []
        to_give_up: list[Job] = []
        for transfer in table.transfers_without_job():
            last = next(iter(table.jobs(subject=transfer, limit=1)), None)
            if last is not None and last.state in _GIVEN_UP:
                to_give_up.append(last)
            elif (new := self._queue_again(transfer, last)) is not None:
                queued.append(new)
        return Reconciled(settled=settled, to_give_up=to_give_up, queued=queued, announced=self.announce())

    def announce(self) -> int:
        """Ring for what is due and was not started; for how many."""
        if self.bell is None:
            return 0
        table, now = self.catalogue.job_table(), self.clock.now()
        waiting = table.unannounced(now=now - _HEARD_WITHIN, before=now - _ANNOUNCED_AGAIN)
        if waiting:
            self.bell.ring(waiting)
            table.announced([job.id for job in waiting], now=now)
        return len(waiting)

    def _queue_again(self, id: str, last: Job | None) -> str | None:
        """A job for a transfer that has none, unless somebody has seen to it meanwhile. Its key makes it the only one."""
        transfer, deposit = self.catalogue.transfer(id), self.catalogue.deposit(id)
        if transfer is None or deposit is None or transfer.status not in _UNFINISHED:
            return None
        kind = self._kind(transfer, deposit)
        job = NewJob(
            id=self.minter.urn(),
            kind=kind,
            subject=id,
            collection=transfer.collection,
            created_by=deposit.account,
            key=f"{kind.value} {id} after {last.id if last is not None else 'none'}",
        )
        with self.catalogue.begin() as tx:
            return job.id if tx.add_job(job, now=self.clock.now()) else None

    def _kind(self, transfer: Transfer, deposit: Deposit) -> JobKind:
        """What is checked only may have been begun by nobody yet, and waits for no decision any more."""
        agreement = self.policies.agreements.get(deposit.agreement) if deposit.agreement is not None else None
        is_reviewed = agreement is not None and agreement.acceptance is Acceptance.REVIEWED
        undecided = transfer.status is TransferStatus.ACCEPTED and deposit.decided_by is None
        return JobKind.CHECK if is_reviewed and undecided else JobKind.INGEST
