"""Opening and creating replicas in buckets, by their URL."""

from collections.abc import Collection, Mapping

from preservation.adapters.object_stores.s3 import creation
from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import is_s3, parse_address
from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.credentials import S3Options, provider_for
from preservation.adapters.object_stores.s3.identity import MARKER, names_one_of
from preservation.adapters.object_stores.s3.probe import probe
from preservation.adapters.object_stores.s3.store import S3Store
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import NotHere, ReplicaAway, WrongUse

__all__ = [
    "S3Store",
    "canonical",
    "create",
    "is_beginning",
    "is_s3",
    "look_again",
    "marker_at",
    "open_store",
    "open_unmarked",
]


def canonical(url: str) -> str:
    """The one way of writing an address. WrongUse for what is none."""
    return parse_address(url).url


def open_store(url: str, replica_id: str, options: S3Options) -> S3Store:
    address = parse_address(url)
    return S3Store(address, replica_id, provider_for(address, options), options)


def open_unmarked(url: str, replica_id: str, others: Collection[str], options: S3Options) -> S3Store | None:
    """See ports.ReplicaOpener. None where the marker names another replica, or where there is no such bucket."""
    address = parse_address(url)
    try:
        if names_one_of(Bucket(_wire(url, options), Abilities()), others):
            return None
    except ReplicaAway:
        return None
    return S3Store(address, replica_id, provider_for(address, options), options, is_marked=False)


def create(url: str, replica_id: str, files: Mapping[str, bytes], marker: bytes, options: S3Options) -> S3Store:
    """Find out what the server does, then fill the prefix. Conflict if something else is there."""
    wire = _wire(url, options)
    # Before anything is tried out in what may be somebody else's.
    creation.check_free(Bucket(wire, Abilities()), files, marker)
    creation.fill(Bucket(wire, probe(wire)), files, marker)
    return open_store(url, replica_id, options)


def is_beginning(url: str, files: Mapping[str, bytes], marker: bytes, options: S3Options) -> bool:
    return creation.is_beginning(Bucket(_wire(url, options), Abilities()), files, marker)


def marker_at(url: str, options: S3Options) -> bytes | None:
    """The marker's bytes; None if there is none. WrongUse where there is no such bucket."""
    try:
        return Bucket(_wire(url, options), Abilities()).get(MARKER)[0]
    except NotHere:
        return None
    except ReplicaAway as error:
        raise WrongUse(str(error)) from error


def look_again(url: str, options: S3Options) -> None:
    """Find out anew what the server does, and let the replica keep it."""
    probe(_wire(url, options))


def _wire(url: str, options: S3Options) -> Wire:
    address = parse_address(url)
    return Wire(address, provider_for(address, options), options)
