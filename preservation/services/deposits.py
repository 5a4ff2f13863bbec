"""Deposits: opened, submitted, decided on, withdrawn. Each step changes the transfer, tells it and queues its job at once.

open        nothing is promised yet
submitted   accepted: from here on it is ours to bring to `preserved` or `rejected`; the job that does so is queued with it
in review   checked, and waiting for a person

Each step counts as an attempt of its own: of two that met without a lock, the second finds that the first was there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from preservation.domain.agreements import Acceptance, SubmissionAgreement
from preservation.domain.deposits import Deposit, DepositSource, is_package_name
from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent
from preservation.domain.findings import Finding
from preservation.domain.holdings import Collection, SubmissionMode, Transfer, TransferStatus
from preservation.domain.jobs import JobKind, NewJob
from preservation.domain.ledger import EncodedEvent
from preservation.domain.people import Actor
from preservation.domain.policies import Policies
from preservation.errors import Conflict, NotHere, WrongUse
from preservation.ports import Catalogue, CatalogueTransaction, Clock, Locks, Minter
from preservation.services.agreement_rules import AgreementRules
from preservation.services.ledger_recording import EventRecorder
from preservation.services.settling import transfer_objects

LOCK_SECONDS = 5.0

Along = Callable[[CatalogueTransaction, Transfer, Deposit], None]
IMPLEMENTER = "implementer"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDeposit:
    """What somebody wants to hand over. `collection` is needed without an agreement, which names one. See domain.deposits."""

    source: DepositSource
    collection: Collection | None = None
    agreement: str | None = None
    name: str | None = None
    place: str | None = None
    size: int | None = None
    sha256: str | None = None
    title: str | None = None
    aip: str | None = None
    mode: SubmissionMode = SubmissionMode.REPLACEMENT
    drop: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A transfer after a step. `job` is the id of the one that was queued for it, None if there was nothing to queue."""

    transfer: Transfer
    job: str | None


@dataclass(frozen=True, slots=True)
class Deposits:
    """The service. `actor` is who asks; None for what came without an account, as by a watched place."""

    catalogue: Catalogue
    recorder: EventRecorder
    minter: Minter
    clock: Clock
    policies: Policies
    locks: Locks

    def collection_of(self, wanted: WantedDeposit) -> Collection:
        """Where it will belong. NotHere or WrongUse where that cannot be told."""
        agreement = self._agreement(wanted.agreement)
        if agreement is not None:
            found = next((one for one in self.catalogue.collections() if one.code == agreement.collection), None)
            if found is None:
                raise WrongUse(
                    f"the agreement {agreement.id} names a collection that is not there: {agreement.collection}"
                )
            if wanted.collection is not None and wanted.collection.id != found.id:
                raise WrongUse(f"the agreement {agreement.id} is about another collection, {agreement.collection}")
            return found
        if wanted.collection is None:
            raise WrongUse("name a collection or an agreement")
        return wanted.collection

    def refusals(self, agreement: str | None, actor: Actor | None) -> tuple[Finding, ...]:
        """What in an agreement stands against a depositor, whatever the package. NotHere if there is no such agreement."""
        found = self._agreement(agreement)
        return () if found is None else tuple(AgreementRules(found).of_submitter(actor.account.name if actor else None))

    def open(
        self, wanted: WantedDeposit, actor: Actor | None, along: Along | None = None
    ) -> tuple[Transfer, Deposit] | tuple[Finding, ...]:
        """A new deposit; or the rules of the agreement that already stand against it, and then nothing is made.

        `along` is called in the transaction that makes it. Raises NotHere for an AIP or agreement that is not there, WrongUse
        for what makes no sense.
        """
        collection = self.collection_of(wanted)
        if wanted.name is not None and wanted.source is DepositSource.UPLOAD and not is_package_name(wanted.name):
            raise WrongUse("a package's name is one file name of 255 bytes at most")
        broken = self.refusals(wanted.agreement, actor)
        if broken:
            return broken
        agreement = self._agreement(wanted.agreement)
        if wanted.aip is not None:
            held = self.catalogue.aip(wanted.aip)
            if held is None:
                raise NotHere(f"there is no AIP {wanted.aip}")
            if held.collection != collection.id:
                raise WrongUse(f"{wanted.aip} belongs to another collection")
        now = self.clock.now()
        copies = agreement.copies if agreement is not None else None
        transfer = Transfer(self.minter.urn(), TransferStatus.OPEN, collection.id, now, copies=copies)
        deposit = Deposit(
            transfer=transfer.id,
            account=actor.account.id if actor else None,
            agreement=wanted.agreement,
            source=wanted.source,
            created=now,
            name=wanted.name,
            place=wanted.place,
            size=wanted.size,
            sha256=wanted.sha256,
            title=wanted.title,
            aip=wanted.aip,
            mode=wanted.mode,
            drop=wanted.drop,
        )
        with self.catalogue.begin() as tx:
            tx.save_transfer(transfer)
            tx.save_deposit(deposit)
            if along is not None:
                along(tx, transfer, deposit)
        return transfer, deposit

    def submit(self, id: str, actor: Actor | None) -> Submitted:
        """Accept an open deposit whose package is there (`place`). Doing it again answers the same.

        Raises NotHere if there is none, Conflict if it is past that, WrongUse while its package is not there.
        """
        with self._held(id) as (transfer, deposit):
            if transfer.status is TransferStatus.ACCEPTED:
                return Submitted(transfer, None)
            self._expect(transfer, TransferStatus.OPEN)
            if deposit.place is None:
                raise WrongUse(f"nothing has been uploaded for {id} yet")
            agreement = self._agreement(deposit.agreement)
            is_reviewed = agreement is not None and agreement.acceptance is Acceptance.REVIEWED
            job = self._job(transfer, JobKind.CHECK if is_reviewed else JobKind.INGEST, actor)
            accepted = replace(transfer, status=TransferStatus.ACCEPTED, attempt=transfer.attempt + 1)
            event = self._event(EventType.TRANSFER, EventOutcome.SUCCESS, accepted, deposit, actor, "submitted")
            with self.catalogue.begin() as tx:
                tx.save_transfer(accepted, taken_on=True)
                tx.save_deposit(replace(deposit, submitted=self.clock.now()))
                tx.append_events([event])
                tx.add_job(job, now=self.clock.now())
            return Submitted(accepted, job.id)

    def accept(self, id: str, actor: Actor) -> Submitted:
        """An archivist's yes to a transfer in review: it is ingested. Conflict if it is not in review."""
        with self._held(id) as (transfer, deposit):
            self._expect(transfer, TransferStatus.REVIEW)
            job = self._job(transfer, JobKind.INGEST, actor, round=transfer.attempt)
            accepted = replace(transfer, status=TransferStatus.ACCEPTED, attempt=transfer.attempt + 1)
            event = self._event(
                EventType.VALIDATION, EventOutcome.SUCCESS, accepted, deposit, actor, "accepted after review"
            )
            with self.catalogue.begin() as tx:
                tx.save_transfer(accepted, taken_on=True)
                tx.save_deposit(replace(deposit, decided_by=actor.account.id))
                tx.append_events([event])
                tx.add_job(job, now=self.clock.now())
            return Submitted(accepted, job.id)

    def reject(self, id: str, actor: Actor, reason: str) -> Submitted:
        """An archivist's no. Conflict if it is not in review."""
        return self._end(id, actor, {TransferStatus.REVIEW}, TransferStatus.REJECTED, "rejected after review", reason)

    def withdraw(self, id: str, actor: Actor | None) -> Submitted:
        """Its depositor takes it back: possible while it is open or in review. Conflict once it is being taken in."""
        wanted = {TransferStatus.OPEN, TransferStatus.REVIEW}
        return self._end(id, actor, wanted, TransferStatus.WITHDRAWN, "withdrawn", None)

    def _end(
        self,
        id: str,
        actor: Actor | None,
        before: set[TransferStatus],
        after: TransferStatus,
        act: str,
        reason: str | None,
    ) -> Submitted:
        with self._held(id) as (transfer, deposit):
            if transfer.status is after:
                return Submitted(transfer, None)
            self._expect(transfer, *before)
            ended = replace(transfer, status=after, attempt=transfer.attempt + 1)
            outcome = EventOutcome.FAILURE if after is TransferStatus.REJECTED else EventOutcome.SUCCESS
            event = self._event(EventType.VALIDATION, outcome, ended, deposit, actor, act, reason)
            with self.catalogue.begin() as tx:
                tx.save_transfer(ended, taken_on=True)
                tx.save_deposit(replace(deposit, decided_by=actor.account.id if actor else None, reason=reason))
                tx.append_events([event])
            return Submitted(ended, None)

    def _agreement(self, id: str | None) -> SubmissionAgreement | None:
        if id is None:
            return None
        found = self.policies.agreements.get(id)
        if found is None:
            raise NotHere(f"there is no submission agreement {id}")
        return found

    def _job(self, transfer: Transfer, kind: JobKind, actor: Actor | None, *, round: int = 0) -> NewJob:
        return NewJob(
            id=self.minter.urn(),
            kind=kind,
            subject=transfer.id,
            collection=transfer.collection,
            created_by=actor.account.id if actor else None,
            # After a review that ingest itself asked for, there is a second job of the kind.
            key=f"{kind.value} {transfer.id} {round}",
        )

    def _event(
        self,
        type: EventType,
        outcome: EventOutcome,
        transfer: Transfer,
        deposit: Deposit,
        actor: Actor | None,
        act: str,
        reason: str | None = None,
    ) -> EncodedEvent:
        private: dict[str, Json] = {}
        if deposit.name is not None:
            private["name"] = deposit.name
        if reason is not None:
            private["reason"] = reason
        version = self.policies.versions.get(f"agreements/{deposit.agreement}") if deposit.agreement else None
        return self.recorder.event(
            type,
            outcome,
            objects=transfer_objects(transfer),
            detail={"act": act, "status": transfer.status.value, "source": deposit.source.value},
            private=private,
            agents=[LinkedAgent(actor.account.id, IMPLEMENTER)] if actor else [],
            policy=version,
        )

    @contextmanager
    def _held(self, id: str) -> Iterator[tuple[Transfer, Deposit]]:
        """The transfer while nobody else can change it. What is being taken in is not waited for."""
        found = self.catalogue.transfer(id)
        if found is not None and found.status is TransferStatus.RUNNING:
            raise Conflict(f"{id} is being taken in")
        with self.locks.hold(f"transfer:{id}", seconds=LOCK_SECONDS):
            transfer, deposit = self.catalogue.transfer(id), self.catalogue.deposit(id)
            if transfer is None or deposit is None:
                raise NotHere(f"there is no deposit {id}")
            yield transfer, deposit

    def _expect(self, transfer: Transfer, *statuses: TransferStatus) -> None:
        if transfer.status not in statuses:
            raise Conflict(f"{transfer.id} is {transfer.status.value}")
