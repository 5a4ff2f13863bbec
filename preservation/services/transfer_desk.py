"""Who brings a transfer to its end: one process at a time, and only the newest that took it on may say what became of it.

While a process works on a transfer it holds the lock `transfer:<id>`, which ends with it. Whoever finds the lock free and the
transfer `running` takes it on: the transfer's attempt rises by one, what earlier attempts have staged is fenced off on every
replica, and only then the replicas are asked whether one of them holds the version. An earlier process that still lives, cut off
from the database or only slow, finds its staging gone, or its attempt too old: it can neither commit nor record.

    take on     attempt n+1 in the database       a slow attempt n that looks now (`check_ours`) stops
    fence       work/<transfer>-n goes away       one that looked before finds nothing to commit
    look        which replica holds the version   nothing can appear there any more
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from preservation.domain.findings import Finding
from preservation.domain.holdings import Collection, Transfer, TransferStatus
from preservation.domain.ledger import EncodedEvent
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.ports import Catalogue, Clock, Locks, Minter
from preservation.services.deposit_reports import findings_report
from preservation.services.ingest_events import IngestEvents
from preservation.services.ingest_request import IngestRequest, IngestResult
from preservation.services.recovery import Recovery, check_ours
from preservation.services.submission import Submission

LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class TransferDesk:
    """Accepts transfers, takes on those that somebody else left, and closes them; all of it within `working_on`."""

    catalogue: Catalogue
    recovery: Recovery
    events: IngestEvents
    minter: Minter
    clock: Clock
    locks: Locks

    @contextmanager
    def working_on(self, transfer: str, aip: str | None) -> Iterator[None]:
        """Nobody else works on the transfer within the block, nor on the AIP that it changes. Unavailable if somebody does."""
        with ExitStack() as held:
            held.enter_context(self.locks.hold(f"transfer:{transfer}", seconds=LOCK_SECONDS))
            if aip is not None:
                held.enter_context(self.locks.hold(f"aip:{aip}", seconds=LOCK_SECONDS))
            yield

    def accept(self, request: IngestRequest, id: str) -> Transfer:
        """A transfer that is ours from its beginning, running, with its event.

        Raises NotHere if the AIP to be updated does not exist, Unavailable while another submission to it is unsettled.
        """
        transfer = Transfer(
            id, TransferStatus.RUNNING, request.collection.id, self.clock.now(), attempt=1, copies=request.copies
        )
        return self._begin(request, transfer)

    def take_on(self, request: IngestRequest, id: str) -> Transfer | IngestResult:
        """A transfer that was accepted before: running and ours, or what it has come to already.

        Raises NotHere if there is none, WrongUse if it is not submitted, Unavailable while a replica that cannot be asked may
        hold what it was to become, and what `accept` raises.
        """
        transfer = self.catalogue.transfer(id)
        if transfer is None:
            raise NotHere(f"there is no transfer {id}")
        taken = self.take_over(transfer)
        return taken if isinstance(taken, IngestResult) else self._begin(request, taken)

    def take_over(self, transfer: Transfer) -> Transfer | IngestResult:
        """A transfer as whoever brings it to its end saves it, with an attempt of its own; or what it has come to already.

        Nothing that an earlier attempt does reaches a replica any more. Raises WrongUse and Unavailable as `take_on`.
        """
        match transfer.status:
            case TransferStatus.RUNNING:
                settled = self.recovery.take_over(transfer)
                if settled.status is not TransferStatus.RUNNING:
                    return IngestResult(transfer.id, settled.status, settled.aip, transfer.version, ())
                if settled.in_doubt:
                    reasons = "; ".join(settled.in_doubt.values())
                    raise Unavailable(
                        f"a replica that is away may hold what {transfer.id} was to become:"
                        f" it waits until that is back ({reasons})"
                    )
                transfer = replace(transfer, attempt=settled.attempt)
            case TransferStatus.ACCEPTED | TransferStatus.FAILED:
                transfer = replace(transfer, status=TransferStatus.RUNNING)
            case TransferStatus.OPEN | TransferStatus.REVIEW:
                raise WrongUse(f"{transfer.id} is {transfer.status.value}: it has not been submitted")
            case _:
                return IngestResult(transfer.id, transfer.status, transfer.aip, transfer.version, ())
        return replace(transfer, attempt=transfer.attempt + 1)

    def check_ours(self, transfer: Transfer) -> None:
        """Raises Superseded if somebody else has taken the transfer on."""
        check_ours(self.catalogue, transfer)

    def reject(
        self,
        transfer: Transfer,
        submission: Submission,
        findings: Sequence[Finding],
        also: Sequence[EncodedEvent] = (),
    ) -> IngestResult:
        """The package is bad. `also` are events of what was done with it until then."""
        rejected = replace(transfer, status=TransferStatus.REJECTED, package_type=submission.package_type.value)
        self._close(rejected, self.events.rejected(transfer, submission, findings), findings, also=also)
        return IngestResult(transfer.id, TransferStatus.REJECTED, None, None, findings)

    def leave_to_review(
        self,
        transfer: Transfer,
        submission: Submission,
        findings: Sequence[Finding],
        also: Sequence[EncodedEvent] = (),
    ) -> IngestResult:
        """An archivist has to decide first; nothing of it is kept until then."""
        waiting = replace(transfer, status=TransferStatus.REVIEW, package_type=submission.package_type.value)
        self._close(waiting, self.events.left_to_review(waiting, submission, findings), findings, also=also)
        return IngestResult(transfer.id, TransferStatus.REVIEW, None, None, findings)

    def fail(self, transfer: Transfer, error: Exception, *, taken_on: bool = False) -> IngestResult:
        """We could not. `taken_on` says that the attempt begins and ends with this."""
        failed = replace(transfer, status=TransferStatus.FAILED)
        self._close(failed, self.events.failed(transfer, error), reason=str(error), taken_on=taken_on)
        return IngestResult(transfer.id, TransferStatus.FAILED, None, None, (), reason=str(error))

    def fail_unopened(self, id: str, name: str, collection: Collection, error: Exception) -> IngestResult:
        """A package that could not even be opened: it was submitted, and nobody could find out what it is.

        Unless an earlier attempt, when it still could be, brought it to its end, or may have. Raises what `take_over` raises.
        """
        known = self.catalogue.transfer(id)
        taken = (
            self.take_over(known)
            if known is not None
            else Transfer(id, TransferStatus.FAILED, collection.id, self.clock.now(), attempt=1)
        )
        if isinstance(taken, IngestResult):
            return taken
        transfer = replace(taken, status=TransferStatus.FAILED)
        self._close(transfer, self.events.not_opened(transfer, name, error), reason=str(error), taken_on=True)
        return IngestResult(id, TransferStatus.FAILED, None, None, (), reason=str(error))

    def _begin(self, request: IngestRequest, transfer: Transfer) -> Transfer:
        begun = replace(
            transfer, aip=request.aip or transfer.aip or self.minter.urn(), version=self._version(request, transfer)
        )
        # What it is to become is decided once; until then nobody had the package in hand.
        is_first = transfer.aip is None
        with self.catalogue.begin() as tx:
            # Who looked at it before we did, and lost its lock meanwhile, must not have the same attempt.
            tx.save_transfer(begun, taken_on=True)
            if is_first:
                tx.append_events([self.events.received(begun, request.reader)])
        return begun

    def _version(self, request: IngestRequest, transfer: Transfer) -> int:
        """The number of the version that it is to become."""
        if request.aip is None:
            return 1
        # Another one that was interrupted may be there already, as the version that this one would be.
        self.recovery.settle_left(request.aip, but=transfer.id)
        held = self.catalogue.aip(request.aip)
        if held is None:
            raise NotHere(f"there is no AIP {request.aip}")
        if held.collection != request.collection.id:
            raise WrongUse(f"{request.aip} belongs to another collection")
        return held.head + 1

    def _close(
        self,
        transfer: Transfer,
        event: EncodedEvent,
        findings: Sequence[Finding] = (),
        *,
        reason: str | None = None,
        taken_on: bool = False,
        also: Sequence[EncodedEvent] = (),
    ) -> None:
        """With its report for whoever deposited it, if somebody did: no transfer ends without its reason."""
        report = findings_report(findings, valid=transfer.status is TransferStatus.REVIEW)
        with self.catalogue.begin() as tx:
            tx.save_transfer(transfer, taken_on=taken_on)
            tx.note_report(transfer.id, report, reason)
            tx.append_events([*also, event])
