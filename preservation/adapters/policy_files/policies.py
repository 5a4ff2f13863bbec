"""Policies from a folder of TOML files: `replication.toml`, `ingest.toml`, `fixity.toml`, `formats.toml`; `agreements/*.toml`.

Each file has to be there, since a missing one would quietly change what the archive decided; a key that is left out
takes the default that `policies/README.md` documents. Everything else that is not understood is refused by name.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from preservation.adapters.policy_files.agreements import FOLDER, read_agreements
from preservation.adapters.policy_files.fixity import fixity_policy
from preservation.adapters.policy_files.replication import replication_policy
from preservation.adapters.policy_files.toml_table import TomlTable, parse, read_file
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import (
    FormatEngine,
    FormatPolicy,
    IngestPolicy,
    Policies,
    SecondOpinion,
)
from preservation.errors import WrongUse

POLICY_NAMES = ("replication", "ingest", "fixity", "formats")

# The defaults lie beside the package, in a checkout as in an installed wheel.
_DEFAULTS = Path(__file__).resolve().parents[3] / "policies"


def default_policy_files() -> Mapping[str, bytes]:
    """The policies that a new home begins with, by file name. Raises Unavailable if they cannot be read."""
    names = ("README.md", *(f"{name}.toml" for name in POLICY_NAMES))
    return {name: read_file(_DEFAULTS / name) for name in names}


def read_policies(folder: Path) -> Policies:
    """The policies in force. Raises WrongUse naming the file and the key, Unavailable if a file cannot be read."""
    unknown = sorted(path.name for path in folder.glob("*.toml") if path.stem not in POLICY_NAMES)
    if unknown:
        allowed = ", ".join(f"{name}.toml" for name in POLICY_NAMES)
        raise WrongUse(f"{folder / unknown[0]}: no policy has this name; allowed are {allowed}")
    tables: dict[str, TomlTable] = {}
    versions: dict[str, str] = {}
    for name in POLICY_NAMES:
        path = folder / f"{name}.toml"
        if not path.exists():
            raise WrongUse(f"{path}: this policy file is missing")
        data = read_file(path)
        tables[name] = parse(path, data)
        versions[name] = f"sha512:{hashlib.sha512(data).hexdigest()}"
    agreements, agreement_versions = read_agreements(folder / FOLDER)
    policies = Policies(
        replication=replication_policy(tables["replication"]),
        ingest=_ingest(tables["ingest"]),
        fixity=fixity_policy(tables["fixity"]),
        formats=_formats(tables["formats"]),
        agreements=MappingProxyType(agreements),
        versions=MappingProxyType({**versions, **agreement_versions}),
    )
    for table in tables.values():
        table.refuse_the_rest()
    return policies


def _ingest(table: TomlTable) -> IngestPolicy:
    default = PackageLimits()

    def limit(key: str, value: int, most: int) -> int:
        return table.whole_number(key, default=value, least=1, most=most)

    limits = PackageLimits(
        max_files=limit("max_files", default.max_files, 100_000_000),
        max_total_bytes=limit("max_total_bytes", default.max_total_bytes, 1 << 60),
        max_file_bytes=limit("max_file_bytes", default.max_file_bytes, 1 << 60),
        max_ratio=limit("max_ratio", default.max_ratio, 1_000_000),
        max_depth=limit("max_depth", default.max_depth, 2_000),
        max_path_bytes=limit("max_path_bytes", default.max_path_bytes, 65_535),
        max_tag_file_bytes=limit("max_tag_file_bytes", default.max_tag_file_bytes, 1 << 40),
    )
    return IngestPolicy(limits=limits)


def _formats(table: TomlTable) -> FormatPolicy:
    return FormatPolicy(
        first=table.choice("first", FormatEngine, FormatEngine.SIEGFRIED),
        second=table.choice("second", SecondOpinion, SecondOpinion.DOUBTFUL),
    )
