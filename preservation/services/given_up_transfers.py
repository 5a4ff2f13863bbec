"""Transfers whose job ended without bringing them to an end: cancelled, out of attempts, or making no sense.

The job's end is not the transfer's: whoever was at it last may still live, and a replica may hold what it became. So it is taken
on once more, which fences that one off, and is recorded as what it is: kept, or failed with the job's reason.
"""

from dataclasses import dataclass

from preservation.domain.holdings import TransferStatus
from preservation.domain.jobs import JobProblem
from preservation.errors import PreservationError
from preservation.ports import Locks
from preservation.services.ingest_request import IngestResult
from preservation.services.transfer_desk import TransferDesk

_UNFINISHED = frozenset({TransferStatus.ACCEPTED, TransferStatus.RUNNING})
# Whoever has it is at work: it is no use to wait long.
_LOCK_SECONDS = 0.5


class JobEnded(PreservationError):
    """Why a transfer failed, as its event tells: its job came to an end without it."""


@dataclass(frozen=True, slots=True)
class GivenUpTransfers:
    """The service. Doing it again is doing it once."""

    desk: TransferDesk
    locks: Locks

    def is_unfinished(self, id: str) -> bool:
        """Whether a transfer still waits for a job."""
        transfer = self.desk.catalogue.transfer(id)
        return transfer is not None and transfer.status in _UNFINISHED

    def give_up(self, id: str, problem: JobProblem) -> TransferStatus | None:
        """Bring an accepted or running transfer to its end; what it is now, None if there is none or it had one already.

        Raises Unavailable while somebody works on it, or while a replica that is away may hold what it became.
        """
        with self.locks.hold(f"transfer:{id}", seconds=_LOCK_SECONDS):
            transfer = self.desk.catalogue.transfer(id)
            if transfer is None or transfer.status not in _UNFINISHED:
                return None
            taken = self.desk.take_over(transfer)
            if isinstance(taken, IngestResult):
                return taken.status
            return self.desk.fail(taken, JobEnded(f"{problem.code}: {problem.detail}"), taken_on=True).status
