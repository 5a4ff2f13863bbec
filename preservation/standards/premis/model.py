"""The PREMIS entities that have no value of their own in the domain."""

from dataclasses import dataclass

from preservation.domain.events import Event
from preservation.domain.formats import FormatIdentification

NAMESPACE = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# The labels of id.loc.gov/vocabulary/preservation/cryptographicHashFunctions.
SHA512 = "SHA-512"
SHA256 = "SHA-256"


@dataclass(frozen=True, slots=True)
class Agent:
    """A PREMIS agent. `type` of id.loc.gov/vocabulary/preservation/agentType: software, person, organization, hardware."""

    id: str
    name: str
    type: str = "software"
    version: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Representation:
    """A PREMIS representation: the folder name below `representations/`, how many files it has, their size in bytes."""

    name: str
    file_count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class FileObject:
    """What PREMIS says of one file: the fields of `domain.holdings.StoredFile` but for its content path, which OCFL knows."""

    logical_path: str
    size: int
    sha512: bytes
    sha256: bytes
    original_path: str | None = None
    modified: int | None = None
    format: FormatIdentification | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """The PREMIS document of a whole AIP. `collection` and `transfer` are opaque ids."""

    aip: str
    collection: str
    collection_code: str
    transfer: str | None
    representations: tuple[Representation, ...]
    events: tuple[Event, ...] = ()
    agents: tuple[Agent, ...] = ()
