"""Removing what nothing refers to. S3 cannot delete on a condition: so what is listed is looked at as a whole first.

An inventory among it says that it is somebody's: then nothing is removed, whatever the server has said before.
"""

from collections.abc import Collection
from functools import partial

from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.intent import INVENTORY, Intent
from preservation.adapters.object_stores.s3.lanes import Group, Lanes
from preservation.adapters.object_stores.s3.listings import after_uploads, parse_uploads


def clear_own(bucket: Bucket, lanes: Lanes, intent: Intent, but: Collection[str] = ()) -> bool:
    """Remove what is below a transaction's own folder but these paths; False, and nothing is removed, if it is somebody's.

    The caller owns the transaction, has the claim, and the version is not the head.
    """
    root = intent.object_root
    keys = [key for page in bucket.list(intent.own_folder) for key, _ in page]
    if f"{root}/{INVENTORY}" in keys or f"{root}/v{intent.version}/{INVENTORY}" in keys:
        return False
    _remove(bucket, lanes, [key for key in keys if key.removeprefix(f"{root}/") not in but])
    return True


def clear_all(bucket: Bucket, lanes: Lanes, prefix: str) -> None:
    """Remove everything below a prefix of `work/`."""
    for page in bucket.list(prefix):
        _remove(bucket, lanes, [key for key, _ in page])


def abandon_uploads(bucket: Bucket, prefix: str) -> None:
    """Parts of an upload that was never completed are paid for, and nothing lists them as objects."""
    whole = bucket.whole(prefix)
    after: dict[str, str] = {}
    while True:
        reply = bucket.wire.call("GET", None, query={"uploads": "", "prefix": whole, **after})
        if not reply.is_fine:
            return
        for key, upload in parse_uploads(reply.body):
            if key.startswith(whole):
                bucket.wire.call("DELETE", key, query={"uploadId": upload})
        before, after = after, after_uploads(reply.body)
        if not after or after == before:
            return


def _remove(bucket: Bucket, lanes: Lanes, keys: list[str]) -> None:
    group = Group(lanes)
    for key in keys:
        group.submit(0, partial(bucket.remove, key))
    group.wait()
