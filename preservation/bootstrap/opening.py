"""Opening a home to look, or to change it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from preservation.adapters.database import schema
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.home import Home
from preservation.adapters.signing import load_key_file
from preservation.bootstrap.joining import Repository, join
from preservation.bootstrap.locking import HOME, LEDGER, LEDGER_SECONDS, LOCK_SECONDS, repository_locks
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.errors import Conflict, NotHere, Unavailable
from preservation.ports import Locks, Progress
from preservation.services.copy_standing import count_combinations, gaps
from preservation.services.ledger import SequencerReport
from preservation.services.recovery import Recovered
from preservation.services.replica_explanation import is_unrecorded, renew_explanation
from preservation.settings import Settings


@contextmanager
def reading(settings: Settings) -> Iterator[Repository]:
    """Open a home to look only."""
    home = Home(settings.home)
    home.identity()
    home.check_whole()
    _check_schema(settings)
    with repository_locks(settings) as locks:
        catalogue = open_catalogue(settings.database_url)
        try:
            yield join(settings, home, catalogue, load_key_file(home.key_file), locks)
        finally:
            catalogue.close()


@contextmanager
def serving(settings: Settings) -> Iterator[Repository]:
    """Open a home for a process that runs for long and changes it beside others. `Repository.with_replicas` looks again."""
    home = Home(settings.home)
    home.identity()
    home.check_whole()
    with _beside_others(settings) as locks:
        for folder in (home.deposits, home.exports, home.staging):
            folder.mkdir(exist_ok=True)
        catalogue = open_catalogue(settings.database_url)
        try:
            yield join(settings, home, catalogue, load_key_file(home.key_file), locks)
        finally:
            catalogue.close()


@contextmanager
def _beside_others(settings: Settings) -> Iterator[Locks]:
    """The right to change things while others do too, on the present schema."""
    with repository_locks(settings) as locks:
        if not schema.is_current(settings.database_url):
            with locks.hold(HOME, seconds=LOCK_SECONDS):
                schema.bring_up_to_date(settings.database_url)
        with locks.hold(HOME, seconds=LOCK_SECONDS, shared=True):
            yield locks


@contextmanager
def writing(settings: Settings, progress: Progress) -> Iterator[Repository]:
    """Open a home to change it, after finishing or undoing what a crash left, and publishing the ledger at the end."""
    Home(settings.home).check_whole()
    with changing(settings, progress) as repository:
        yield repository


@contextmanager
def changing(settings: Settings, progress: Progress) -> Iterator[Repository]:
    """As `writing`, for a home that is still being rebuilt."""
    home = Home(settings.home)
    home.identity()
    with _beside_others(settings) as locks:
        catalogue = open_catalogue(settings.database_url)
        try:
            repository = join(settings, home, catalogue, load_key_file(home.key_file), locks)
            recovered = repository.recovery().recover()
            if note_policies(repository):
                repository.save_record(progress)
            _explain_anew(repository, progress)
            try:
                yield _with_recovered(repository, recovered)
            finally:
                publish(repository)
        finally:
            catalogue.close()


def publish(repository: Repository) -> SequencerReport:
    """Give every event its place and sign: after this, what was reported can be proven."""
    with repository.locks.hold(LEDGER, seconds=LEDGER_SECONDS):
        return repository.sequencer.run()


def note_policies(repository: Repository) -> bool:
    """Record each policy that is no longer the one in the repository's record; whether there was one."""
    recorded = {
        file.logical_path.partition("/policies/")[2].removesuffix(".toml"): f"sha512:{file.sha512.hex()}"
        for file in repository.catalogue.files(repository.identity.id)
        if "/policies/" in file.logical_path and file.logical_path.endswith(".toml")
    }
    present = repository.policies.versions
    changed = [name for name in sorted({*recorded, *present}) if recorded.get(name) != present.get(name)]
    if not recorded or not changed or not repository.replicas.stores:
        return False
    # Edited on disk, it is in force already: nobody was asked, so it is said how far from it the holdings are.
    below = {"below_policy": _below_policy(repository)} if "replication" in changed else {}
    events = [
        repository.recorder.event(
            EventType.POLICY_ASSIGNMENT,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=name, kind="policy", role="outcome", digest=present.get(name))],
            detail={"policy": name, "before": recorded.get(name), **(below if name == "replication" else {})},
        )
        for name in changed
    ]
    with repository.catalogue.begin() as tx:
        tx.append_events(events)
    return True


def _below_policy(repository: Repository) -> int:
    found = gaps(repository.catalogue, repository.policies, count_combinations(repository.catalogue))
    return sum(one.aips for one in found)


def _explain_anew(repository: Repository, progress: Progress) -> None:
    """Record the text that explains a replica, and give it to those that are here, where this release has another one."""
    text = repository.opener.readme.encode()
    stores = repository.replicas.stores
    if not stores or not is_unrecorded(repository.catalogue, repository.identity.id, text):
        return
    repository.save_record(progress)
    for store in stores.values():
        try:
            renew_explanation(repository.catalogue, repository.recorder, repository.identity.id, store, text)
        except Unavailable:
            # It may be read-only, or gone since: the next fixity run looks again.
            continue


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
