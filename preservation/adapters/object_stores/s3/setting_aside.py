"""Keeping a damaged object as evidence, under `quarantine/`, and taking it from where it was."""

import itertools

from preservation.adapters.object_stores.s3.bucket import COPIED_AT_ONCE, Bucket
from preservation.adapters.object_stores.s3.lanes import Lanes
from preservation.adapters.object_stores.s3.placing import pieces
from preservation.adapters.object_stores.s3.uploads import Upload
from preservation.errors import Unavailable

QUARANTINE = "quarantine"


def set_aside(bucket: Bucket, lanes: Lanes, key: str, reason_id: str) -> str | None:
    """Copy to `quarantine/<reason>/<key>`, see that the copy is there, remove; the new key, None if there is nothing.

    Evidence is never overwritten: the second object that is set aside under one reason and key goes to `<reason>-2`.
    """
    found = bucket.head(key)
    if found is None:
        return None
    names = itertools.chain([reason_id], (f"{reason_id}-{number}" for number in itertools.count(2)))
    aside = next(place for place in (f"{QUARANTINE}/{name}/{key}" for name in names) if bucket.head(place) is None)
    if found.size > COPIED_AT_ONCE or not bucket.copy(key, aside):
        _copy_by_hand(bucket, lanes, key, aside)
    kept = bucket.head(aside)
    if kept is None or kept.size != found.size:
        raise Unavailable(f"{bucket.address}: {key} could not be kept as evidence")
    bucket.remove(key)
    return aside


def _copy_by_hand(bucket: Bucket, lanes: Lanes, key: str, aside: str) -> None:
    upload = Upload(bucket, lanes, aside, mark="evidence", guard=None, headers={})
    try:
        for piece in pieces(bucket, key):
            upload.write(piece)
        upload.finish()
    except BaseException:
        upload.abandon()
        raise
