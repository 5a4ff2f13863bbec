"""An OCFL inventory as frozen values (OCFL 1.1, 3.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from preservation.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class VersionBlock:
    """One version. `state` maps logical paths to digests, lower-case hexadecimal. `created_text` is `created` as written."""

    created: datetime
    message: str | None
    user_name: str | None
    user_address: str | None
    state: Mapping[str, str]
    created_text: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """A valid inventory. Digests are lower-case hexadecimal.

    `manifest` maps digests to content paths; `versions` numbers to blocks, in order; `fixity` algorithm names to
    content paths to values. `version_names` are the version folders' names in order, "v1" first.
    """

    id: str
    spec_version: str
    digest_algorithm: str
    head: int
    content_directory: str
    version_names: tuple[str, ...]
    manifest: Mapping[str, tuple[str, ...]]
    versions: Mapping[int, VersionBlock]
    fixity: Mapping[str, Mapping[str, str]]

    @property
    def sha256(self) -> Mapping[str, str]:
        """The fixity block's SHA-256 by content path, hexadecimal; empty where there is none."""
        return self.fixity.get("sha256", {})


class InvalidInventory(ValueError):
    """The bytes are no valid inventory; `findings` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f"{finding.code} {finding.values.get('value', '')}".strip() for finding in findings))


class InventoryRow(Protocol):
    """A file of a version's state: what the writer needs of it. Digests are raw (64 and 32 bytes)."""

    @property
    def logical_path(self) -> str: ...

    @property
    def content_path(self) -> str: ...

    @property
    def sha512(self) -> bytes: ...

    @property
    def sha256(self) -> bytes: ...
