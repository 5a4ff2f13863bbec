"""What tests about deposits share: an archive's desk with everything real but the replicas, and people who come to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from preservation.adapters.clock import SystemMinter
from preservation.adapters.deposit_folder import DepositFolder
from preservation.adapters.locks import FileLocks
from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.events import Event, LinkedAgent
from preservation.domain.holdings import Collection, Transfer
from preservation.domain.jobs import Job
from preservation.domain.ledger import EventFilter
from preservation.domain.people import Account, AccountKind, AccountState, Actor
from preservation.domain.policies import Policies
from preservation.ports import Catalogue
from preservation.services.deposit_clearing import DepositClearing
from preservation.services.deposit_intake import DepositIntake
from preservation.services.deposits import Deposits, WantedDeposit
from preservation.services.ledger_recording import EventRecorder
from preservation.services.uploads import Uploads
from preservation.standards.ledger_entry import decode
from tests.contracts.catalogue_builders import NOON, urn
from tests.service_kit import SetClock, a_catalogue

FONDS = Collection(urn(900), "H49", "Sở Nội vụ")
OTHER = Collection(urn(901), "H50", "Sở Xây dựng")
AGREEMENT = SubmissionAgreement(id="so-noi-vu", title="Sở Nội vụ", collection="H49")


def an_actor(name: str = "so-noi-vu", number: int = 500) -> Actor:
    account = Account(
        id=urn(number),
        name=name,
        kind=AccountKind.MACHINE,
        display_name=name,
        state=AccountState.ACTIVE,
        created=NOON,
    )
    return Actor(account, ())


PRODUCER, ARCHIVIST = an_actor(), an_actor("an-archivist", 501)


@dataclass(slots=True)
class Desk:
    """Where deposits are made. Policies may be put anew: services are made when they are asked for."""

    catalogue: Catalogue
    root: Path
    clock: SetClock = field(default_factory=SetClock)
    minter: SystemMinter = field(default_factory=SystemMinter)
    policies: Policies = field(default_factory=Policies)

    @property
    def recorder(self) -> EventRecorder:
        return EventRecorder(self.minter, self.clock, LinkedAgent("preservation/0"))

    @property
    def locks(self) -> FileLocks:
        return FileLocks(self.root / "lock")

    @property
    def space(self) -> DepositFolder:
        return DepositFolder(self.root / "deposits")

    @property
    def deposits(self) -> Deposits:
        return Deposits(self.catalogue, self.recorder, self.minter, self.clock, self.policies, self.locks)

    @property
    def uploads(self) -> Uploads:
        return Uploads(self.catalogue, self.space, self.minter, self.clock, self.policies, self.locks)

    @property
    def intake(self) -> DepositIntake:
        return DepositIntake(self.catalogue, self.recorder, self.policies, self.locks)

    @property
    def clearing(self) -> DepositClearing:
        return DepositClearing(self.catalogue, self.deposits, self.uploads, self.space)

    def agree(self, **terms: Any) -> SubmissionAgreement:
        """Put an agreement in force, different from AGREEMENT in what is named."""
        agreement = replace(AGREEMENT, **terms)
        agreements = {**self.policies.agreements, agreement.id: agreement}
        versions: Mapping[str, str] = {**self.policies.versions, f"agreements/{agreement.id}": "sha512:" + "ab" * 64}
        self.policies = replace(self.policies, agreements=agreements, versions=versions)
        return agreement

    def opened(self, actor: Actor | None = PRODUCER, **wanted: Any) -> tuple[Transfer, Deposit]:
        """An open deposit, of an upload unless said otherwise."""
        values = {"source": DepositSource.UPLOAD, **wanted}
        if "agreement" not in values:
            values.setdefault("collection", FONDS)
        found = self.deposits.open(WantedDeposit(**values), actor)
        transfer, deposit = found[0], found[-1]
        assert isinstance(transfer, Transfer), found
        assert isinstance(deposit, Deposit)
        return transfer, deposit

    def submitted(self, package: Path, actor: Actor | None = PRODUCER, **wanted: Any) -> str:
        transfer, _ = self.opened(actor, source=DepositSource.PATH, place=str(package), name=package.name, **wanted)
        assert self.deposits.submit(transfer.id, actor).job is not None
        return transfer.id

    def transfer(self, id: str) -> Transfer:
        found = self.catalogue.transfer(id)
        assert found is not None
        return found

    def deposit(self, id: str) -> Deposit:
        found = self.catalogue.deposit(id)
        assert found is not None
        return found

    def jobs(self, subject: str | None = None) -> list[Job]:
        return list(self.catalogue.job_table().jobs(subject=subject, limit=10_000))

    def events(self, subject: str) -> list[Event]:
        """Events about a transfer, in order."""
        rows = [one for _, one in self.catalogue.events(EventFilter(), limit=100_000)]
        decoded = [decode(one.entry, one.private or b"", one.salt) for one in rows]
        return [one for one in decoded if any(linked.id == subject for linked in one.objects)]


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    (folder / "deposits").mkdir()
    with a_catalogue(folder) as catalogue:
        with catalogue.begin() as tx:
            tx.save_collection(FONDS)
            tx.save_collection(OTHER)
        yield Desk(catalogue, folder)
