"""What of a listing is there for readers: what an open transaction has written in place is not.

A page is listed first, and the claims after it: whatever is in the page and not committed had its claim before.
"""

from collections.abc import Iterator

from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.intent import CLAIMS, Intent, State, claimed_by, read_intent
from preservation.adapters.object_stores.s3.placing import root_inventory


def shown(bucket: Bucket, prefix: str) -> Iterator[tuple[str, int]]:
    """(key, size) of every object below the prefix that is there for readers; `prefix` ends with a slash."""
    for page in bucket.list(prefix):
        hidden = tuple(_hidden(bucket, prefix)) if page else ()
        for key, size in page:
            if not (hidden and key.startswith(hidden)):
                yield key, size


def _hidden(bucket: Bucket, prefix: str) -> Iterator[str]:
    for start in _claims_about(prefix):
        for page in bucket.list(start):
            for key, _ in page:
                root = key.removeprefix(f"{CLAIMS}/")
                if not (f"{root}/".startswith(prefix) or prefix.startswith(f"{root}/")):
                    continue
                tx = claimed_by(bucket, key)
                found = read_intent(bucket, tx) if tx is not None else None
                if found is not None and not _is_committed(bucket, found[0]):
                    yield found[0].own_folder


def _claims_about(prefix: str) -> tuple[str, ...]:
    """Where claims lie that can be about keys below the prefix: of objects below it, and of the one that it lies in."""
    if not prefix.startswith(("ocfl/", "repository/")):
        return ()
    parts = prefix.rstrip("/").split("/")
    # A storage root, three folders of its layout, and the object: below that it is about one object.
    return (f"{CLAIMS}/{'/'.join(parts[:5])}",)


def _is_committed(bucket: Bucket, intent: Intent) -> bool:
    if intent.state is State.COMMITTED:
        return True
    if intent.state is not State.COMMITTING:
        return False
    now = root_inventory(bucket, intent.object_root)
    return now is not None and now.digest == intent.new
