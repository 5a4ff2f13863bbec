"""A new home, made from nothing. Cut off, `init` runs again and goes on where it was.

    marked      the root says that nothing in it counts yet; every other command refuses
    identified  policies, signing key, empty database; then, in one rename, which repository lives here
    furnished   collection, replicas, the repository's own record, the first checkpoint
    finished    the mark is gone

What is cut off before the identity is made anew, what is cut off after it is gone on with: the database was empty when the
identity was written, so all that it holds is ours, and so is what lies in the replicas' folders.
"""

from collections.abc import Callable

from preservation.adapters.clock import SystemMinter
from preservation.adapters.database import schema
from preservation.adapters.home import Home
from preservation.adapters.policy_files import default_policy_files, read_policies
from preservation.adapters.signing import generate_key_file
from preservation.bootstrap.joining import Repository
from preservation.bootstrap.locking import HOME, LOCK_SECONDS, repository_locks
from preservation.bootstrap.opening import changing, check_empty, publish
from preservation.bootstrap.replicas import add_replica
from preservation.domain.holdings import Collection
from preservation.errors import NotHere, WrongUse
from preservation.ports import Progress
from preservation.services.repository_record import RepositoryIdentity
from preservation.settings import Settings
from preservation.standards.signed_note import is_key_name

REPLICA_NAMES = ("a", "b")
UNASSIGNED = "unassigned"
UNASSIGNED_TITLE = "Unassigned / Chưa xếp phông"


def initialise(
    settings: Settings,
    origin: str | None,
    progress: Progress,
    *,
    people: Callable[[Repository], None] | None = None,
) -> RepositoryIdentity:
    """A new home: database, signing key, policies, two folder replicas. `people` makes the first account; then all is recorded.

    Conflict unless the place is absent, empty, or the beginning of a home that was cut off. WrongUse for a ledger's name that
    is none, or that is not the one which that beginning has.
    """
    new = SystemMinter().urn()
    name = origin or f"preservation.invalid/{new.removeprefix('urn:uuid:')}"
    if not is_key_name(name):
        raise WrongUse(f"{name!r} cannot be the name of a ledger: no spaces, no plus sign, not empty")
    home = Home(settings.home)
    home.make()
    with repository_locks(settings) as locks, locks.hold(HOME, seconds=LOCK_SECONDS):
        identity = _begun(home) or _identify(home, settings, new, name)
    if origin not in (None, identity.origin):
        raise WrongUse(f"an unfinished home is in {home.root}, whose ledger is called {identity.origin}")
    with changing(settings, progress) as repository:
        _furnish(repository, progress, people)
    home.finish_making()
    return identity


def _begun(home: Home) -> RepositoryIdentity | None:
    """What an earlier attempt has settled already."""
    try:
        values = home.identity()
    except NotHere:
        return None
    vkeys = values["vkeys"]
    keys = vkeys if isinstance(vkeys, list) else []
    return RepositoryIdentity(str(values["id"]), str(values["origin"]), tuple(str(key) for key in keys))


def _identify(home: Home, settings: Settings, repository: str, name: str) -> RepositoryIdentity:
    home.forget_unidentified()
    home.write_policies(default_policy_files())
    read_policies(home.policies)
    signer = generate_key_file(home.key_file, name)
    schema.make(settings.database_url)
    check_empty(settings)
    identity = RepositoryIdentity(id=repository, origin=name, vkeys=(signer.verifier.text,))
    home.save_identity({"id": identity.id, "origin": identity.origin, "vkeys": list(identity.vkeys)})
    return identity


def _furnish(repository: Repository, progress: Progress, people: Callable[[Repository], None] | None) -> None:
    """Each step is left out where it was done before."""
    catalogue = repository.catalogue
    if all(one.code != UNASSIGNED for one in catalogue.collections()):
        with catalogue.begin() as tx:
            tx.save_collection(Collection(id=repository.minter.urn(), code=UNASSIGNED, title=UNASSIGNED_TITLE))
    known = {record.name for record in catalogue.replicas()}
    for replica in REPLICA_NAMES:
        if replica not in known:
            add_replica(repository, repository.home.replicas / replica, replica)
    if people is not None:
        people(repository)
    fresh = repository.with_replicas()
    fresh.save_record(progress)
    publish(fresh)
