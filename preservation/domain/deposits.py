"""Deposits: what somebody hands over, from the first byte until the transfer is preserved, refused or withdrawn.

Work under way, not holdings: nothing here is needed to rebuild the repository, and nothing here outlives its use.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from preservation.domain.events import Json
from preservation.domain.holdings import SubmissionMode, TransferStatus
from preservation.domain.names import unescape
from preservation.domain.package_paths import MAX_NAME_BYTES


class DepositSource(StrEnum):
    """UPLOAD: its bytes come over HTTP. PATH: it lies in a folder that the administrator allows. DROP: in a watched place."""

    UPLOAD = "upload"
    PATH = "path"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """What is known of a transfer beside its status.

    `place` is absolute for PATH; for UPLOAD and DROP it is relative to the folder of deposits, None while nothing has come.
    `name` is the package's name as received (domain.names.escape). `size` and `sha256` are what the depositor said, None if
    nothing was said. `report` is what checking found, as the API shows it. `reason` says why it was rejected or failed.
    `drop` names the watched place that it came from, and `reported` the status that was last told there.
    """

    transfer: str
    account: str | None
    agreement: str | None
    source: DepositSource
    created: datetime
    name: str | None = None
    place: str | None = None
    size: int | None = None
    sha256: str | None = None
    title: str | None = None
    aip: str | None = None
    mode: SubmissionMode = SubmissionMode.REPLACEMENT
    submitted: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    report: Json = None
    drop: str | None = None
    reported: TransferStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A resumable upload (tus 1.0). Its offset is the size of its file, so that no crash can make the two disagree."""

    id: str
    transfer: str
    account: str
    length: int
    created: datetime
    expires: datetime
    finished: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedAnswer:
    """What a request with an Idempotency-Key was answered. `request` is a digest of method, path and body."""

    account: str
    key: str
    request: bytes
    created: datetime
    status: int
    body: bytes
    location: str | None = None


def is_package_name(name: str) -> bool:
    """Whether a name (domain.names.escape) can be that of a file: neither a path nor nothing, 255 bytes at most."""
    try:
        raw = unescape(name)
    except UnicodeEncodeError:
        return False
    return raw not in (b"", b".", b"..") and b"/" not in raw and b"\0" not in raw and len(raw) <= MAX_NAME_BYTES
