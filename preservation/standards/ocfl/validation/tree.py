"""What a validator needs of a place where OCFL objects lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final, Protocol

from preservation.domain.names import unescape, was_escaped
from preservation.standards.ocfl.inventory_document import MAX_INVENTORY_BYTES

_READ_BYTES: Final = 1 << 20


class EntryKind(StrEnum):
    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder, as text by `domain.names.escape`."""

    name: str
    kind: EntryKind


class ObjectTree(Protocol):
    """A folder that is only read. Paths are relative to it, "/"-separated, "" for itself.

    No link is ever followed, in any part of a path. Raises Unavailable for what cannot be read.
    """

    def entries(self, folder: str) -> Sequence[Entry]:
        """What a folder holds, sorted by name."""
        ...

    def open(self, path: str) -> BinaryIO:
        """A regular file from its start."""
        ...


@dataclass(frozen=True, slots=True)
class ValidationSettings:
    """`check_content`: read every content file and compare its digests. `max_inventory_bytes`: refuse larger ones."""

    check_content: bool = True
    max_inventory_bytes: int = MAX_INVENTORY_BYTES


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def read_whole(tree: ObjectTree, path: str, max_bytes: int) -> bytes:
    """At most one byte more than `max_bytes`, so that a caller sees that a file is too long."""
    pieces: list[bytes] = []
    left = max_bytes + 1
    with tree.open(path) as stream:
        while left > 0:
            piece = stream.read(min(left, _READ_BYTES))
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
    return b"".join(pieces)


def as_inventory_path(path: str) -> str:
    """A path of the tree as an inventory would write it. A name that is not UTF-8 stays escaped: none can name it."""
    if not was_escaped(path):
        return path
    try:
        return unescape(path).decode()
    except UnicodeDecodeError:
        return path
