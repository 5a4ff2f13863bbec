"""What an ingest is asked, and what it answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.events import Json
from preservation.domain.findings import Finding
from preservation.domain.holdings import Collection, SubmissionMode, TransferStatus
from preservation.ports import PackageReader


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """`aip` names an AIP that gets a new version; without it a new AIP is made. `title` overrides what the package says.

    `transfer` is the id of one that was accepted before; without it a new transfer begins. `copies` are
    wanted where that is more than the replication policy asks for. `agreement` is held against it. `decided` are the codes of
    what an archivist was told of before they accepted the package; None: whoever asks decides about everything.
    """

    reader: PackageReader
    collection: Collection
    title: str | None = None
    aip: str | None = None
    mode: SubmissionMode = SubmissionMode.REPLACEMENT
    transfer: str | None = None
    copies: int | None = None
    agreement: SubmissionAgreement | None = None
    decided: frozenset[str] | None = frozenset()

    def leaves_open(self, codes: Iterable[str]) -> bool:
        """Whether one of these has still to be decided on by an archivist."""
        return self.decided is not None and not self.decided.issuperset(codes)


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

    def described(self) -> dict[str, Json]:
        """As commands and jobs show it, without the findings, which each tells in its reader's language."""
        return {
            "transfer_id": self.transfer,
            "status": self.status.value,
            "aip_id": self.aip,
            "version": self.version,
            "files": self.files,
            "bytes": self.bytes,
            "copies": self.copies,
            "copies_wanted": self.wanted,
        }
