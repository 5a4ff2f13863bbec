"""What the jobs of a deposited transfer do: check it for a review, or take it in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.deposits import Deposit
from preservation.domain.events import EventOutcome, EventType, Json
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding
from preservation.domain.holdings import Collection, Transfer, TransferStatus
from preservation.domain.policies import Policies
from preservation.errors import Conflict, NotHere
from preservation.ports import Catalogue, FormatIdentifier, Locks, PackageReader, Progress
from preservation.services.agreement_check import Formats, broken_by, shown_formats
from preservation.services.deposit_reports import findings_report, reported_findings
from preservation.services.ingest import Ingest
from preservation.services.ingest_events import findings_as_json
from preservation.services.ingest_request import IngestRequest, IngestResult
from preservation.services.ledger_recording import EventRecorder
from preservation.services.settling import transfer_objects
from preservation.services.transfer_check import check

LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class DepositIntake:
    """The service. The caller opens the package that `deposit` says, and closes it."""

    catalogue: Catalogue
    recorder: EventRecorder
    policies: Policies
    locks: Locks

    def deposit(self, id: str) -> tuple[Transfer, Deposit, Collection]:
        """What is to be worked on. NotHere if there is no such deposit."""
        transfer, deposit = self.catalogue.transfer(id), self.catalogue.deposit(id)
        if transfer is None or deposit is None:
            raise NotHere(f"there is no deposit {id}")
        place = next((one for one in self.catalogue.collections() if one.id == transfer.collection), None)
        if place is None:
            raise NotHere(f"the collection of {id} is not there any more")
        return transfer, deposit, place

    def check(
        self, id: str, reader: PackageReader, identifier: FormatIdentifier | None, progress: Progress
    ) -> TransferStatus:
        """Examine a submitted package and keep nothing: it comes to `review`, or to `rejected` with its report.

        Doing it again after it was done answers what it came to. Raises Unavailable if the package cannot be read, Conflict if
        it is not waiting for this, Superseded once somebody else has taken it on.
        """
        with self.locks.hold(f"transfer:{id}", seconds=LOCK_SECONDS):
            transfer, deposit, _ = self.deposit(id)
            if transfer.status in (TransferStatus.REVIEW, TransferStatus.REJECTED):
                return transfer.status
            if transfer.status not in (TransferStatus.ACCEPTED, TransferStatus.FAILED):
                raise Conflict(f"{id} is {transfer.status.value}")
            # Whoever was at it before and has lost its lock must not undo what is decided after us.
            transfer = replace(transfer, status=TransferStatus.ACCEPTED, attempt=transfer.attempt + 1)
            with self.catalogue.begin() as tx:
                tx.save_transfer(transfer, taken_on=True)
            agreement = self._agreement(deposit)
            report = check(reader, limits=self.policies.ingest.limits, progress=progress)
            notes = FindingLog()
            for finding in report.findings:
                notes.add(finding)
            formats: Formats = Counter()
            for finding in broken_by(
                agreement, reader, identifier, self.policies.ingest.limits, formats, self.policies.formats.rules
            ):
                notes.add(finding)
            findings = notes.findings()
            facts: dict[str, Json] = {
                "package_type": report.package_type.value,
                "valid": not notes.has_errors,
                "files": report.files,
                "bytes": report.bytes,
                "formats": shown_formats(formats),
            }
            self._record_check(transfer, deposit, findings, facts, is_valid=not notes.has_errors)
            return TransferStatus.REJECTED if notes.has_errors else TransferStatus.REVIEW

    def take_in(self, id: str, reader: PackageReader, ingest: Ingest, progress: Progress) -> IngestResult:
        """Take a submitted package in, whatever an earlier attempt came to, and keep what there is to say of it.

        Raises what `Ingest.take_in` raises.
        """
        _, deposit, place = self.deposit(id)
        request = IngestRequest(
            reader=reader,
            collection=place,
            title=deposit.title,
            aip=deposit.aip,
            mode=deposit.mode,
            transfer=id,
            agreement=self._agreement(deposit),
            decided=_decided(deposit),
        )
        return self.tell(deposit, ingest.take_in(request, progress))

    def not_opened(self, id: str, ingest: Ingest, error: Exception) -> IngestResult:
        """A package that could not even be opened."""
        _, deposit, place = self.deposit(id)
        return self.tell(deposit, ingest.could_not_open(deposit.name or "", place, error, transfer=id))

    def tell(self, deposit: Deposit, result: IngestResult) -> IngestResult:
        """Keep what an attempt came to where its depositor looks for it, in place of what an earlier one did.

        By now it is out of our hands: it may be decided on, or withdrawn, at this moment.
        """
        if result.status is TransferStatus.REJECTED and not result.findings:
            return result  # An earlier attempt rejected it, and has said why.
        if result.findings or result.reason or deposit.reason:
            is_valid = result.status not in (TransferStatus.REJECTED, TransferStatus.FAILED)
            # Of one that an earlier attempt brought to its end no more is known than where it is.
            facts: dict[str, Json] = {"files": result.files, "bytes": result.bytes} if result.files else {}
            # Of what an archivist was told, a failure takes nothing back.
            is_failure = result.status is TransferStatus.FAILED and not result.findings
            findings = reported_findings(deposit.report) if is_failure else result.findings
            report = findings_report(findings, valid=is_valid, **facts)
            with self.catalogue.begin() as tx:
                tx.note_report(deposit.transfer, report, result.reason or None)
        return result

    def _agreement(self, deposit: Deposit) -> SubmissionAgreement | None:
        if deposit.agreement is None:
            return None
        agreement = self.policies.agreements.get(deposit.agreement)
        if agreement is None:
            raise NotHere(f"there is no submission agreement {deposit.agreement} any more")
        return agreement

    def _record_check(
        self,
        transfer: Transfer,
        deposit: Deposit,
        findings: Sequence[Finding],
        facts: dict[str, Json],
        *,
        is_valid: bool,
    ) -> None:
        status = TransferStatus.REVIEW if is_valid else TransferStatus.REJECTED
        checked = replace(transfer, status=status, package_type=str(facts["package_type"]))
        event = self.recorder.event(
            EventType.VALIDATION,
            EventOutcome.SUCCESS if is_valid else EventOutcome.FAILURE,
            objects=transfer_objects(checked),
            detail={
                "act": "checked for review",
                "package_type": facts["package_type"],
                "status": status.value,
                "codes": [*sorted({one.code for one in findings if one.is_error})],
            },
            private=findings_as_json(findings),
            policy=self.policies.versions.get(f"agreements/{deposit.agreement}") if deposit.agreement else None,
        )
        with self.catalogue.begin() as tx:
            tx.save_transfer(checked)
            tx.save_deposit(replace(deposit, report=findings_report(findings, **facts)))
            tx.append_events([event])


def _decided(deposit: Deposit) -> frozenset[str]:
    """What the archivist who accepted it was told of; a later attempt may find more than that."""
    if deposit.decided_by is None:
        return frozenset()
    return frozenset(one.code for one in reported_findings(deposit.report))
