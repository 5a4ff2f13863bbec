"""Which logical paths of an AIP are our own metadata documents, and what the others belong to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

METS = "METS.xml"
PACKAGE_PREMIS = "metadata/preservation/premis.xml"
DESCRIPTIVE = "metadata/descriptive/"
DATA = "data/"

_REPRESENTATION = re.compile(r"representations/([^/]+)/")
_DOCUMENT = re.compile(
    r"METS(-\d{5,9})?\.xml"
    r"|metadata/preservation/premis(-files-\d{5,9})?\.xml"
    r"|representations/[^/]+/METS(-\d{5,9})?\.xml"
    r"|representations/[^/]+/metadata/preservation/premis-\d{5,9}\.xml"
)
_FILE_OBJECTS = re.compile(
    r"metadata/preservation/premis-files-\d{5,9}\.xml"
    r"|representations/[^/]+/metadata/preservation/premis-\d{5,9}\.xml"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """The part of an AIP that one METS document answers for: a representation, or ("" as name) all the rest."""

    name: str

    @property
    def path(self) -> str:
        """The logical path of its folder: "" for the rest."""
        return f"representations/{self.name}" if self.name else ""

    @property
    def base(self) -> str:
        """What the logical paths in it start with."""
        return f"{self.path}/" if self.name else ""

    def mets(self, part: int | None = None) -> str:
        return f"{self.base}METS.xml" if part is None else f"{self.base}METS-{part:05d}.xml"

    def premis(self, part: int) -> str:
        stem = "premis" if self.name else "premis-files"
        return f"{self.base}metadata/preservation/{stem}-{part:05d}.xml"


def unit_of(logical_path: str) -> Unit:
    """Where a file belongs."""
    match = _REPRESENTATION.match(logical_path)
    return Unit(match[1] if match else "")


def is_document(logical_path: str) -> bool:
    """Whether this is the place of a METS or PREMIS document that we make."""
    return _DOCUMENT.fullmatch(logical_path) is not None


def file_object_documents(documents: Iterable[str]) -> dict[str, list[str]]:
    """Those that describe files, in order, by the name of the unit they belong to."""
    found: dict[str, list[str]] = {}
    # A longer number is a larger one: 100000 follows 99999.
    for path in sorted(documents, key=lambda path: (len(path), path)):
        if _FILE_OBJECTS.fullmatch(path):
            found.setdefault(unit_of(path).name, []).append(path)
    return found


def use_of(unit: Unit, logical_path: str) -> str:
    """The USE of the file group that a file is listed in (CSIP60, CSIP113, CSIP64).

    What the producer sent about the content, its manifests and tag files among it, is documentation of the content.
    """
    within = logical_path[len(unit.base) :]
    if unit.name and within.startswith(DATA):
        return "Data"
    if within.startswith("schemas/"):
        return "Schemas"
    return "Documentation"
