"""What the repository holds: collections, AIPs, their versions and files, and their copies on replicas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from preservation.domain.formats import FormatIdentification


@dataclass(frozen=True, slots=True)
class Collection:
    """A node of the tree of fonds. `code` is what people call it ("H49.64"); `id` is opaque."""

    id: str
    code: str
    title: str
    parent: str | None = None


class SubmissionMode(StrEnum):
    """What a second submission to an AIP does to its content (Circular 05/2025, RECORDSTATUS)."""

    REPLACEMENT = "replacement"
    SUPPLEMENT = "supplement"


class TransferStatus(StrEnum):
    """open -> accepted -> running -> stored -> preserved; or rejected (the package is bad), or failed (we could not).

    `open`: it is being deposited. `accepted`: it was submitted, and is ours to bring to an end. `review`: it was checked, and
    a person decides. `withdrawn`: its depositor took it back before anything was kept.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    REVIEW = "review"
    WITHDRAWN = "withdrawn"
    RUNNING = "running"
    STORED = "stored"
    PRESERVED = "preserved"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A submission and what became of it.

    `attempt` counts those who took it on. Only the newest may write it: another one has been taken for dead. `copies` are wanted
    where that is more than the replication policy asks for.
    """

    id: str
    status: TransferStatus
    collection: str
    created: datetime
    package_type: str | None = None
    aip: str | None = None
    version: int | None = None
    attempt: int = 0
    copies: int | None = None

    @property
    def target(self) -> tuple[str, int]:
        """The AIP and the number of the version that the transfer is to become. ValueError while that is not decided."""
        if self.aip is None or self.version is None:
            raise ValueError(f"it is not decided what {self.id} becomes")
        return self.aip, self.version


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of an AIP version.

    `content_path` is relative to the OCFL object root ("v1/content/..."). `original_path` is the name in the submission,
    None for a file that we made. Digests are raw. `modified` in nanoseconds since 1970, None if unknown. `source` is the logical
    path, in the same version, of the file that this one was made from by a format migration; None for every other file.
    """

    logical_path: str
    content_path: str
    size: int
    sha512: bytes
    sha256: bytes
    original_path: str | None = None
    modified: int | None = None
    format: FormatIdentification | None = None
    source: str | None = None

    @property
    def is_document(self) -> bool:
        """Whether it is a document of our own making: neither brought, nor made from what was brought."""
        return self.original_path is None and self.source is None


@dataclass(frozen=True, slots=True)
class AIPVersion:
    """One version of an AIP: one accepted submission, migration or corrected description.

    `inventory_digest` is the SHA-512 of its inventory.json, lower-case hex: the name of this exact state.
    """

    aip: str
    number: int
    created: datetime
    inventory_digest: str
    file_count: int
    bytes: int
    transfer: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class NewAIPVersion:
    """Everything that the catalogue records about a version when it is committed. `files` is the version's whole state."""

    version: AIPVersion
    collection: str
    title: str
    files: Iterable[StoredFile]
    dublin_core: tuple[tuple[str, str], ...] = ()


class CopyState(StrEnum):
    """What was last found of one AIP's copy on one replica."""

    INTACT = "intact"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """One copy: `version` is the newest version that is on the replica, 0 if none. `checked` is the last firm answer.

    `due` is by when it is to be checked next (`domain.fixity_schedule`); None until that is planned.
    """

    aip: str
    replica: str
    version: int
    state: CopyState
    written: datetime | None = None
    checked: datetime | None = None
    due: datetime | None = None


class ReplicaState(StrEnum):
    """HELD: too much had to be repaired on it, and nothing more is until a person has looked. DRAINING: it is to go; it is read
    from, nothing new is written to it, and its copies no longer count. AWAY is seen, never recorded but by a rebuild.
    """

    ACTIVE = "active"
    AWAY = "away"
    HELD = "held"
    DRAINING = "draining"
    RETIRED = "retired"

    @property
    def is_counted(self) -> bool:
        """Whether copies on such a replica count towards the replication policy."""
        return self not in (ReplicaState.DRAINING, ReplicaState.RETIRED)


@dataclass(frozen=True, slots=True)
class ReplicaRecord:
    """A storage location by its id (opaque), its name (people's) and its URL (`file:///...`)."""

    id: str
    name: str
    url: str
    role: str
    state: ReplicaState
    added: datetime


@dataclass(frozen=True, slots=True)
class FixityLine:
    """One copy of one AIP checked at one time. `outcome` is a CopyState; `digest` is the version's inventory digest."""

    aip: str
    version: int
    replica: str
    time: datetime
    outcome: CopyState
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class AIPSummary:
    """An AIP as a list shows it. `copies` counts intact copies of the head version."""

    id: str
    collection: str
    title: str
    head: int
    created: datetime
    file_count: int
    bytes: int
    copies: int
    inventory_digest: str


@dataclass(frozen=True, slots=True)
class AIPView:
    """An AIP with what is told of it together: versions by number, copies by replica, the head's description in order."""

    summary: AIPSummary
    versions: Sequence[AIPVersion]
    copies: Sequence[CopyRecord]
    dublin_core: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class FilePage:
    """Files of one version of an AIP with their numbers; `version` is None where the AIP has no such version."""

    collection: str
    version: int | None
    files: Sequence[tuple[int, StoredFile]]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file by its number, None where there is none; the first and the last version that it is in (None: it is in the head)."""

    collection: str
    head: int
    file: StoredFile | None
    first: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Representation:
    """The files below `representations/<name>/` of one version."""

    name: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class FormatHolding:
    """How much is held of one format, in head versions. `puid` is None for what nobody could identify; then texts are empty."""

    puid: str | None
    name: str
    version: str
    mime: str
    aips: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ReplicaFigures:
    """One replica's copies in numbers. `bytes` counts head versions; `within` those checked since a given time."""

    replica: str
    copies: int
    bytes: int
    intact: int
    damaged: int
    missing: int
    unreadable: int
    pending: int
    oldest_check: datetime | None
    never_checked: int
    within: int
