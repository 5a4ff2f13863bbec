"""A transaction's own object, `work/tx/<tx>/intent.json`: every step of a commit is one conditional write of it.

open        content is being written in place, or aside where another transaction holds the object
sealed      all of it is there
placing     what lay aside is being brought into place
committing  the point of no return: whoever finds it so finishes it
committed   the new version is the head; what is left is tidying up
fenced      it will never be committed; `overtaken` by another that committed first

`owner` is who does the present step. A claim, `work/claims/<object root>`, names the one transaction that may write in place
below that root.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

from preservation.adapters.object_stores.posix.keys import checked
from preservation.adapters.object_stores.s3.bucket import Bucket, Head
from preservation.errors import NotHere, Unavailable

TRANSACTIONS = "work/tx"
CLAIMS = "work/claims"
INVENTORY, SIDECAR = "inventory.json", "inventory.json.sha512"
# For how long somebody is believed to be at work who has not been heard of.
LEASE_SECONDS = 900.0
BEAT_SECONDS = 60.0
_DIGEST = re.compile(r"[0-9a-f]{128}")


class State(StrEnum):
    """How far a transaction has come."""

    OPEN = "open"
    SEALED = "sealed"
    PLACING = "placing"
    COMMITTING = "committing"
    COMMITTED = "committed"
    FENCED = "fenced"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Intent:
    """`base` and `new` are SHA-512 hex of root inventories; `base` is None for a new object, `new` until it is sealed.

    `nonce` makes each writing of it another object, so that an ETag never comes twice.
    """

    tx: str
    object_root: str
    version: int
    base: str | None
    new: str | None
    state: State
    owner: str
    nonce: str

    @property
    def key(self) -> str:
        return intent_key(self.tx)

    @property
    def claim_key(self) -> str:
        return f"{CLAIMS}/{self.object_root}"

    @property
    def staged(self) -> str:
        """Where lies what is not in place, with a slash at its end."""
        return f"{TRANSACTIONS}/{self.tx}/object/"

    @property
    def own_folder(self) -> str:
        """What nobody else writes below, with a slash at its end: the whole object if it is new, else the version's folder."""
        return f"{self.object_root}/" if self.base is None else f"{self.object_root}/v{self.version}/"

    @property
    def mark(self) -> str:
        """What its root inventory has written on it: one that has it and other bytes is ours, and arrived wrong."""
        return f"{self.tx} {(self.new or '')[:32]}"

    def goes_in_place(self, path: str) -> bool:
        """Whether a path may lie where it belongs before the commit: nothing there refers to it yet."""
        folder, _, name = path.rpartition("/")
        return bool(folder) and not (folder == f"v{self.version}" and name in (INVENTORY, SIDECAR))

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


def intent_key(tx: str) -> str:
    return f"{TRANSACTIONS}/{tx}/intent.json"


def read_intent(bucket: Bucket, tx: str) -> tuple[Intent, Head] | None:
    """A transaction as it stands; None if there is none. Unavailable for one that cannot be read."""
    try:
        data, head = bucket.get(intent_key(tx))
    except NotHere:
        return None
    try:
        values = json.loads(data)
        intent = Intent(
            tx=tx,
            object_root=checked(values["object_root"]),
            version=int(values["version"]),
            base=_digest(values["base"]),
            new=_digest(values["new"]),
            state=State(values["state"]),
            owner=str(values["owner"]),
            nonce=str(values["nonce"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"{bucket.address}: the transaction {tx} cannot be read; a person must look") from error
    return intent, head


def claimed_by(bucket: Bucket, claim_key: str) -> str | None:
    """The transaction that a claim names; None if there is no claim."""
    try:
        data, _ = bucket.get(claim_key)
    except NotHere:
        return None
    tx = data.decode(errors="replace").strip()
    if not tx or "/" in tx:
        raise Unavailable(f"{bucket.address}: {claim_key} cannot be read; a person must look")
    return tx


def this_process() -> str:
    """Who we are, so that others on this machine can tell whether we live: the boot, the view of processes, pid, its start.

    An owner is this and a word for the one store of the process that it uses.
    """
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {os.readlink('/proc/self/ns/pid')} {os.getpid()} {_started(os.getpid())}"


def is_alive(intent: Intent, head: Head) -> bool:
    """Whether the owner may be at work still: on this machine a process that is gone is not.

    One that lives may have broken off and forgotten it: nobody is believed who was not heard of for a lease, by the
    server's clock.
    """
    parts, ours = intent.owner.split(" "), this_process().split(" ")
    if len(parts) > len(ours) and parts[:2] == ours[:2] and _started(int(parts[2])) != parts[3]:
        return False
    try:
        age = parsedate_to_datetime(head.now) - parsedate_to_datetime(head.changed)
    except (TypeError, ValueError) as error:
        raise Unavailable("the server does not say how old a transaction is") from error
    return age.total_seconds() < LEASE_SECONDS


def _started(pid: int) -> str:
    try:
        # The name of the program, in parentheses, may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "gone"


def _digest(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _DIGEST.fullmatch(value)):
        return value
    raise ValueError(f"not a SHA-512 digest: {value!r}")
