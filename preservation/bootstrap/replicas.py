"""Replicas made known to a repository."""

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from preservation.adapters.object_stores.opening import (
    leftovers,
    marker_at,
    place_of,
    read_marker,
    shortcomings,
    shown_place,
)
from preservation.adapters.object_stores.s3.address import parse_address
from preservation.bootstrap.joining import Repository
from preservation.domain.events import EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import Unavailable, WrongUse
from preservation.ports import CatalogueTransaction
from preservation.settings import Settings


def add_replica(
    repository: Repository,
    place: Path | str,
    name: str,
    *,
    by: str | None = None,
    along: Callable[[CatalogueTransaction, ReplicaRecord], None] | None = None,
) -> ReplicaRecord:
    """Make a new replica and make it known, with its event. It is empty until it is synced.

    `place` is a folder, or the address of a bucket (`s3://BUCKET/PREFIX?endpoint=...`). One that was cut off before it was known
    is gone on with, by the same name. `by` is the account that asked; `along` is called in the transaction that makes it known.
    Conflict if the place holds anything else.
    """
    url = place_of(str(place))
    if any(record.name == name for record in repository.catalogue.replicas()):
        raise WrongUse(f"a replica is called {name} already")
    begun = _begun(repository, url) if marker_at(url, repository.opener.s3) is not None else None
    if begun is not None and begun.name != name:
        raise WrongUse(f"{shown_place(url)} is the beginning of a replica called {begun.name}: add it by that name")
    record = begun or _new(repository, url, repository.minter.urn(), name)
    repository.opener.create(record)
    event = repository.recorder.event(
        EventType.ACCESSION,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=record.id, kind="replica", role="outcome")],
        detail={"act": "replica added", "role": record.role},
        private={"name": record.name, "url": record.url},
        agents=[LinkedAgent(by, "implementer")] if by is not None else (),
    )
    with repository.catalogue.begin() as tx:
        tx.save_replica(record)
        tx.append_events([event])
        if along is not None:
            along(tx, record)
    return record


def place_name(place: str) -> str:
    """What a replica is called that nobody gave a name: the last part of its place."""
    parts = urlsplit(place_of(place))
    return unquote(parts.path).rstrip("/").rpartition("/")[2] or parts.netloc


def allowed_bucket(settings: Settings, url: str) -> str:
    """The address of a bucket on a server that the settings allow: a request makes us speak to no other. WrongUse."""
    address = parse_address(url)
    if address.endpoint not in settings.s3_endpoints:
        raise WrongUse("the server is not among `s3_endpoints` of the settings; `preservation replica add` takes any")
    return address.url


def lacking(repository: Repository, record: ReplicaRecord) -> Sequence[str]:
    """What the server of a replica cannot do, one word each; nothing for a folder, or where it cannot be asked."""
    store = repository.replicas.stores.get(record.id)
    try:
        return shortcomings(store) if store is not None else ()
    except Unavailable:
        return ()


def unsettled(repository: Repository, record: ReplicaRecord) -> Sequence[str]:
    """What was broken off on a replica and waits to be settled, or why that cannot be found out, one sentence each."""
    store = repository.replicas.stores.get(record.id)
    try:
        return leftovers(store) if store is not None else ()
    except Unavailable as error:
        return (str(error),)


def known_replica(repository: Repository, place: Path | str) -> ReplicaRecord | None:
    """The replica of this repository that a place holds, as it is known, wherever it was. WrongUse for another's.

    None for a folder that holds none, or one that was cut off while it was added.
    """
    url = place_of(str(place))
    marker = marker_at(url, repository.opener.s3)
    if marker is None:
        return None
    if marker["repository"] != repository.identity.id:
        raise WrongUse(f"{shown_place(url)} is a replica of another repository, {marker['repository']}")
    for record in repository.catalogue.replicas():
        if record.id == marker["id"]:
            return record
    if _begun(repository, url) is not None:
        return None
    raise WrongUse(
        f"{shown_place(url)} says that it is the replica {marker['id']}, which this repository does not know"
    )


def _begun(repository: Repository, url: str) -> ReplicaRecord | None:
    """The replica that a place with a marker is the beginning of: ours, not known yet, and with nothing in it."""
    marker = read_marker(url, repository.opener.s3)
    if any(record.id == marker["id"] for record in repository.catalogue.replicas()):
        return None
    record = _new(repository, url, marker["id"], marker["name"])
    return record if repository.opener.is_beginning(record) else None


def _new(repository: Repository, url: str, id: str, name: str) -> ReplicaRecord:
    return ReplicaRecord(
        id=id,
        name=name,
        url=url,
        role="primary" if not repository.catalogue.replicas() else "secondary",
        state=ReplicaState.ACTIVE,
        added=repository.clock.now(),
    )
