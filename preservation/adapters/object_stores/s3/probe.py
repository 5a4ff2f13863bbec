"""What a server really does, tried out below the replica's own prefix, in `work/probe-<token>/`; nothing is left there.

Refused is only what nothing can be built on: a server that does not give back what was written, or does not list it. All else is
found out and written down (`Abilities`): a server without conditional writes is used with the database's locks alone.
"""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from preservation.adapters.object_stores.s3.abilities import Abilities, parse_abilities
from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.listings import parse_text
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import NotHere, Unavailable, WrongUse

KEPT = "work/server.json"
_WRITERS = 4
_WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
# As a server that knows conditions is asked: nothing is emulated while it is found out whether it does.
_ALL = Abilities(create_only=True, replace_if=True, complete_only=True)
_BARE = replace(_ALL, bare_etags=True)


def known_abilities(wire: Wire) -> Abilities:
    """What was found out before, as the replica itself keeps it; found out now if it keeps nothing."""
    bucket = Bucket(wire, _ALL)
    try:
        kept = parse_abilities(bucket.get(KEPT)[0])
    except NotHere:
        kept = None
    return kept or probe(wire)


def probe(wire: Wire) -> Abilities:
    """Find out, and let the replica keep it. Unavailable if the server cannot be used, WrongUse for a lock that it lacks."""
    bucket = Bucket(wire, _ALL)
    folder = f"work/probe-{secrets.token_hex(8)}"
    try:
        _check_basics(bucket, folder)
        is_bare = not _replaces_if(bucket, f"{folder}/quoted")
        found = Abilities(
            create_only=_creates_only(bucket, f"{folder}/created"),
            replace_if=not is_bare or _replaces_if(Bucket(wire, _BARE), f"{folder}/bare"),
            complete_only=_completes_only(bucket, f"{folder}/parts"),
            checks_arrival=_checks_arrival(bucket, f"{folder}/arrived"),
            versioned=_is_versioned(wire),
            locks=_locks(wire),
        )
    finally:
        for page in bucket.list(f"{folder}/"):
            for key, _ in page:
                bucket.remove(key)
    found = replace(found, bare_etags=is_bare and found.replace_if)
    check_lock(wire.address, found)
    bucket.put(KEPT, found.to_bytes())
    return found


def check_lock(address: S3Address, found: Abilities) -> None:
    """WrongUse where content is to be locked and the bucket has no object lock."""
    if address.lock is not None and not found.locks:
        raise WrongUse(f"{address.name} has no object lock: the bucket must be made with it")


def _check_basics(bucket: Bucket, folder: str) -> None:
    key, values = f"{folder}/hồ sơ", (b"first", b"second, and longer")
    for value in values:
        bucket.put(key, value)
        try:
            got = bucket.get(key)[0]
        except NotHere:
            got = b""
        if got != value:
            raise Unavailable(f"{bucket.address} does not give back what was written a moment ago")
    listed = [entry for page in bucket.list(f"{folder}/") for entry in page]
    if listed != [(key, len(values[-1]))]:
        raise Unavailable(f"{bucket.address} does not list what was written a moment ago")
    bucket.remove(key)
    if bucket.head(key) is not None:
        raise Unavailable(f"{bucket.address} still has what was deleted a moment ago")


def _creates_only(bucket: Bucket, key: str) -> bool:
    """Of several writers at once exactly one, and nobody afterwards."""
    values = [b"writer %d" % number for number in range(_WRITERS)]

    def write(value: bytes) -> bool:
        return bucket.put(key, value, condition=NEW) is not None

    try:
        with ThreadPoolExecutor(_WRITERS) as threads:
            won = [value for value, done in zip(values, threads.map(write, values), strict=True) if done]
        return len(won) == 1 and not write(b"late") and bucket.get(key)[0] == won[0]
    except Unavailable:
        return False


def _replaces_if(bucket: Bucket, key: str) -> bool:
    first = bucket.put(key, b"first") or ""
    try:
        second = bucket.put(key, b"second", condition=first)
        late = bucket.put(key, b"late", condition=first)
        missing = bucket.put(f"{key}-none", b"late", condition=first)
    except Unavailable:
        return False
    return bool(first and second) and late is None and missing is None and bucket.get(key)[0] == b"second"


def _completes_only(bucket: Bucket, key: str) -> bool:
    bucket.put(key, b"first")
    wire, whole = bucket.wire, bucket.whole(key)
    upload = parse_text(wire.call("POST", whole, query={"uploads": ""}).body, "UploadId")
    if not upload:
        return False
    query = {"uploadId": upload}
    etag = wire.call("PUT", whole, query={"partNumber": "1", **query}, body=b"second").headers.get("etag", "")
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    reply = wire.call(
        "POST",
        whole,
        query=query,
        headers={"If-None-Match": "*"},
        body=f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode(),
    )
    wire.call("DELETE", whole, query=query)
    return reply.status == 412 and bucket.get(key)[0] == b"first"


def _checks_arrival(bucket: Bucket, key: str) -> bool:
    reply = bucket.wire.call("PUT", bucket.whole(key), headers={"Content-MD5": _WRONG_MD5}, body=b"arrived", attempts=2)
    return not reply.is_fine and bucket.head(key) is None


def _is_versioned(wire: Wire) -> bool:
    reply = wire.call("GET", None, query={"versioning": ""})
    return reply.is_fine and parse_text(reply.body, "Status") == "Enabled"


def _locks(wire: Wire) -> bool:
    reply = wire.call("GET", None, query={"object-lock": ""})
    return reply.is_fine and parse_text(reply.body, "ObjectLockEnabled") == "Enabled"
