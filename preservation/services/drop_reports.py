"""What producers who can only copy files are told: a document for each package, in their own watched place.

<name>.<short id>.json     what became of a transfer; written again if that changes
<name>.waiting.json        why something that lies there is not taken; goes once it is
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from preservation.domain.deposits import Deposit
from preservation.domain.events import Json
from preservation.domain.findings import Finding
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import JobState
from preservation.domain.messages import LANGUAGES, render
from preservation.domain.names import escape, unescape
from preservation.errors import Unavailable
from preservation.ports import Catalogue, DropPlace
from preservation.services.deposit_reports import reported_findings

ENDS = frozenset(
    {
        TransferStatus.STORED,
        TransferStatus.PRESERVED,
        TransferStatus.REJECTED,
        TransferStatus.FAILED,
        TransferStatus.WITHDRAWN,
    }
)
_MEANING: Mapping[TransferStatus, tuple[str, str]] = {
    TransferStatus.STORED: (
        "It is kept, but on fewer replicas than wanted so far; the rest follows.",
        "Đã được lưu, nhưng số bản sao chưa đủ theo quy định; phần còn lại sẽ được bổ sung.",
    ),
    TransferStatus.PRESERVED: (
        "It is preserved: every copy was written and read back.",
        "Đã được bảo quản: mọi bản sao đã được ghi và đọc lại để kiểm tra.",
    ),
    TransferStatus.REJECTED: (
        "It was rejected; the findings and the reason say why. Nothing of it is kept.",
        "Đã bị từ chối; lý do nêu trong các phát hiện và phần lý do. Không có gì được lưu lại.",
    ),
    TransferStatus.FAILED: (
        "It could not be taken in. The archive was told, and still has it.",
        "Chưa thể tiếp nhận. Lưu trữ đã được thông báo và vẫn giữ gói tin.",
    ),
    TransferStatus.WITHDRAWN: ("It was withdrawn.", "Đã được rút lại."),
}
# A name of 255 bytes must leave room for the rest of the report's own.
_KEPT_NAME_BYTES = 200
_SHORT = 8


@dataclass(frozen=True, slots=True)
class DropReports:
    """The reports of one place."""

    catalogue: Catalogue
    place: DropPlace

    def write_all(self, drop: str) -> int:
        """Tell of every transfer from this place that has come to an end since the last time; how many.

        Unavailable, after all the others were told, where a report could not be written: its producer may have put something in
        its place.
        """
        count, problem = 0, None
        for transfer, deposit in self.catalogue.dropped(drop, ENDS):
            if transfer.status is TransferStatus.FAILED and self._is_tried_again(transfer.id):
                continue
            try:
                self.place.write_report(report_key(deposit.name or "", transfer.id), _report(transfer, deposit))
            except Unavailable as error:
                problem = error
                continue
            with self.catalogue.begin() as tx:
                tx.note_reported(transfer.id, transfer.status)
            count += 1
        if problem is not None:
            raise problem
        return count

    def _is_tried_again(self, transfer: str) -> bool:
        table = self.catalogue.job_table()
        return any(table.jobs(subject=transfer, state=one, limit=1) for one in (JobState.QUEUED, JobState.RUNNING))


def report_key(name: str, transfer: str) -> str:
    """The file name of a transfer's report."""
    return f"{_shortened(name)}.{transfer[-_SHORT:]}.json"


def waiting_key(name: str) -> str:
    """The file name of the report on what is not taken yet."""
    return f"{_shortened(name)}.waiting.json"


def waiting_report(name: str, fingerprint: str, findings: Iterable[Finding]) -> bytes:
    """`fingerprint` says what was looked at, so that it is not read again before it changes."""
    return _document(
        {"name": name, "status": "waiting", "seen": fingerprint, "findings": [_told(one) for one in findings]}
    )


def told_fingerprint(report: bytes | None) -> str | None:
    """What an earlier waiting report was about; None if there is none that can be read: its producer may have changed it."""
    try:
        found = json.loads(report) if report is not None else None
    except (ValueError, RecursionError):
        return ""
    seen = found.get("seen") if isinstance(found, dict) else None
    return seen if isinstance(seen, str) else None if report is None else ""


def _report(transfer: Transfer, deposit: Deposit) -> bytes:
    return _document(
        {
            "name": deposit.name,
            "transfer": transfer.id,
            "agreement": deposit.agreement,
            "submitted": deposit.submitted.isoformat() if deposit.submitted else None,
            "status": transfer.status.value,
            "meaning": dict(zip(LANGUAGES, _MEANING[transfer.status], strict=True)),
            "aip": transfer.aip if transfer.status in (TransferStatus.STORED, TransferStatus.PRESERVED) else None,
            "version": transfer.version
            if transfer.status in (TransferStatus.STORED, TransferStatus.PRESERVED)
            else None,
            "reason": deposit.reason,
            "findings": [_told(one) for one in reported_findings(deposit.report)],
        }
    )


def _told(finding: Finding) -> Json:
    sentences: dict[str, Json] = {language: render(finding, language) for language in LANGUAGES}
    return {"code": finding.code, "severity": finding.severity.value, "path": finding.path, **sentences}


def _document(values: Mapping[str, Json]) -> bytes:
    return json.dumps(values, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


def _shortened(name: str) -> str:
    """The name, cut where it is long; by whole characters where it is text."""
    raw = unescape(name)
    if len(raw) <= _KEPT_NAME_BYTES:
        return name
    cut = raw[:_KEPT_NAME_BYTES]
    try:
        raw.decode()
    except UnicodeDecodeError:
        return escape(cut)
    return escape(cut.decode("utf-8", "ignore").encode())
