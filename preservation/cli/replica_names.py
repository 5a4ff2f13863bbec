"""Replicas by what people call them."""

from preservation import bootstrap
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import NotHere, WrongUse


def find_replica(repository: bootstrap.Repository, name: str) -> ReplicaRecord:
    """The replica that is called this, or has this id. NotHere if there is none; WrongUse if it is retired."""
    for record in repository.catalogue.replicas():
        if name in (record.name, record.id):
            if record.state is ReplicaState.RETIRED:
                raise WrongUse(f"{name} is retired")
            return record
    raise NotHere(f"no replica is called {name}")
