"""Formats: what is known, decided and held of them, and what was said of one file's."""

from datetime import datetime
from typing import Any

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_TIME, EXAMPLE_URN, Shape, example
from preservation.domain.format_rules import AcceptFormat, MigrateWhen, Risk
from preservation.domain.formats import Basis
from preservation.services.identification_history import Occasion

_KNOWN: dict[str, Any] = {
    "puid": "fmt/40",
    "name": "Microsoft Word Document",
    "version": "97-2003",
    "accept": "accept",
    "risk": "medium",
    "preferred": False,
    "superseded": False,
    "files": 240,
    "bytes": 83_886_080,
}
_MIGRATION: dict[str, Any] = {
    "name": "word-to-pdfa",
    "target": "fmt/477",
    "recipe": "office-to-pdfa-2b",
    "when": "hand",
}
_DESCRIBED: dict[str, Any] = {
    **_KNOWN,
    "registry": "PRONOM V125",
    "mimes": ["application/msword"],
    "extensions": ["doc"],
    "types": "Word Processor",
    "note": "",
    "superseded_by": [],
    "supersedes": ["fmt/39"],
    "supertypes": ["fmt/111"],
    "priority_over": ["fmt/111"],
    "reasons": ["The binary Word format of 1997 is replaced by OOXML."],
    "families": ["word-97"],
    "migrations": [_MIGRATION],
}
_IDENTIFICATION: dict[str, Any] = {
    "time": EXAMPLE_TIME,
    "occasion": "identified again",
    "present": True,
    "verdict": "changed",
    "event": EXAMPLE_URN,
    "puid": "fmt/40",
    "alternatives": [],
    "basis": "container",
    "engine": "siegfried 1.11.9 (PRONOM V125, containers 2026-01-19)",
    "warning": "",
}


class KnownFormat(Shape):
    """A format with its rule, and how much of it newest versions hold."""

    model_config = example(**_KNOWN)

    puid: str
    name: str = Field(description="Empty where the registry does not know the PUID.")
    version: str
    accept: AcceptFormat
    risk: Risk
    preferred: bool
    superseded: bool = Field(description="Whether the registry knows a later version.")
    files: int
    bytes: int


class KnownFormats(Shape):
    """Formats in the order of their PUIDs."""

    model_config = example(registry="PRONOM V125", items=[_KNOWN])

    registry: str
    items: list[KnownFormat]


class FormatMigration(Shape):
    """A rule of the policy by which files of a format are migrated."""

    model_config = example(**_MIGRATION)

    name: str
    target: str
    recipe: str
    when: MigrateWhen


class DescribedFormat(KnownFormat):
    """All that is known of one format."""

    model_config = example(**_DESCRIBED)

    registry: str
    mimes: list[str]
    extensions: list[str]
    types: str
    note: str
    superseded_by: list[str]
    supersedes: list[str]
    supertypes: list[str]
    priority_over: list[str]
    reasons: list[str]
    families: list[str]
    migrations: list[FormatMigration]


class FileIdentification(Shape):
    """One identification of a file. `event` is null for that of ingest, which the AIP itself tells."""

    model_config = example(**_IDENTIFICATION)

    time: datetime
    occasion: Occasion
    present: bool
    verdict: str
    event: str | None
    puid: str | None
    alternatives: list[str]
    basis: Basis
    engine: str
    warning: str


class FileIdentifications(Shape):
    """Every identification of one file, oldest first."""

    model_config = example(items=[_IDENTIFICATION])

    items: list[FileIdentification]
