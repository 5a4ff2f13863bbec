"""The root inventory of an OCFL object and its sidecar: replacing it is the commit point of a version."""

import hashlib
import os

from preservation.adapters.object_stores.posix import beneath, durable

INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha512"


def finish_commit(stage: str, target: str) -> None:
    """The commit point and what follows it: root inventory, then sidecar. Repeated by recovery until it is done."""
    for name in (INVENTORY, SIDECAR):
        if os.path.lexists(f"{stage}/{name}"):
            os.rename(f"{stage}/{name}", f"{target}/{name}")
        # Also where nothing is left to move: the one who moved it may have died before this.
        durable.flush_directory(target)


def inventory_digest(root: str, object_root: str) -> str | None:
    """SHA-512 hex of the root inventory's bytes, None if it is not there."""
    try:
        descriptor = beneath.open_file(root, f"{object_root}/{INVENTORY}")
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
