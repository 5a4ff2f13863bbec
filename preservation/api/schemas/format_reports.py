"""Reports over what is held, and what was found out about a file."""

from datetime import datetime

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_TIME, EXAMPLE_URN, NEXT, URN, Shape, example
from preservation.domain.examinations import Kind, Validity
from preservation.domain.format_rules import Risk
from preservation.domain.held_reports import Grouping

_GROUP = {
    "value": "fmt/95",
    "label": "Acrobat PDF/A 1a",
    "aips": 12,
    "files": 340,
    "bytes": 83_886_080,
    "added_files": 40,
    "added_bytes": 8_388_608,
}
_OUTLOOK = {
    "puid": "fmt/40",
    "name": "Microsoft Word Document",
    "version": "97-2003",
    "risk": "medium",
    "reasons": ["No program of today writes it."],
    "superseded_by": ["fmt/412"],
    "files": 120,
    "bytes": 12_582_912,
    "aips": 9,
    "years": [{"year": 2024, "files": 100}, {"year": 2026, "files": 20}],
    "growing": True,
}
_BAD = {"aip": EXAMPLE_URN, "path": "representations/rep1/data/a.pdf", "time": EXAMPLE_TIME, "name": ""}
_EXAMINATION = {
    "kind": "image",
    "validity": "valid",
    "time": EXAMPLE_TIME,
    "was_sound": False,
    "tools": ["jpylyzer 2.2.1"],
    "properties": [{"name": "width", "value": 2480, "unit": "pixels"}],
    "faults": [],
}


class HeldGroup(Shape):
    """One line of a report."""

    model_config = example(**_GROUP)

    value: str = Field(description="What is counted by; empty for what is not known, or was not examined.")
    label: str = Field(description="The same for people; empty where the value says it.")
    aips: int
    files: int
    bytes: int
    added_files: int = Field(description="Those that came since the time asked about.")
    added_bytes: int


class HoldingsReport(Shape):
    """Content files of newest versions, counted."""

    model_config = example(by="format", since=EXAMPLE_TIME, files=340, bytes=83_886_080, groups=[_GROUP])

    by: Grouping
    since: datetime | None
    files: int
    bytes: int
    groups: list[HeldGroup]


class YearCount(Shape):
    """Files that came in one year."""

    year: int
    files: int


class FormatOutlook(Shape):
    """A held format that is not expected to last, and why."""

    model_config = example(**_OUTLOOK)

    puid: str
    name: str
    version: str
    risk: Risk = Field(description="What the archive's policy says.")
    reasons: list[str]
    superseded_by: list[str] = Field(description="PUIDs that PRONOM puts in its place.")
    files: int
    bytes: int
    aips: int
    years: list[YearCount] = Field(description="Files by year of ingest.")
    growing: bool = Field(description="Whether files still come in: this year, or the one before.")


class Forecast(Shape):
    """The formats that will not last: the highest risk first, then the most files."""

    model_config = example(formats=[_OUTLOOK])

    formats: list[FormatOutlook]


class BadFile(Shape):
    """A file that something was found about."""

    model_config = example(**_BAD)

    aip: URN
    path: str = Field(description="Its logical path.")
    time: datetime = Field(description="When it was found.")
    name: str = Field(description="What the virus scanner called it; empty for an invalid file.")


class BadFiles(Shape):
    """Files of newest versions that somebody should look at."""

    model_config = example(items=[_BAD], next=None)

    items: list[BadFile]
    next: str | None = NEXT


class Property(Shape):
    """One property."""

    name: str
    value: str | int | bool
    unit: str = Field(description="pixels, dpi, bits, seconds, Hz, pages, bytes; empty for what has none.")


class Fault(Shape):
    """Something wrong, or noteworthy."""

    code: str
    detail: str
    error: bool = Field(description="Whether it makes the file invalid.")


class FileExamination(Shape):
    """What was found out about a file by looking into it."""

    model_config = example(**_EXAMINATION)

    kind: Kind
    validity: Validity
    time: datetime
    was_sound: bool = Field(description="Whether an earlier examination had found no fault.")
    tools: list[str]
    properties: list[Property]
    faults: list[Fault]
