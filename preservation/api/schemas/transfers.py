"""Transfers, their uploads and reports."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from preservation.api.schemas.shape import (
    EXAMPLE_SHA256,
    EXAMPLE_TIME,
    EXAMPLE_URN,
    NEXT,
    URN,
    Request,
    Shape,
    Size,
    example,
)
from preservation.domain.deposits import DepositSource
from preservation.domain.findings import Severity
from preservation.domain.holdings import SubmissionMode, TransferStatus

MAX_PATH = 4096
_TRANSFER = {
    "id": EXAMPLE_URN,
    "status": "accepted",
    "collection": EXAMPLE_URN,
    "created": EXAMPLE_TIME,
    "source": "upload",
    "agreement": "so-noi-vu-2026",
    "account": EXAMPLE_URN,
    "name": "ho-so-42.zip",
    "size": 83_886_080,
    "sha256": EXAMPLE_SHA256,
    "title": None,
    "mode": "replacement",
    "package_type": None,
    "aip": None,
    "version": None,
    "submitted": EXAMPLE_TIME,
    "decided_by": None,
    "reason": None,
}

Name = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
AgreementId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class NewTransfer(Request):
    """What is to be handed over. A collection or an agreement has to be named; an agreement names its collection."""

    model_config = Request.model_config | example(
        collection=EXAMPLE_URN, name="ho-so-42.zip", size=83_886_080, sha256=EXAMPLE_SHA256
    )

    collection: URN | None = None
    agreement: AgreementId | None = None
    name: Name | None = Field(default=None, description="The package's file name.")
    size: Size | None = Field(default=None, description="In bytes: checked when it has arrived.")
    sha256: Sha256 | None = Field(default=None, description="Of the uploaded file: checked when it has arrived.")
    path: Annotated[str, StringConstraints(min_length=1, max_length=MAX_PATH)] | None = Field(
        default=None, description="Where the package lies on the server, instead of an upload."
    )
    title: Title | None = None
    aip: URN | None = Field(default=None, description="Make a new version of this AIP instead of a new AIP.")
    mode: Literal["replacement", "supplement"] = "replacement"


class Transfer(Shape):
    """A transfer, and what became of it."""

    model_config = example(**_TRANSFER)

    id: URN
    status: TransferStatus
    collection: URN
    created: datetime
    source: DepositSource | None = Field(description="How it came over the service; null if it came otherwise.")
    agreement: str | None
    account: URN | None = Field(description="Who deposits it.")
    name: str | None
    size: int | None
    sha256: str | None
    title: str | None
    mode: SubmissionMode
    package_type: str | None
    aip: URN | None
    version: int | None
    submitted: datetime | None
    decided_by: URN | None
    reason: str | None


class TransferPage(Shape):
    items: list[Transfer]
    next: str | None = NEXT


class SubmittedTransfer(Shape):
    """A transfer and the job that was queued for it."""

    model_config = example(transfer=_TRANSFER, job=EXAMPLE_URN)

    transfer: Transfer
    job: URN | None = Field(description="Null where there was nothing to queue.")


class ReportedFinding(Shape):
    model_config = example(
        code="BAG-DIGEST-MISMATCH", severity="error", path="data/a.pdf", message="The file differs from its manifest."
    )

    code: str
    severity: Severity
    path: str
    message: str = Field(description="In the language that `Accept-Language` asks for: English or Vietnamese.")


class ReportedFormat(Shape):
    puid: str | None
    name: str | None
    count: int


class TransferReport(Shape):
    """What checking found. Null and empty before anything was checked."""

    model_config = example(
        transfer=EXAMPLE_URN,
        status="rejected",
        valid=False,
        package_type="bag",
        files=3,
        bytes=4096,
        findings=[],
        formats=[],
    )

    transfer: URN
    status: TransferStatus
    valid: bool | None
    package_type: str | None
    files: int | None
    bytes: int | None
    findings: list[ReportedFinding]
    formats: list[ReportedFormat]


class Rejection(Request):
    """Why an archivist says no. The depositor reads it."""

    model_config = Request.model_config | example(reason="Hồ sơ thiếu mục lục văn bản.")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Upload(Shape):
    """An upload (tus 1.0): its bytes go to its address by PATCH."""

    model_config = example(
        id=EXAMPLE_URN, transfer=EXAMPLE_URN, length=83_886_080, offset=0, expires=EXAMPLE_TIME, finished=None
    )

    id: URN
    transfer: URN
    length: int
    offset: int
    expires: datetime
    finished: datetime | None


class Uploads(Shape):
    items: list[Upload]
