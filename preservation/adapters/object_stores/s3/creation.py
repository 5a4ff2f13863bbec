"""Making a new replica in a bucket."""

from collections.abc import Iterator, Mapping

from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.identity import MARKER
from preservation.errors import Conflict, NotHere


def check_free(bucket: Bucket, files: Mapping[str, bytes], marker: bytes) -> None:
    """Conflict if something is there already that is not the beginning of this very replica."""
    stranger = next(_strangers(bucket, files, marker), None)
    if stranger is not None:
        raise Conflict(f"{bucket.address} is not empty: it holds {stranger}")


def fill(bucket: Bucket, files: Mapping[str, bytes], marker: bytes) -> None:
    """Put the first files below an empty prefix, then, last, the marker that makes it a replica. Conflict if it is not empty."""
    check_free(bucket, files, marker)
    for key, data in [*files.items(), (MARKER, marker)]:
        if bucket.put(key, data, condition=NEW) is None and bucket.get(key)[0] != data:
            raise Conflict(f"{bucket.address} is not empty: it holds another {key}")


def is_beginning(bucket: Bucket, files: Mapping[str, bytes], marker: bytes) -> bool:
    """Whether the prefix holds nothing but what `fill` put or was putting there, with this marker or none."""
    return next(_strangers(bucket, files, marker), None) is None


def _strangers(bucket: Bucket, files: Mapping[str, bytes], marker: bytes) -> Iterator[str]:
    for page in bucket.list(""):
        for key, _ in page:
            if key == MARKER:
                if not _holds(bucket, marker):
                    yield key
            elif key not in files and not key.startswith(("work/server.json", "work/probe-")):
                yield key


def _holds(bucket: Bucket, marker: bytes) -> bool:
    try:
        return bucket.get(MARKER)[0] == marker
    except NotHere:
        return False
