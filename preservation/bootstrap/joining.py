"""A home, opened: its parts, and the services that are made from them.

This module is long because every service is made in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

from preservation.adapters.clock import SystemClock, SystemMinter
from preservation.adapters.deposit_folder import DepositFolder
from preservation.adapters.format_registry.pronom import PronomRegistry
from preservation.adapters.home import Home
from preservation.adapters.object_stores.opening import ReplicaStores
from preservation.adapters.pacing import PacedProgress
from preservation.adapters.policy_files import read_policies
from preservation.adapters.signing import Ed25519Signer, load_key_file, verify_ed25519
from preservation.bootstrap.buckets import s3_options
from preservation.bootstrap.locking import LOCK_SECONDS, RECORD
from preservation.domain.events import LinkedAgent
from preservation.domain.holdings import ReplicaRecord
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, FormatIdentifier, Locks, Progress
from preservation.ports.examination import Examiner, VirusScanner
from preservation.services.access import Access
from preservation.services.access_checks import AccessChecks
from preservation.services.collection_changes import CollectionChanges
from preservation.services.deposit_clearing import DepositClearing
from preservation.services.deposit_intake import DepositIntake
from preservation.services.deposits import Deposits
from preservation.services.file_delivery import FileDelivery
from preservation.services.fixity import Fixity
from preservation.services.ingest import Ingest
from preservation.services.ingest_events import IngestEvents
from preservation.services.ingest_looking import IngestLooking
from preservation.services.ledger import EventRecorder, LedgerTrust, Sequencer
from preservation.services.locations import Locations
from preservation.services.recovery import Recovered, Recovery
from preservation.services.replica_set import ReplicaSet, open_replicas
from preservation.services.replica_upkeep import ReplicaUpkeep
from preservation.services.replication import Replication
from preservation.services.repository_record import RepositoryIdentity, RepositoryRecord
from preservation.services.transfer_desk import TransferDesk
from preservation.services.uploads import Uploads
from preservation.settings import Settings
from preservation.standards.aip_documents import Agent
from preservation.standards.replica_readme import replica_readme
from preservation.standards.signed_note import parse_vkey

SOFTWARE = Agent(id=f"preservation/{version('preservation')}", name="preservation", version=version("preservation"))


@dataclass(frozen=True, slots=True)
class Repository:
    """A home, opened. Services are made by the methods, from parts that they share."""

    settings: Settings
    home: Home
    identity: RepositoryIdentity
    policies: Policies
    catalogue: Catalogue
    opener: ReplicaStores
    replicas: ReplicaSet
    recorder: EventRecorder
    minter: SystemMinter
    clock: SystemClock
    sequencer: Sequencer
    locks: Locks
    registry: PronomRegistry
    recovered: Sequence[Recovered] = ()

    @property
    def locations(self) -> Locations:
        return Locations(self.identity.id)

    @property
    def trust(self) -> LedgerTrust:
        return self.sequencer.trust

    def ingest(
        self, identifier: FormatIdentifier | None, examiner: Examiner | None = None, scanner: VirusScanner | None = None
    ) -> Ingest:
        """`examiner` and `scanner` look into what comes in, where the policy wants that (`bootstrap.examining.looks`)."""
        events = IngestEvents(self.recorder, self.policies)
        return Ingest(
            catalogue=self.catalogue,
            replicas=self.replicas,
            locations=self.locations,
            identifier=identifier,
            recorder=self.recorder,
            events=events,
            minter=self.minter,
            clock=self.clock,
            policies=self.policies,
            software=SOFTWARE,
            desk=TransferDesk(
                catalogue=self.catalogue,
                recovery=self.recovery(),
                events=events,
                minter=self.minter,
                clock=self.clock,
                locks=self.locks,
            ),
            looking=IngestLooking(self.recorder, self.clock, self.policies, examiner, scanner),
        )

    def deposits(self) -> Deposits:
        return Deposits(
            catalogue=self.catalogue,
            recorder=self.recorder,
            minter=self.minter,
            clock=self.clock,
            policies=self.policies,
            locks=self.locks,
        )

    def uploads(self) -> Uploads:
        return Uploads(
            catalogue=self.catalogue,
            space=DepositFolder(self.home.deposits),
            minter=self.minter,
            clock=self.clock,
            policies=self.policies,
            locks=self.locks,
        )

    def deposit_clearing(self) -> DepositClearing:
        return DepositClearing(
            catalogue=self.catalogue,
            deposits=self.deposits(),
            uploads=self.uploads(),
            space=DepositFolder(self.home.deposits),
        )

    def deposit_intake(self) -> DepositIntake:
        return DepositIntake(catalogue=self.catalogue, recorder=self.recorder, policies=self.policies, locks=self.locks)

    def replication(self) -> Replication:
        return Replication(
            catalogue=self.catalogue,
            locations=self.locations,
            recorder=self.recorder,
            minter=self.minter,
            clock=self.clock,
            policies=self.policies,
            locks=self.locks,
        )

    def fixity(self) -> Fixity:
        return Fixity(
            catalogue=self.catalogue,
            replicas=self.replicas,
            locations=self.locations,
            replication=self.replication(),
            recorder=self.recorder,
            minter=self.minter,
            clock=self.clock,
            policies=self.policies,
            locks=self.locks,
        )

    def access(self) -> Access:
        return Access(
            catalogue=self.catalogue,
            replicas=self.replicas,
            locations=self.locations,
            recorder=self.recorder,
            clock=self.clock,
            software=SOFTWARE,
            checks=AccessChecks(
                catalogue=self.catalogue,
                replicas=self.replicas,
                locations=self.locations,
                recorder=self.recorder,
                minter=self.minter,
                clock=self.clock,
                policies=self.policies,
            ),
        )

    def file_delivery(self) -> FileDelivery:
        return FileDelivery(
            catalogue=self.catalogue,
            replicas=self.replicas,
            locations=self.locations,
            recorder=self.recorder,
            minter=self.minter,
            clock=self.clock,
        )

    def collection_changes(self) -> CollectionChanges:
        return CollectionChanges(
            repository=self.identity.id,
            catalogue=self.catalogue,
            recorder=self.recorder,
            minter=self.minter,
            clock=self.clock,
        )

    def upkeep(self) -> ReplicaUpkeep:
        return ReplicaUpkeep(
            catalogue=self.catalogue,
            locations=self.locations,
            opener=self.opener,
            recorder=self.recorder,
            minter=self.minter,
            trust=self.trust,
            locks=self.locks,
        )

    def recovery(self) -> Recovery:
        return Recovery(
            catalogue=self.catalogue,
            locations=self.locations,
            replicas=self.replicas,
            recorder=self.recorder,
            clock=self.clock,
            policies=self.policies,
            locks=self.locks,
        )

    def record(self) -> RepositoryRecord:
        return RepositoryRecord(
            identity=self.identity,
            catalogue=self.catalogue,
            replicas=self.replicas,
            locations=self.locations,
            recorder=self.recorder,
            minter=self.minter,
            clock=self.clock,
            policies=self.policies,
            software=SOFTWARE,
            explanation=self.opener.readme.encode(),
            locks=self.locks,
            recovery=self.recovery(),
        )

    def with_policies(self) -> "Repository":
        """The same, with the policies as they are in the home now."""
        policies = read_policies(self.home.policies)
        return replace(self, policies=policies, registry=self.registry.using(policies.formats.signatures))

    def with_replicas(self) -> "Repository":
        """The same, after looking at the replicas again."""
        key = load_key_file(self.home.key_file)
        return join(self.settings, self.home, self.catalogue, key, self.locks, registry=self.registry)

    def paced(self, record: ReplicaRecord, progress: Progress) -> Progress:
        """Progress that holds the filling of a replica to the rate that the policy states for its place."""
        rate = self.policies.replication.place(record.name).rate_mib
        return progress if rate is None else PacedProgress(progress, rate << 20)

    def save_record(self, progress: Progress) -> bool:
        """Put collections, replicas, people and policies into the repository's own AIP; whether anything had changed."""
        with self.locks.hold(RECORD, seconds=LOCK_SECONDS):
            return self.record().save(self.home.policy_files(), progress)


def join(
    settings: Settings,
    home: Home,
    catalogue: Catalogue,
    signer: Ed25519Signer,
    locks: Locks,
    *,
    registry: PronomRegistry | None = None,
) -> Repository:
    """Put the parts of one home together, `registry` if there is one. Touches replicas only to see whether they are there."""
    values = home.identity()
    vkeys = values.get("vkeys")
    identity = RepositoryIdentity(
        id=str(values["id"]),
        origin=str(values["origin"]),
        vkeys=tuple(str(vkey) for vkey in vkeys) if isinstance(vkeys, list) else (),
    )
    clock, minter = SystemClock(), SystemMinter()
    opener = ReplicaStores(identity.id, replica_readme(), s3_options(settings), float(settings.folder_timeout_seconds))
    replicas = open_replicas(catalogue, opener)
    policies = read_policies(home.policies)
    return Repository(
        settings=settings,
        home=home,
        identity=identity,
        policies=policies,
        catalogue=catalogue,
        opener=opener,
        replicas=replicas,
        recorder=EventRecorder(minter, clock, LinkedAgent(SOFTWARE.id)),
        minter=minter,
        clock=clock,
        sequencer=Sequencer(
            catalogue,
            list(replicas.stores.values()),
            signer,
            identity.origin,
            check=verify_ed25519,
            earlier_keys=[parse_vkey(vkey) for vkey in identity.vkeys if vkey != signer.verifier.text],
        ),
        locks=locks,
        registry=(registry or PronomRegistry({})).using(policies.formats.signatures),
    )
