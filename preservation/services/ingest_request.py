"""What an ingest is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.findings import Finding
from preservation.domain.holdings import Collection, TransferStatus
from preservation.ports import PackageReader


class Mode(StrEnum):
    """What a second submission to an AIP does to its content (Circular 05/2025, RECORDSTATUS)."""

    REPLACEMENT = "replacement"
    SUPPLEMENT = "supplement"


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """`aip` names an AIP that gets a new version; without it a new AIP is made. `title` overrides what the package says."""

    reader: PackageReader
    collection: Collection
    title: str | None = None
    aip: str | None = None
    mode: Mode = Mode.REPLACEMENT


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of a transfer. `copies` of `wanted` replicas hold it, read back. `reason` says why it failed."""

    transfer: str
    status: TransferStatus
    aip: str | None
    version: int | None
    findings: Sequence[Finding]
    files: int = 0
    bytes: int = 0
    copies: int = 0
    wanted: int = 0
    reason: str = ""
