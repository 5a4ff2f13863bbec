"""Signature files that the archive has put in the place of those that its identification engines come with."""

from dataclasses import dataclass
from enum import StrEnum


class SignatureKind(StrEnum):
    """Whose they are: DROID's two files (FIDO and the registry use them), and siegfried's database."""

    DROID = "droid"
    CONTAINERS = "containers"
    SIEGFRIED = "siegfried"


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """`path` is of the local file system. `release` is as identifications name it ("PRONOM V122"); `sha512` in hex.

    `touched` are PUIDs whose identification may come out otherwise than by what was in force before.
    """

    kind: SignatureKind
    path: str
    release: str
    sha512: str
    bytes: int
    touched: tuple[str, ...] = ()
