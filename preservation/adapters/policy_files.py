"""Policies from a folder of TOML files: `replication.toml`, `ingest.toml`, `fixity.toml`, `formats.toml`.

Each file has to be there, since a missing one would quietly change what the archive decided; a key that is left out
takes the default that `policies/README.md` documents. Everything else that is not understood is refused by name.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, TypeVar

from preservation.domain.packages import PackageLimits
from preservation.domain.policies import (
    FixityPolicy,
    FormatEngine,
    FormatPolicy,
    IngestPolicy,
    Policies,
    ReplicationPolicy,
    SecondOpinion,
)
from preservation.errors import Unavailable, WrongUse

POLICY_NAMES = ("replication", "ingest", "fixity", "formats")

# The defaults lie beside the package, in a checkout as in an installed wheel.
_DEFAULTS = Path(__file__).resolve().parents[2] / "policies"

# A policy is a page that people read; anything longer is not one.
_MAX_FILE_BYTES = 1 << 20

_Choice = TypeVar("_Choice", bound=StrEnum)


def default_policy_files() -> Mapping[str, bytes]:
    """The policies that a new home begins with, by file name. Raises Unavailable if they cannot be read."""
    names = ("README.md", *(f"{name}.toml" for name in POLICY_NAMES))
    return {name: _read(_DEFAULTS / name) for name in names}


def read_policies(folder: Path) -> Policies:
    """The policies in force. Raises WrongUse naming the file and the key, Unavailable if a file cannot be read."""
    unknown = sorted(path.name for path in folder.glob("*.toml") if path.stem not in POLICY_NAMES)
    if unknown:
        allowed = ", ".join(f"{name}.toml" for name in POLICY_NAMES)
        raise WrongUse(f"{folder / unknown[0]}: no policy has this name; allowed are {allowed}")
    tables: dict[str, _Table] = {}
    versions: dict[str, str] = {}
    for name in POLICY_NAMES:
        path = folder / f"{name}.toml"
        if not path.exists():
            raise WrongUse(f"{path}: this policy file is missing")
        data = _read(path)
        tables[name] = _Table(path, data)
        versions[name] = f"sha512:{hashlib.sha512(data).hexdigest()}"
    policies = Policies(
        replication=_replication(tables["replication"]),
        ingest=_ingest(tables["ingest"]),
        fixity=_fixity(tables["fixity"]),
        formats=_formats(tables["formats"]),
        versions=MappingProxyType(versions),
    )
    for table in tables.values():
        table.refuse_the_rest()
    return policies


class _Table:
    """The keys of one file. Each is taken once; what nobody takes is unknown."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._taken: list[str] = []
        try:
            self._values = tomllib.loads(data.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise WrongUse(f"{path}: not a TOML document: {error}") from error

    def whole_number(self, key: str, *, default: int, least: int, most: int) -> int:
        value = self._take(key, default)
        # bool is an int to Python, never to a reader of the file.
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._refuse(key, value, f"a whole number from {least} to {most}")
        return value

    def choice(self, key: str, make: Callable[[str], _Choice], default: _Choice) -> _Choice:
        value = self._take(key, default.value)
        allowed = [member.value for member in type(default)]
        if not isinstance(value, str) or value not in allowed:
            self._refuse(key, value, "one of " + ", ".join(f'"{word}"' for word in allowed))
        return make(value)

    def refuse_the_rest(self) -> None:
        for key in self._values:
            if key not in self._taken:
                raise WrongUse(f"{self._path}: unknown key {key!r}; allowed are {', '.join(self._taken)}")

    def _take(self, key: str, default: object) -> object:
        self._taken.append(key)
        return self._values.get(key, default)

    def _refuse(self, key: str, value: object, allowed: str) -> NoReturn:
        raise WrongUse(f"{self._path}: {key} = {value!r} is not allowed; it must be {allowed}")


def _replication(table: _Table) -> ReplicationPolicy:
    return ReplicationPolicy(copies=table.whole_number("copies", default=2, least=1, most=100))


def _ingest(table: _Table) -> IngestPolicy:
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


def _fixity(table: _Table) -> FixityPolicy:
    return FixityPolicy(window_days=table.whole_number("window_days", default=90, least=1, most=36_500))


def _formats(table: _Table) -> FormatPolicy:
    return FormatPolicy(
        first=table.choice("first", FormatEngine, FormatEngine.SIEGFRIED),
        second=table.choice("second", SecondOpinion, SecondOpinion.DOUBTFUL),
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise WrongUse(f"{path}: larger than {_MAX_FILE_BYTES} bytes")
    return data
