"""C2SP tlog-proof: a receipt that proves offline that an entry is in a log."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from preservation.standards.checkpoint import Checkpoint, open_checkpoint
from preservation.standards.merkle import HASH_SIZE, verify_inclusion
from preservation.standards.signed_note import SignatureCheck, VerifierKey

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES = 2 << 20
_MAX_PATH = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class TlogProof:
    """`extra` is not authenticated by itself. `checkpoint` is the signed note, byte for byte."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @property
    def text(self) -> str:
        """The `.tlog-proof` file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines.extend(base64.b64encode(value).decode() for value in self.path)
        return "\n".join(lines) + "\n\n" + self.checkpoint.decode()


def parse_proof(text: str) -> TlogProof:
    """Read a `.tlog-proof`. ValueError where it is malformed or too large."""
    if len(text) > MAX_PROOF_BYTES:
        raise ValueError("the proof is too large")
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != HEADER:
        raise ValueError("this is not a tlog-proof of version 1")
    at, extra = 1, None
    if at < len(lines) and lines[at].startswith("extra "):
        extra, at = _unb64(lines[at].removeprefix("extra ")), at + 1
    index = _INDEX.match(lines[at]) if at < len(lines) else None
    if index is None:
        raise ValueError("the proof has no index line")
    path = tuple(_unb64(line) for line in lines[at + 1 :])
    if len(path) > _MAX_PATH or any(len(value) != HASH_SIZE for value in path):
        raise ValueError("the proof's path is not a list of at most 63 SHA-256 hashes")
    return TlogProof(int(index[1]), path, checkpoint.encode(), extra)


def verify_proof(
    proof: TlogProof, hash_of_leaf: bytes, keys: Sequence[VerifierKey], check: SignatureCheck
) -> Checkpoint:
    """The checkpoint under which the leaf is proved. ValueError, with the reason, where it is not."""
    checkpoint = open_checkpoint(proof.checkpoint, keys, check)
    if not verify_inclusion(hash_of_leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise ValueError("the entry is not at this place in the tree that was signed")
    return checkpoint


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a line of the proof is not base64") from error
