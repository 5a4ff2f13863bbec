"""AIPs, their files, and what is told of them."""

from datetime import datetime

from pydantic import Field

from preservation.api.schemas.format_reports import FileExamination
from preservation.api.schemas.shape import (
    EXAMPLE_SHA256,
    EXAMPLE_SHA512,
    EXAMPLE_TIME,
    EXAMPLE_URN,
    NEXT,
    URN,
    Request,
    Shape,
    VersionNumber,
    example,
)
from preservation.domain.formats import Basis
from preservation.domain.holdings import CopyState
from preservation.services.access import DIPForm

_ITEM = {
    "id": EXAMPLE_URN,
    "collection": EXAMPLE_URN,
    "title": "Hồ sơ địa chính phường Phúc Xá",
    "head": 2,
    "created": EXAMPLE_TIME,
    "files": 41,
    "bytes": 83_886_080,
    "copies": 2,
    "inventory_digest": f"sha512:{EXAMPLE_SHA512}",
}
_FORMAT = {
    "puid": "fmt/95",
    "name": "Acrobat PDF/A",
    "version": "1a",
    "mime": "application/pdf",
    "basis": "byte",
    "engine": "siegfried 1.11.2",
    "signatures": "PRONOM 120, containers 20240715",
    "alternatives": [],
    "warning": "",
}
_FILE = {
    "number": 7,
    "path": "representations/rep1/data/bản đồ.pdf",
    "original_name": "bản đồ.pdf",
    "size": 2_097_152,
    "sha256": EXAMPLE_SHA256,
    "sha512": EXAMPLE_SHA512,
    "modified": EXAMPLE_TIME,
    "format": _FORMAT,
}


class AIPItem(Shape):
    """An AIP as lists show it."""

    model_config = example(**_ITEM)

    id: URN
    collection: URN
    title: str
    head: int = Field(ge=1, description="The number of its newest version.")
    created: datetime
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    copies: int = Field(ge=0, description="Intact copies of the newest version.")
    inventory_digest: str = Field(
        description="The digest of the newest version's inventory: the name of this exact state."
    )


class AIPPage(Shape):
    """A page of AIPs."""

    model_config = example(items=[_ITEM], next=None)

    items: list[AIPItem]
    next: str | None = NEXT


class Version(Shape):
    """One submission, migration or corrected description."""

    number: int = Field(ge=1)
    created: datetime
    inventory_digest: str
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    transfer: URN | None
    message: str


class Copy(Shape):
    """One copy, as it was last found."""

    replica: URN
    version: int = Field(ge=0, description="The newest version that is there; 0 if none.")
    state: CopyState
    written: datetime | None
    checked: datetime | None = Field(description="When it was last firmly known.")


class Statement(Shape):
    """One Dublin Core statement of the description."""

    element: str
    value: str


class AIP(AIPItem):
    """An AIP."""

    model_config = example(
        **_ITEM,
        versions=[
            {
                "number": 1,
                "created": EXAMPLE_TIME,
                "inventory_digest": f"sha512:{EXAMPLE_SHA512}",
                "files": 41,
                "bytes": 83_886_080,
                "transfer": EXAMPLE_URN,
                "message": "first submission",
            }
        ],
        copies_of_it=[
            {"replica": EXAMPLE_URN, "version": 2, "state": "intact", "written": EXAMPLE_TIME, "checked": EXAMPLE_TIME}
        ],
        description=[{"element": "dc:title", "value": "Hồ sơ địa chính phường Phúc Xá"}],
        path="ocfl/0cf/1e2/3a4",
    )

    versions: list[Version]
    copies_of_it: list[Copy]
    description: list[Statement]
    path: str = Field(description="Where its OCFL object lies in every replica.")


class Format(Shape):
    """What a file was identified as."""

    model_config = example(**_FORMAT)

    puid: str | None
    name: str
    version: str
    mime: str
    basis: Basis
    engine: str
    signatures: str
    alternatives: list[str]
    warning: str


class FileItem(Shape):
    """A file of an AIP version."""

    model_config = example(**_FILE)

    number: int = Field(
        ge=1, description="Its number within the AIP, for its address. A rebuild may give it another one."
    )
    path: str = Field(description="Its logical path. A name that is no UTF-8 is escaped.")
    original_name: str | None = Field(description="Its path in the submission; null for a file that the archive made.")
    size: int = Field(ge=0)
    sha256: str
    sha512: str
    modified: str | None = Field(description="RFC 3339; null where it is not known or beyond any calendar.")
    format: Format | None


class FilePage(Shape):
    """A page of files, all of one version."""

    model_config = example(version=2, items=[_FILE], next=None)

    version: int = Field(ge=1)
    items: list[FileItem]
    next: str | None = NEXT


class File(FileItem):
    """A file, and in which versions it is."""

    model_config = example(**_FILE, first_version=1, last_version=None, examination=None)

    first_version: int = Field(ge=1)
    last_version: int | None = Field(description="Null while it is in the newest one.")
    examination: FileExamination | None = Field(description="The newest one; null where it was never examined.")


class Representation(Shape):
    """A representation in numbers."""

    name: str
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)


class Representations(Shape):
    """The representations of one version."""

    model_config = example(items=[{"name": "rep1", "files": 40, "bytes": 83_000_000}])

    items: list[Representation]


class ExportRequest(Request):
    """What to make of the AIP."""

    model_config = example(form="bag", version=None)

    form: DIPForm = Field(default=DIPForm.BAG, strict=False, description="bag (BagIt), eark (E-ARK) or ocfl.")
    version: VersionNumber | None = None
