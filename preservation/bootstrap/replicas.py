"""Replicas made known to a repository."""

from pathlib import Path

from preservation.adapters.object_stores.opening import read_marker
from preservation.bootstrap.joining import Repository
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import WrongUse


def add_replica(repository: Repository, folder: Path, name: str) -> ReplicaRecord:
    """Make a new folder replica and make it known, with its event. It is empty until it is synced."""
    if any(record.name == name for record in repository.catalogue.replicas()):
        raise WrongUse(f"a replica is called {name} already")
    record = ReplicaRecord(
        id=repository.minter.urn(),
        name=name,
        url=folder.absolute().as_uri(),
        role="primary" if not repository.catalogue.replicas() else "secondary",
        state=ReplicaState.ACTIVE,
        added=repository.clock.now(),
    )
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
    """The replica of this repository that a folder holds, None for a folder that holds none. WrongUse for another's."""
    if not (folder / "replica.json").exists():
        return None
    marker = read_marker(str(folder))
    if marker["repository"] != repository.identity.id:
        raise WrongUse(f"{folder} is a replica of another repository, {marker['repository']}")
    for record in repository.catalogue.replicas():
        if record.id == marker["id"]:
            return record
    raise WrongUse(f"{folder} says that it is the replica {marker['id']}, which this repository does not know")
