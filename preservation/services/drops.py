"""Watched places emptied: what is whole there becomes a transfer, and its producer finds out what became of it.

Each step is durable before the next one begins, and a run that was cut off between any two is finished by the next:

    open        a transfer, open, that names the place                    cut off: nothing was claimed, it is withdrawn
    claim       the package leaves its producer's reach                   cut off: it is carried, from where it is
    carry       it lies in the deposits, whole                            cut off: it has landed, and is handed over
    clear       nothing of it is left in the place                        cut off: as before
    submit      accepted, with its job: ours to bring to an end           cut off: it is told about later
    report      written in the place, then noted                          cut off: the same report is written again
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import structlog

from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.drops import Drop, Dropped
from preservation.domain.findings import Finding
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.packages import PackageLimits
from preservation.errors import PreservationError, Unavailable
from preservation.ports import Catalogue, DepositSpace, DropPlace, Locks, Progress
from preservation.services.deposits import Deposits, WantedDeposit
from preservation.services.drop_judging import DropJudge, Judgement
from preservation.services.drop_reports import DropReports, told_fingerprint, waiting_key, waiting_report

log = structlog.get_logger()


@dataclass(slots=True)
class Collected:
    """What a run came to. `problems` say what could not be done, by the package's name, "" for the place itself."""

    drop: str
    is_busy: bool = False
    taken: list[str] = field(default_factory=list)
    waiting: int = 0
    reported: int = 0
    problems: dict[str, PreservationError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drops:
    """The service. Several processes may run at once: each place is emptied by one of them."""

    catalogue: Catalogue
    deposits: Deposits
    space: DepositSpace
    locks: Locks
    limits: PackageLimits

    def collect(self, drop: Drop, place: DropPlace, progress: Progress) -> Collected:
        """One run. What goes wrong with a package, or with the place, is among `problems`, and hinders nothing else."""
        collected = Collected(drop.name)
        with self.locks.try_hold(f"drop:{drop.name}") as is_ours:
            if is_ours:
                _Run(self, drop, place, progress, collected).run()
        return collected if is_ours else replace(collected, is_busy=True)


@dataclass(frozen=True, slots=True)
class _Run:
    service: Drops
    drop: Drop
    place: DropPlace
    progress: Progress
    collected: Collected

    def run(self) -> None:
        with self._minding(""):
            self._go_on_where_others_stopped()
            self._settle_claims()
            refusals = self.service.deposits.refusals(self.drop.agreement, None)
            judge = DropJudge(self.place, self.drop.settle, self.service.limits, self.progress)
            for dropped in self.place.look():
                self.progress.advance(0)
                with self._minding(dropped.name):
                    if refusals:
                        self._leave(dropped, "", refusals)
                    else:
                        self._look_at(dropped, judge)
        with self._minding(""):
            self.collected.reported = DropReports(self.service.catalogue, self.place).write_all(self.drop.name)

    def _go_on_where_others_stopped(self) -> None:
        for transfer, deposit in self.service.catalogue.dropped(self.drop.name, {TransferStatus.OPEN}):
            with self._minding(deposit.name or ""):
                self._go_on(transfer, deposit)

    def _go_on(self, transfer: Transfer, deposit: Deposit) -> None:
        landed = self.service.space.landed(transfer.id, deposit.name or "")
        if landed is None:
            claimed = self.place.claimed(transfer.id)
            if claimed is None:
                self._give_up(transfer)
                return
            if claimed != deposit.name:
                raise Unavailable(f"the claim {transfer.id} holds something else than was claimed")
            landed = self._carried(transfer, claimed)
        self._hand_over(transfer, deposit, landed)

    def _settle_claims(self) -> None:
        """Claims of transfers that are not open: of a database that is lost, or by somebody who was taken for dead."""
        for claim in self.place.claims():
            transfer, deposit = self.service.catalogue.transfer(claim), self.service.catalogue.deposit(claim)
            with self._minding(""):
                if transfer is None or deposit is None:
                    self.place.release(claim)
                elif transfer.status is not TransferStatus.OPEN:
                    (self.place.release if deposit.place is None else self.place.clear)(claim)

    def _look_at(self, dropped: Dropped, judge: DropJudge) -> None:
        key = waiting_key(dropped.name)
        told = told_fingerprint(self.place.report(key))
        judgement = judge.judge(dropped, told)
        if judgement is None:
            return
        if judgement.finding is not None:
            self._leave(dropped, judgement.fingerprint, [judgement.finding])
        elif not judgement.is_whole or not self._take(dropped, judgement):
            self.collected.waiting += 1
        elif told is not None:
            self.place.remove_report(key)

    def _leave(self, dropped: Dropped, fingerprint: str, why: Sequence[Finding]) -> None:
        """Not to be taken: its producer is told, once."""
        self.collected.waiting += 1
        key, report = waiting_key(dropped.name), waiting_report(dropped.name, fingerprint, why)
        if self.place.report(key) != report:
            self.place.write_report(key, report)

    def _take(self, dropped: Dropped, judgement: Judgement) -> bool:
        """Take it; False where it was changed meanwhile, or its agreement was."""
        wanted = WantedDeposit(
            source=DepositSource.DROP,
            agreement=self.drop.agreement,
            name=dropped.name,
            size=judgement.state.total_bytes,
            drop=self.drop.name,
        )
        opened = self.service.deposits.open(wanted, None)
        transfer, deposit = opened[0], opened[-1]
        if not isinstance(transfer, Transfer) or not isinstance(deposit, Deposit):
            return False
        if not self.place.claim(transfer.id, dropped, judgement.state, self.service.limits):
            self._give_up(transfer)
            return False
        self._hand_over(transfer, deposit, self._carried(transfer, dropped.name))
        return True

    def _carried(self, transfer: Transfer, name: str) -> str:
        space = self.service.space
        try:
            self.place.carry(transfer.id, space.landing(transfer.id), self.service.limits, self.progress)
        except PreservationError:
            # Half of a package must not keep the room that others, or its next attempt, need.
            space.landing(transfer.id)
            raise
        landed = space.landed(transfer.id, name)
        if landed is None:
            raise Unavailable(f"the package of {transfer.id} did not land")
        return landed

    def _hand_over(self, transfer: Transfer, deposit: Deposit, place: str) -> None:
        with self.service.catalogue.begin() as tx:
            tx.save_deposit(replace(deposit, place=place))
        self.place.clear(transfer.id)
        submitted = self.service.deposits.submit(transfer.id, None)
        log.info("drop_taken", drop=self.drop.name, transfer_id=transfer.id, job_id=submitted.job)
        self.collected.taken.append(transfer.id)

    def _give_up(self, transfer: Transfer) -> None:
        """A transfer of which nothing was claimed. Its package is still there, or its producer took it away: nobody is told."""
        self.service.deposits.withdraw(transfer.id, None)
        with self.service.catalogue.begin() as tx:
            tx.note_reported(transfer.id, TransferStatus.WITHDRAWN)
        self.service.space.remove(transfer.id)

    @contextmanager
    def _minding(self, name: str) -> Iterator[None]:
        try:
            yield
        except PreservationError as error:
            log.warning("drop_problem", drop=self.drop.name, error=type(error).__name__, reason=str(error))
            self.collected.problems[name] = error
