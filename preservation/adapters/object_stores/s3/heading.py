"""Making a sealed version the head of its object: what lies beside its content, the root inventory, the sidecar.

Several may do this for one transaction at once, and whoever is late finds it done, or a later version made from it. What is
written follows from the digest that was sealed: staged bytes are used only if they have it, and the rest is made from it.
"""

from hashlib import sha512

from preservation.adapters.object_stores.s3.bucket import META, NEW, Bucket
from preservation.adapters.object_stores.s3.intent import INVENTORY, SIDECAR, Intent
from preservation.adapters.object_stores.s3.placing import Found, body_of, look, pieces, root_inventory, set_down
from preservation.adapters.object_stores.s3.wire import Source
from preservation.errors import NotHere, Unavailable
from preservation.standards.ocfl import declarations
from preservation.standards.ocfl.inventory import InvalidInventory, parse

_ATTEMPTS = 4


def make_head(bucket: Bucket, intent: Intent, headers: dict[str, str]) -> bool:
    """Whether the version is the head now, or was until a later one followed; False if it can never be: nothing of it counts.

    Unavailable if that cannot be told, or the server does not keep what it is given.
    """
    # The look at the sidecar comes before that at the head: what is replaced is never the sidecar of a later version.
    sidecar = look(bucket, f"{intent.object_root}/{SIDECAR}")
    now = root_inventory(bucket, intent.object_root)
    if not _is_new(now, intent) and not _replace_inventory(bucket, intent, now, headers):
        return _was_followed(bucket, intent)
    return _replace_sidecar(bucket, intent, sidecar, headers)


def _is_new(now: Found | None, intent: Intent) -> bool:
    return now is not None and now.digest == intent.new


def _replace_inventory(bucket: Bucket, intent: Intent, now: Found | None, headers: dict[str, str]) -> bool:
    """Put the new root inventory over the base, and over nothing else. False if neither is there."""
    if not _may_replace(now, intent, ""):
        return False
    root, folder = intent.object_root, f"{intent.object_root}/v{intent.version}"
    body = _sealed(bucket, intent)
    if body is None:
        # Somebody else may be finishing it too, and was faster.
        if _is_new(root_inventory(bucket, root), intent):
            return True
        if _was_followed(bucket, intent):
            return False
        raise Unavailable(f"{root}: what was sealed is no longer there")
    new = intent.new or ""
    if intent.base is None:
        name, text = declarations.object_declaration()
        set_down(bucket, f"{root}/{name}", text, sha512(text).hexdigest(), headers)
    set_down(bucket, f"{folder}/{INVENTORY}", body, new, headers)
    sidecar = declarations.sidecar(new)
    set_down(bucket, f"{folder}/{SIDECAR}", sidecar, sha512(sidecar).hexdigest(), headers)
    for _ in range(_ATTEMPTS):
        condition = now.etag if now is not None else NEW
        written = bucket.put(f"{root}/{INVENTORY}", body, condition=condition, headers={**headers, META: intent.mark})
        now = root_inventory(bucket, root)
        if _is_new(now, intent):
            return True
        if not _may_replace(now, intent, written or ""):
            return False
    raise Unavailable(f"{root}: the server did not keep the new inventory")


def _may_replace(now: Found | None, intent: Intent, written: str) -> bool:
    """The base, or our own bytes that arrived wrong: known by our mark, or by the ETag where a server keeps no marks."""
    if now is None:
        return intent.base is None
    return now.digest == intent.base or now.mark == intent.mark or (written != "" and now.etag == written)


def _sealed(bucket: Bucket, intent: Intent) -> memoryview | Source | None:
    """The new inventory with the digest that was sealed; None if there is none. It is staged twice, and may be in place."""
    path = f"v{intent.version}/{INVENTORY}"
    for key in (f"{intent.staged}{INVENTORY}", f"{intent.staged}{path}", f"{intent.object_root}/{path}"):
        try:
            body, digest = body_of(bucket, key)
        except NotHere:
            continue
        if digest == intent.new:
            return body
    return None


def _replace_sidecar(bucket: Bucket, intent: Intent, there: Found | None, headers: dict[str, str]) -> bool:
    """Put the sidecar over the one that was looked at before this version was seen to be the head."""
    key, data = f"{intent.object_root}/{SIDECAR}", declarations.sidecar(intent.new or "")
    digest = sha512(data).hexdigest()
    for _ in range(_ATTEMPTS):
        if there is not None and there.digest == digest:
            return True
        bucket.put(key, data, condition=there.etag if there is not None else NEW, headers=headers)
        there = look(bucket, key)
        if there is not None and there.digest == digest:
            return True
        if not _is_new(root_inventory(bucket, intent.object_root), intent):
            return _was_followed(bucket, intent)
    raise Unavailable(f"{intent.object_root}: the server did not keep the new sidecar")


def _was_followed(bucket: Bucket, intent: Intent) -> bool:
    """Whether the head is a later version that was made from this one: then this one was committed.

    Unavailable where this one is in place and what should be the head is no inventory.
    """
    root, number = intent.object_root, intent.version
    own = _whole(bucket, f"{root}/v{number}/{INVENTORY}")
    if own is None or sha512(own).hexdigest() != intent.new:
        return False
    try:
        head = parse(_whole(bucket, f"{root}/{INVENTORY}") or b"")
    except InvalidInventory as error:
        raise Unavailable(f"{root}: its root inventory is damaged: `fixity run` repairs it") from error
    try:
        block = parse(own).versions.get(number)
    except InvalidInventory:
        return False
    return head.head > number and block is not None and head.versions.get(number) == block


def _whole(bucket: Bucket, key: str) -> bytes | None:
    try:
        return b"".join(pieces(bucket, key))
    except NotHere:
        return None
