"""C2SP tlog-checkpoint 1.0: origin, size and root of a log, as the text of a signed note."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from preservation.standards.merkle import EMPTY_ROOT, HASH_SIZE
from preservation.standards.signed_note import Note, SignatureCheck, VerifierKey, parse_note, verify

_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z", re.ASCII)
_MIN_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself. `root` is 32 bytes. `extensions` are further lines, which we never write."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The note's text."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note's text. ValueError where it is no checkpoint, or says that an empty tree has another root than that."""
    lines = text.split("\n")
    if len(lines) < _MIN_LINES + 1 or lines[-1] or not lines[0]:
        raise ValueError("a checkpoint has at least three lines")
    if not _SIZE.match(lines[1]):
        raise ValueError("the size of the checkpoint is not a decimal number")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the root of the checkpoint is not base64") from error
    if len(root) != HASH_SIZE or base64.b64encode(root).decode() != lines[2]:
        raise ValueError("the root of the checkpoint is not a SHA-256 hash")
    if lines[1] == "0" and root != EMPTY_ROOT:
        raise ValueError("the checkpoint gives an empty tree another root than the empty one")
    extensions = tuple(lines[3:-1])
    if any(not line for line in extensions):
        raise ValueError("the checkpoint has an empty line")
    return Checkpoint(lines[0], int(lines[1]), root, extensions)


def open_checkpoint(data: bytes, keys: Sequence[VerifierKey], check: SignatureCheck) -> Checkpoint:
    """A checkpoint signed by one of these keys under its own origin. ValueError where anything of that is not so."""
    return verified_checkpoint(parse_note(data), keys, check)


def verified_checkpoint(note: Note, keys: Sequence[VerifierKey], check: SignatureCheck) -> Checkpoint:
    """As `open_checkpoint`, of a parsed note."""
    signers = verify(note, keys, check)
    checkpoint = parse_checkpoint(note.text)
    if all(key.name != checkpoint.origin for key in signers):
        raise ValueError(f"the checkpoint is of {checkpoint.origin}, and no key of that name signed it")
    return checkpoint
