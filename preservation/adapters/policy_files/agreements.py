"""Submission agreements from a folder of TOML files; `policies/README.md` documents the keys."""

import hashlib
import re
from pathlib import Path

from preservation.adapters.policy_files.toml_table import TomlTable, parse, read_file
from preservation.domain.agreements import Acceptance, AccessLevel, FormatRule, SubmissionAgreement
from preservation.domain.packages import PackageType
from preservation.errors import WrongUse
from preservation.standards.dublin_core import ELEMENTS

FOLDER = "agreements"

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}\Z")
_PUID = re.compile(r"(?:x-)?fmt/[1-9][0-9]{0,5}\Z")
_MOST_BYTES = 1 << 60


def read_agreements(folder: Path) -> tuple[dict[str, SubmissionAgreement], dict[str, str]]:
    """The agreements by id, and the version of each by the name of its policy ("agreements/so-noi-vu").

    None where there is no such folder. Raises WrongUse naming the file and the key, Unavailable if a file cannot be read.
    """
    agreements: dict[str, SubmissionAgreement] = {}
    versions: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        data = read_file(path)
        agreements[path.stem] = parse_agreement(path, data)
        versions[f"{FOLDER}/{path.stem}"] = f"sha512:{hashlib.sha512(data).hexdigest()}"
    return agreements, versions


def parse_agreement(path: Path, data: bytes) -> SubmissionAgreement:
    """One agreement. `path` gives its id and is named in what is wrong. Raises WrongUse."""
    if not _ID.match(path.stem):
        raise WrongUse(f"{path}: an agreement's id has lower-case letters, digits, dots, dashes; 100 at most")
    table = parse(path, data)
    formats = table.table("formats")
    agreement = SubmissionAgreement(
        id=path.stem,
        title=table.text("title"),
        collection=table.text("collection"),
        active=table.yes_or_no("active", default=True),
        submitters=table.texts("submitters", lambda one: one == one.strip().lower() != "", "account names"),
        package_types=table.texts(
            "package_types", lambda one: one in list(PackageType), f"words out of {', '.join(PackageType)}"
        ),
        max_bytes=table.optional_whole_number("max_bytes", least=1, most=_MOST_BYTES),
        max_files=table.optional_whole_number("max_files", least=1, most=100_000_000),
        max_file_bytes=table.optional_whole_number("max_file_bytes", least=1, most=_MOST_BYTES),
        formats=_rules(path, formats),
        other_formats=formats.choice("other", FormatRule, FormatRule.ACCEPT),
        unknown_formats=formats.choice("unknown", FormatRule, FormatRule.ACCEPT),
        required_metadata=table.texts(
            "required_metadata", lambda one: one in ELEMENTS, "Dublin Core elements, such as title or date"
        ),
        acceptance=table.choice("acceptance", Acceptance, Acceptance.AUTOMATIC),
        access=table.choice("access", AccessLevel, AccessLevel.RESTRICTED),
        retention_years=table.optional_whole_number("retention_years", least=1, most=10_000),
        copies=table.optional_whole_number("copies", least=1, most=100),
        fixity_window_days=table.optional_whole_number("fixity_window_days", least=1, most=36_500),
    )
    table.refuse_the_rest()
    return agreement


def _rules(path: Path, formats: TomlTable) -> tuple[tuple[str, FormatRule], ...]:
    rules = []
    for key in formats:
        if key in ("other", "unknown"):
            continue
        if not _PUID.match(key):
            raise WrongUse(f"{path}: formats.{key}: not a PRONOM identifier such as fmt/95, nor other, nor unknown")
        rules.append((key, formats.choice(key, FormatRule, FormatRule.ACCEPT)))
    return tuple(rules)
