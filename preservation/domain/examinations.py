"""What was found out about a file by looking into it: properties with units, validity, and the tools that say so.

OAIS calls it characterisation and validation; CPP-009 (metadata extraction) and CPP-010 (file format validation).
"""

from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.tools import ToolDescription


class Kind(StrEnum):
    """Kinds of content, by which tools are chosen."""

    IMAGE = "image"
    PDF = "pdf"
    AUDIO = "audio"
    VIDEO = "video"
    OFFICE = "office"
    EMAIL = "email"
    ARCHIVE = "archive"
    XML = "xml"
    TEXT = "text"
    OTHER = "other"


class Validity(StrEnum):
    """VALID: a validator that knows the whole format found no fault. WELL_FORMED: it could be read to its end without a
    fault, and nobody judged the rest (a screening never says more). INVALID: a fault of the file itself. UNKNOWN: nobody
    could tell.
    """

    VALID = "valid"
    WELL_FORMED = "well-formed"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Property:
    """One property. `unit` is "" for what has none, else pixels, dpi, bits, seconds, Hz, pages, bytes, or the like."""

    name: str
    value: str | int | bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, or noteworthy, in a file. `code` is stable ("PDF-ENCRYPTED"); `detail` is the tool's own text, bounded."""

    code: str
    detail: str = ""
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of one file. Names of properties are listed in docs/characterisation.md; their order is the tools'."""

    kind: Kind
    validity: Validity
    tools: tuple[ToolDescription, ...] = ()
    properties: tuple[Property, ...] = ()
    faults: tuple[Fault, ...] = ()

    def value(self, name: str) -> str | int | bool | None:
        """A property's value, None without it."""
        return next((one.value for one in self.properties if one.name == name), None)


@dataclass(frozen=True, slots=True)
class FileToExamine:
    """A file of the local file system that holds the proven bytes; `puid` and `mime` as they were identified."""

    path: str
    puid: str | None
    mime: str = ""
