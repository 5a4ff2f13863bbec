"""What a METS document of ours is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from preservation.domain.holdings import StoredFile

NAMESPACE = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"

# CSIP4, CSIP62: the content follows no one content information type specification.
MIXED = "MIXED"


@dataclass(frozen=True, slots=True)
class Header:
    """The root element's attributes and metsHdr.

    `identifier` is OBJID, `label` LABEL. `created` is the first version's time, `modified` this one's, which is `revised` if
    it follows another. `alternatives` are altRecordIDs: pairs of TYPE and value, no TYPE twice.
    """

    identifier: str
    label: str
    created: datetime
    modified: datetime
    revised: bool
    software: str
    software_version: str
    alternatives: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetadataReference:
    """An mdRef: a metadata file, and its kind as METS has it in MDTYPE ("DC", "EAD", "PREMIS"); any other is OTHER."""

    file: StoredFile
    kind: str


@dataclass(frozen=True, slots=True)
class FileGroup:
    """A fileGrp: its USE, and the files, of which there must be one at least."""

    use: str
    files: Sequence[StoredFile]


@dataclass(frozen=True, slots=True)
class Pointer:
    """Another METS document, listed as a file and pointed to from a division of the structural map with this label."""

    label: str
    document: StoredFile


@dataclass(frozen=True, slots=True)
class Contents:
    """What one METS document lists.

    `base` is the logical path of its folder: "" or with "/" at the end. `prefix` begins every XML id of the document, and
    is an NCName that no other document of the package has: CSIP wants ids that are unique in the whole package.
    """

    base: str
    prefix: str
    descriptive: Sequence[MetadataReference] = ()
    provenance: Sequence[MetadataReference] = ()
    groups: Sequence[FileGroup] = ()
    pointers: Sequence[Pointer] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that a METS document names. `path` is relative to the document; `digest` lower-case hex."""

    path: str
    size: int
    algorithm: str
    digest: str
