"""What lies in `work/` and nobody is at: for a person to see whether it goes away."""

from collections.abc import Iterator

from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.intent import CLAIMS, TRANSACTIONS, claimed_by, is_alive, read_intent
from preservation.errors import ReplicaAway, Unavailable


def leftovers(bucket: Bucket) -> Iterator[str]:
    """One sentence for each transaction that was broken off, and for each that cannot be read, or whose claim cannot."""
    for page in bucket.list(f"{TRANSACTIONS}/"):
        for key, _ in page:
            tx, _, rest = key.removeprefix(f"{TRANSACTIONS}/").partition("/")
            if rest == "intent.json" and (told := _transaction(bucket, tx)):
                yield told
    for page in bucket.list(f"{CLAIMS}/"):
        for key, _ in page:
            if told := _claim(bucket, key):
                yield told


def _transaction(bucket: Bucket, tx: str) -> str:
    try:
        found = read_intent(bucket, tx)
        if found is None or is_alive(*found):
            return ""
    except ReplicaAway:
        raise
    except Unavailable as error:
        return str(error)
    return f"the transaction {tx} was broken off ({found[0].state.value}): the next command that writes settles it"


def _claim(bucket: Bucket, key: str) -> str:
    try:
        claimed_by(bucket, key)
    except ReplicaAway:
        raise
    except Unavailable as error:
        return str(error)
    return ""
