"""Whether a bucket holds the replica that we know: one that somebody emptied looks like a new one."""

import json
from collections.abc import Collection

from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.errors import NotHere, ReplicaAway

MARKER = "replica.json"
FORMAT = "preservation replica 1"
# Whoever opens a home looks at every replica: one that does not answer must not keep them for long.
_ATTEMPTS = 3


class Identity:
    """The marker of one replica; None stands for any, where the marker is to be given back. Safe to call from several threads."""

    def __init__(self, bucket: Bucket, replica_id: str | None) -> None:
        self._bucket, self._id = bucket, replica_id

    def check(self) -> None:
        """Read the marker. ReplicaAway unless it is there and names this replica."""
        if self._id is None:
            return
        try:
            found = read_id(self._bucket)
        except NotHere as error:
            raise ReplicaAway(
                f"{self._bucket.address} does not hold a replica's {MARKER} (emptied, or another bucket?): {error}"
            ) from error
        if found != self._id:
            raise ReplicaAway(f"{self._bucket.address} holds another replica, {found}")


def read_id(bucket: Bucket) -> str:
    """The id that the marker names. NotHere without marker, ReplicaAway for one that cannot be read."""
    data, _ = bucket.get(MARKER, _ATTEMPTS)
    try:
        return str(json.loads(data)["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise ReplicaAway(f"{bucket.address} holds a {MARKER} that cannot be read") from error


def names_one_of(bucket: Bucket, replica_ids: Collection[str]) -> bool:
    """Whether the marker can be read and says that this is one of these replicas."""
    try:
        return read_id(bucket) in replica_ids
    except (NotHere, ReplicaAway):
        return False
