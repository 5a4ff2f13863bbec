"""Replicas made known to a repository."""

from pathlib import Path

from preservation.adapters.object_stores.opening import read_marker
from preservation.bootstrap.joining import Repository
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import WrongUse

MARKER = "replica.json"


def add_replica(repository: Repository, folder: Path, name: str) -> ReplicaRecord:
    """Make a new folder replica and make it known, with its event. It is empty until it is synced.

    One that was cut off before it was known is gone on with, by the same name. Conflict if the folder holds anything else.
    """
    if any(record.name == name for record in repository.catalogue.replicas()):
        raise WrongUse(f"a replica is called {name} already")
    begun = _begun(repository, folder) if (folder / MARKER).exists() else None
    if begun is not None and begun.name != name:
        raise WrongUse(f"{folder} is the beginning of a replica called {begun.name}: add it by that name")
    record = begun or _new(repository, folder, repository.minter.urn(), name)
    repository.opener.create(record)
    event = repository.recorder.event(
        EventType.ACCESSION,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=record.id, kind="replica", role="outcome")],
        detail={"act": "replica added", "role": record.role},
        private={"name": record.name, "url": record.url},
    )
    with repository.catalogue.begin() as tx:
        tx.save_replica(record)
        tx.append_events([event])
    return record


def known_replica(repository: Repository, folder: Path) -> ReplicaRecord | None:
    """The replica of this repository that a folder holds. WrongUse for another's.

    None for a folder that holds none, or one that was cut off while it was added.
    """
    if not (folder / MARKER).exists():
        return None
    marker = read_marker(str(folder))
    if marker["repository"] != repository.identity.id:
        raise WrongUse(f"{folder} is a replica of another repository, {marker['repository']}")
    for record in repository.catalogue.replicas():
        if record.id == marker["id"]:
            return record
    if _begun(repository, folder) is not None:
        return None
    raise WrongUse(f"{folder} says that it is the replica {marker['id']}, which this repository does not know")


def _begun(repository: Repository, folder: Path) -> ReplicaRecord | None:
    """The replica that a folder with a marker is the beginning of: ours, not known yet, and with nothing in it."""
    marker = read_marker(str(folder))
    if any(record.id == marker["id"] for record in repository.catalogue.replicas()):
        return None
    record = _new(repository, folder, marker["id"], marker["name"])
    return record if repository.opener.is_beginning(record) else None


def _new(repository: Repository, folder: Path, id: str, name: str) -> ReplicaRecord:
    return ReplicaRecord(
        id=id,
        name=name,
        url=folder.absolute().as_uri(),
        role="primary" if not repository.catalogue.replicas() else "secondary",
        state=ReplicaState.ACTIVE,
        added=repository.clock.now(),
    )
