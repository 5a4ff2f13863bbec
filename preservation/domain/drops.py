"""Watched places: where producers who can only copy files leave their packages.

Beside a package lies what says that it is whole: a marker `<name>.done`, or for a single file a manifest `<name>.sha256` or
`<name>.sha512` that agrees with it. A bag says so itself, once every file is there that its manifests name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MARKER = ".done"
DIGEST_MARKS: Mapping[str, str] = {".sha256": "sha256", ".sha512": "sha512"}
MARKS = (MARKER, *DIGEST_MARKS)
# What is ours in a watched place; names that begin so are never packages.
OURS = ("_", ".")
MAX_MARK_BYTES = 1 << 16
SETTLE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderDrop:
    """A folder that is watched. `settle` is for how long nothing of a package may have changed."""

    name: str
    agreement: str
    folder: str
    settle: timedelta = SETTLE


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketDrop:
    """A bucket on a server that speaks S3, below `prefix` ("" or one that ends with a slash). `endpoint` is host and port."""

    name: str
    agreement: str
    endpoint: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    secure: bool = True
    settle: timedelta = SETTLE


Drop = FolderDrop | BucketDrop


class DroppedKind(StrEnum):
    """OTHER is neither: a link, a device. It is never touched."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that lies in a watched place. `name` by domain.names.escape.

    `marks` are what lies beside it, by their endings out of MARKS; the value differs once the mark does.
    """

    name: str
    kind: DroppedKind
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DroppedState:
    """How it stood when it was looked at.

    `files` are paths within a folder and sizes in bytes, of a file only "" and its size. `changed` is the newest change of
    anything in it. `fingerprint` differs once a size, a time or a name does. `fault` is the code of what makes it impossible to
    take, with the path concerned, None if it can be taken.
    """

    files: Mapping[str, int]
    changed: datetime
    fingerprint: str
    fault: tuple[str, str] | None = None

    @property
    def total_bytes(self) -> int:
        return sum(self.files.values())


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a package is to come to rest on this machine: it is put together in `work`, and moved whole into `package`."""

    work: str
    package: str
