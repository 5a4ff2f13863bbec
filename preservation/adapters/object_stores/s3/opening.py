"""Opening and creating replicas in buckets, by their URL."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from preservation.adapters.object_stores.s3 import creation
from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import parse_address
from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.credentials import provider_for
from preservation.adapters.object_stores.s3.identity import MARKER, names_one_of
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.adapters.object_stores.s3.probe import probe
from preservation.adapters.object_stores.s3.store import S3Store
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import NotHere, ReplicaAway, WrongUse


@dataclass(frozen=True, slots=True)
class S3Replicas:
    """Replicas in buckets, as one installation reaches them. WrongUse, everywhere, for a URL that is no bucket's."""

    options: S3Options

    def open(self, url: str, replica_id: str) -> S3Store:
        address = parse_address(url)
        return S3Store(address, replica_id, provider_for(address, self.options), self.options)

    def open_unmarked(self, url: str, replica_id: str, others: Collection[str]) -> S3Store | None:
        """See ports.ReplicaOpener. None where the marker names another replica, or where there is no such bucket."""
        address = parse_address(url)
        try:
            if names_one_of(Bucket(self._wire(url), Abilities()), others):
                return None
        except ReplicaAway:
            return None
        return S3Store(address, replica_id, provider_for(address, self.options), self.options, is_marked=False)

    def create(self, url: str, replica_id: str, files: Mapping[str, bytes], marker: bytes) -> S3Store:
        """Find out what the server does, then fill the prefix. Conflict if something else is there."""
        wire = self._wire(url)
        # Before anything is tried out in what may be somebody else's.
        creation.check_free(Bucket(wire, Abilities()), files, marker)
        creation.fill(Bucket(wire, probe(wire)), files, marker)
        return self.open(url, replica_id)

    def is_beginning(self, url: str, files: Mapping[str, bytes], marker: bytes) -> bool:
        return creation.is_beginning(Bucket(self._wire(url), Abilities()), files, marker)

    def marker_at(self, url: str) -> bytes | None:
        """The marker's bytes; None if there is none. WrongUse where there is no such bucket."""
        try:
            return Bucket(self._wire(url), Abilities()).get(MARKER)[0]
        except NotHere:
            return None
        except ReplicaAway as error:
            raise WrongUse(str(error)) from error

    def look_again(self, url: str) -> None:
        """Find out anew what the server does, and let the replica keep it."""
        probe(self._wire(url))

    def _wire(self, url: str) -> Wire:
        address = parse_address(url)
        return Wire(address, provider_for(address, self.options), self.options)
