"""What deposits leave behind goes: uploads that nobody went on with, and packages whose transfers have come to their end."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from preservation.domain.deposits import Upload
from preservation.domain.holdings import TransferStatus
from preservation.errors import Conflict, PreservationError, Unavailable
from preservation.ports import Catalogue, DepositSpace, Progress
from preservation.services.deposits import Deposits
from preservation.services.uploads import Uploads

# A failed transfer may be tried again, and one that is stored on few replicas may yet be wanted for more: their packages stay.
_ENDED = frozenset({TransferStatus.PRESERVED, TransferStatus.REJECTED, TransferStatus.WITHDRAWN})
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class DepositClearing:
    """The service. Doing it again is doing it once; it may run beside everything else."""

    catalogue: Catalogue
    deposits: Deposits
    uploads: Uploads
    space: DepositSpace

    def clear(self, now: datetime, progress: Progress) -> tuple[int, int]:
        """(uploads that expired before `now` and went, packages that went).

        Unavailable, after all the others were seen to, where something could not be removed.
        """
        uploads, packages, problems = 0, 0, list[str]()
        while not problems and (expired := self.catalogue.uploads_expired(before=now)):
            for upload in expired:
                progress.advance(0)
                with _minding(problems):
                    self._expire(upload, now)
                    uploads += 1
        for transfer in self.space.transfers():
            progress.advance(0)
            with _minding(problems):
                packages += self.clear_ended(transfer)
        if problems:
            raise Unavailable("; ".join(problems[:_MOST_TOLD]))
        return uploads, packages

    def clear_ended(self, transfer: str) -> bool:
        """Away with the package of a transfer, if that has come to its end; whether it went."""
        found = self.catalogue.transfer(transfer)
        if found is None or found.status not in _ENDED:
            return False
        self.space.remove(transfer)
        return True

    def _expire(self, upload: Upload, now: datetime) -> None:
        """One that is whole and was never submitted ends its transfer; what was submitted does not need its upload any more."""
        if upload.finished is None:
            # Whoever goes on with it, or ends it, at this very moment is first.
            with suppress(Conflict):
                self.uploads.give_up(upload, expired=now)
            return
        transfer = self.catalogue.transfer(upload.transfer)
        # Whoever ends or submits it at this very moment is first.
        with suppress(Conflict):
            if transfer is not None and transfer.status is TransferStatus.OPEN:
                self.deposits.withdraw(transfer.id, None)
        with self.catalogue.begin() as tx:
            tx.forget_upload(upload.id)


@contextmanager
def _minding(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except PreservationError as error:
        problems.append(str(error))
