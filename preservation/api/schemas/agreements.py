"""Submission agreements."""

from pydantic import Field

from preservation.api.schemas.shape import Shape, example
from preservation.domain.agreements import Acceptance, AccessLevel, FormatRule

_AGREEMENT = {
    "id": "so-noi-vu-2026",
    "title": "Sở Nội vụ: hồ sơ số hóa 2026",
    "collection": "H49",
    "active": True,
    "submitters": ["so-noi-vu"],
    "package_types": ["bag"],
    "max_bytes": None,
    "max_files": None,
    "max_file_bytes": None,
    "formats": {"fmt/353": "accept"},
    "other_formats": "review",
    "unknown_formats": "accept",
    "required_metadata": ["title"],
    "acceptance": "reviewed",
    "access": "restricted",
    "retention_years": None,
    "copies": None,
    "fixity_window_days": None,
    "version": "sha512:" + "ab" * 64,
}


class Agreement(Shape):
    """What producer and archive settled. `version` is the digest of the text that states it."""

    model_config = example(**_AGREEMENT)

    id: str
    title: str
    collection: str = Field(description="The collection's code.")
    active: bool
    submitters: list[str]
    package_types: list[str]
    max_bytes: int | None
    max_files: int | None
    max_file_bytes: int | None
    formats: dict[str, FormatRule]
    other_formats: FormatRule
    unknown_formats: FormatRule
    required_metadata: list[str]
    acceptance: Acceptance
    access: AccessLevel
    retention_years: int | None
    copies: int | None
    fixity_window_days: int | None
    version: str


class Agreements(Shape):
    items: list[Agreement]
