"""Policies from a folder of TOML files: the four of `POLICY_NAMES`, lists of formats (`formats-NAME.toml`), `agreements/*.toml`.

Each file has to be there, since a missing one would quietly change what the archive decided; a key that is left out
takes the default that `policies/README.md` documents. Everything else that is not understood is refused by name.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from preservation.adapters.policy_files.agreements import FOLDER, read_agreements
from preservation.adapters.policy_files.fixity import fixity_policy
from preservation.adapters.policy_files.formats import LIST_PREFIX, format_policy, is_list_name
from preservation.adapters.policy_files.replication import replication_policy
from preservation.adapters.policy_files.signatures import FOLDER as SIGNATURES
from preservation.adapters.policy_files.signatures import INSTALLED, read_signatures
from preservation.adapters.policy_files.toml_table import TomlTable, parse, read_file
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import IngestPolicy, Policies
from preservation.errors import WrongUse

POLICY_NAMES = ("replication", "ingest", "fixity", "formats")
# Lists of formats that `formats.toml` can switch on. A home that was made before there were any has none.
FORMAT_LISTS = (f"{LIST_PREFIX}vietnam",)

# The defaults lie beside the package, in a checkout as in an installed wheel.
_DEFAULTS = Path(__file__).resolve().parents[3] / "policies"


def default_policy_files() -> Mapping[str, bytes]:
    """The policies that a new home begins with, by file name. Raises Unavailable if they cannot be read."""
    names = ("README.md", *(f"{name}.toml" for name in (*POLICY_NAMES, *FORMAT_LISTS)))
    return {name: read_file(_DEFAULTS / name) for name in names}


def read_policies(folder: Path) -> Policies:
    """The policies in force. Raises WrongUse naming the file and the key, Unavailable if a file cannot be read."""
    others = [path for path in folder.glob("*.toml") if path.stem not in POLICY_NAMES]
    unknown = sorted(path.name for path in others if not is_list_name(path.stem))
    if unknown:
        allowed = ", ".join((*(f"{name}.toml" for name in POLICY_NAMES), f"{LIST_PREFIX}NAME.toml"))
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
    for path in others:
        # Known to the record whether it is switched on or not.
        versions[path.stem] = f"sha512:{hashlib.sha512(read_file(path)).hexdigest()}"
    agreements, agreement_versions = read_agreements(folder / FOLDER)
    signatures = read_signatures(folder / SIGNATURES)
    if signatures:
        data = read_file(folder / SIGNATURES / INSTALLED)
        versions[f"{SIGNATURES}/{Path(INSTALLED).stem}"] = f"sha512:{hashlib.sha512(data).hexdigest()}"
    policies = Policies(
        replication=replication_policy(tables["replication"]),
        ingest=_ingest(tables["ingest"]),
        fixity=fixity_policy(tables["fixity"]),
        formats=replace(format_policy(folder / "formats.toml", tables["formats"]), signatures=signatures),
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
