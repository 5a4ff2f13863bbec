"""Opening a home to look, or to change it; making a new one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from preservation.adapters.clock import SystemMinter
from preservation.adapters.database import schema
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.home import Home
from preservation.adapters.policy_files import default_policy_files, read_policies
from preservation.adapters.signing import generate_key_file, load_key_file
from preservation.bootstrap.joining import Repository, join
from preservation.bootstrap.replicas import add_replica
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import Collection
from preservation.errors import Conflict, NotHere, WrongUse
from preservation.ports import Progress
from preservation.services.ledger import SequencerReport
from preservation.services.recovery import Recovered
from preservation.services.repository_record import RepositoryIdentity
from preservation.settings import Settings
from preservation.standards.signed_note import is_key_name

LOCK_SECONDS = 30.0
REPLICA_NAMES = ("a", "b")
UNASSIGNED = "unassigned"


@contextmanager
def reading(settings: Settings) -> Iterator[Repository]:
    """Open a home to look only."""
    home = Home(settings.home)
    home.identity()
    home.check_whole()
    _check_schema(settings)
    catalogue = open_catalogue(settings.database_url)
    try:
        yield join(settings, home, catalogue, load_key_file(home.key_file))
    finally:
        catalogue.close()


@contextmanager
def writing(settings: Settings, progress: Progress) -> Iterator[Repository]:
    """Open a home to change it: alone, after finishing or undoing what a crash left, and publishing the ledger at the end."""
    Home(settings.home).check_whole()
    with changing(settings, progress) as repository:
        yield repository


@contextmanager
def changing(settings: Settings, progress: Progress) -> Iterator[Repository]:
    """As `writing`, for a home that is still being rebuilt."""
    home = Home(settings.home)
    home.identity()
    with home.lock(LOCK_SECONDS):
        schema.bring_up_to_date(settings.database_url)
        catalogue = open_catalogue(settings.database_url)
        try:
            repository = join(settings, home, catalogue, load_key_file(home.key_file))
            recovered = repository.recovery().recover()
            if note_policies(repository):
                repository.save_record(progress)
            try:
                yield _with_recovered(repository, recovered)
            finally:
                repository.sequencer.run()
        finally:
            catalogue.close()


def publish(repository: Repository) -> SequencerReport:
    """Give every event its place and sign: after this, what was reported can be proven."""
    return repository.sequencer.run()


def initialise(settings: Settings, origin: str | None, progress: Progress) -> RepositoryIdentity:
    """A new home: database, signing key, policies, two folder replicas. Conflict if the place is not empty."""
    minter = SystemMinter()
    repository = minter.urn()
    name = origin or f"preservation.invalid/{repository.removeprefix('urn:uuid:')}"
    if not is_key_name(name):
        raise WrongUse(f"{name!r} cannot be the name of a ledger: no spaces, no plus sign, not empty")
    home = Home(settings.home)
    home.make()
    home.write_policies(default_policy_files())
    read_policies(home.policies)
    signer = generate_key_file(home.key_file, name)
    schema.make(settings.database_url)
    check_empty(settings)
    identity = RepositoryIdentity(id=repository, origin=name, vkeys=(signer.verifier.text,))
    home.save_identity({"id": identity.id, "origin": identity.origin, "vkeys": list(identity.vkeys)})
    with writing(settings, progress) as opened:
        collection = Collection(id=minter.urn(), code=UNASSIGNED, title="Unassigned / Chưa xếp phông")
        with opened.catalogue.begin() as tx:
            tx.save_collection(collection)
        for replica in REPLICA_NAMES:
            add_replica(opened, home.replicas / replica, replica)
        fresh = opened.with_replicas()
        fresh.save_record(progress)
        fresh.sequencer.run()
    return identity


def note_policies(repository: Repository) -> bool:
    """Record each policy that is no longer the one in the repository's record; whether there was one."""
    recorded = {
        file.logical_path.rpartition("/")[2].removesuffix(".toml"): f"sha512:{file.sha512.hex()}"
        for file in repository.catalogue.files(repository.identity.id)
        if "/policies/" in file.logical_path
    }
    present = repository.policies.versions
    changed = [name for name in sorted({*recorded, *present}) if recorded.get(name) != present.get(name)]
    if not recorded or not changed or not repository.replicas.stores:
        return False
    events = [
        repository.recorder.event(
            EventType.POLICY_ASSIGNMENT,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=name, kind="policy", role="outcome", digest=present.get(name))],
            detail={"policy": name, "before": recorded.get(name)},
        )
        for name in changed
    ]
    with repository.catalogue.begin() as tx:
        tx.append_events(events)
    return True


def check_empty(settings: Settings) -> None:
    """Conflict if the database holds anything: two repositories never share one."""
    catalogue = open_catalogue(settings.database_url)
    try:
        if catalogue.collections() or catalogue.replicas() or catalogue.ledger_size():
            raise Conflict("the database already holds a repository")
    finally:
        catalogue.close()


def _with_recovered(repository: Repository, recovered: Sequence[Recovered]) -> Repository:
    values = {name: getattr(repository, name) for name in Repository.__slots__}
    return Repository(**{**values, "recovered": recovered})


def _check_schema(settings: Settings) -> None:
    if not schema.is_current(settings.database_url):
        raise NotHere("the database is of another release: any command that writes brings it up to date")
