"""Asking for the repository's own AIP to be written anew, in the transaction of what changed."""

from dataclasses import dataclass

from preservation.domain.jobs import JobKind, NewJob
from preservation.ports import CatalogueTransaction, Clock, Minter


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """`by_job` is False where the caller writes the record itself, as commands do."""

    minter: Minter
    clock: Clock
    by_job: bool

    def ask(self, tx: CatalogueTransaction, account: str | None = None) -> None:
        """Queue the job. Several do no harm: one that finds nothing changed does nothing."""
        if self.by_job:
            tx.add_job(NewJob(id=self.minter.urn(), kind=JobKind.RECORD, created_by=account), now=self.clock.now())
