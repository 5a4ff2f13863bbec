"""The events of an ingest. What each file went through successfully is one event over all of them (DESIGN, promise 8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from preservation.domain.events import EventOutcome, EventType, Json
from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import StoredFile, Transfer
from preservation.domain.ledger import EncodedEvent
from preservation.domain.packages import PackageType
from preservation.domain.policies import Policies
from preservation.ports import PackageReader
from preservation.services.ledger_recording import EventRecorder
from preservation.services.settling import transfer_objects
from preservation.services.staging import Staged
from preservation.services.submission import Submission

SHOWN_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class IngestEvents:
    """Makes them in the words that every ingest uses."""

    recorder: EventRecorder
    policies: Policies

    def received(self, transfer: Transfer, reader: PackageReader) -> EncodedEvent:
        return self.recorder.event(
            EventType.TRANSFER,
            EventOutcome.SUCCESS,
            objects=transfer_objects(transfer),
            detail={"carrier": reader.carrier, "files": len(reader.files), **_carrier(reader.carrier_digest)},
            private={"name": reader.name},
            time=transfer.created,
        )

    def rejected(self, transfer: Transfer, submission: Submission, findings: Sequence[Finding]) -> EncodedEvent:
        codes: list[Json] = [*sorted({finding.code for finding in findings if finding.is_error})]
        return self.recorder.event(
            EventType.VALIDATION,
            EventOutcome.FAILURE,
            objects=transfer_objects(transfer),
            detail={"package_type": submission.package_type.value, "codes": codes, "status": "rejected"},
            private=findings_as_json(findings),
        )

    def left_to_review(self, transfer: Transfer, submission: Submission, findings: Sequence[Finding]) -> EncodedEvent:
        return self.recorder.event(
            EventType.VALIDATION,
            EventOutcome.WARNING,
            objects=transfer_objects(transfer),
            detail={"package_type": submission.package_type.value, "status": "review"},
            private=findings_as_json(findings),
        )

    def not_opened(self, transfer: Transfer, name: str, error: Exception) -> EncodedEvent:
        return self.recorder.event(
            EventType.TRANSFER,
            EventOutcome.FAILURE,
            objects=transfer_objects(transfer),
            detail={"error": type(error).__name__, "status": "failed"},
            private={"name": name, "reason": str(error)},
            time=transfer.created,
        )

    def failed(self, transfer: Transfer, error: Exception) -> EncodedEvent:
        return self.recorder.event(
            EventType.INGESTION,
            EventOutcome.FAILURE,
            objects=transfer_objects(transfer),
            detail={"error": type(error).__name__, "status": "failed"},
            private={"reason": str(error)},
        )

    def of_content(
        self,
        transfer: Transfer,
        submission: Submission,
        staged: Staged,
        findings: Sequence[Finding],
        *,
        identified: bool,
    ) -> list[EncodedEvent]:
        """Validation, digests, identification, packaging: those that the AIP's own PREMIS tells too."""
        objects = transfer_objects(transfer)
        count = len(staged.files)
        warnings = sum(finding.severity is Severity.WARNING for finding in findings)
        events = [
            self.recorder.event(
                EventType.VALIDATION,
                EventOutcome.WARNING if warnings else EventOutcome.SUCCESS,
                objects=objects,
                detail={
                    "package_type": submission.package_type.value,
                    "files": count,
                    "warnings": warnings,
                    # Said openly, so that nobody takes it for granted.
                    "virus_scan": self.policies.formats.viruses.scan.value,
                },
                private=findings_as_json(findings),
            ),
            self.recorder.event(
                EventType.MESSAGE_DIGEST_CALCULATION,
                EventOutcome.SUCCESS,
                objects=objects,
                detail={
                    "algorithms": ["sha512", "sha256"],
                    "files": count,
                    "bytes": staged.bytes,
                    "compared": sum(bool(placed.expected) for placed in submission.files),
                    **_carrier(_received(submission, staged)),
                },
            ),
        ]
        if identified:
            engines: list[Json] = [*sorted(_engines(staged.files))]
            events.append(
                self.recorder.event(
                    EventType.FORMAT_IDENTIFICATION,
                    EventOutcome.WARNING if staged.unidentified else EventOutcome.SUCCESS,
                    objects=objects,
                    detail={"files": count, "unidentified": staged.unidentified, "engines": engines},
                    policy=self.policies.versions.get("formats"),
                )
            )
        events.append(
            self.recorder.event(
                EventType.INFORMATION_PACKAGE_CREATION,
                EventOutcome.SUCCESS,
                objects=objects,
                detail={"files": count, "bytes": staged.bytes},
            )
        )
        return events


def findings_as_json(findings: Sequence[Finding]) -> dict[str, Json]:
    """Findings with their paths, for an event's private part: the first ones, and how many there were."""
    if not findings:
        return {}
    return {
        "findings": [
            {"code": one.code, "severity": one.severity.value, "path": one.path, "values": dict(one.values)}
            for one in findings[:SHOWN_FINDINGS]
        ],
        "findings_total": len(findings),
    }


def _received(submission: Submission, staged: Staged) -> bytes | None:
    """The digest of the one file that came: an archive, or a file that is the whole submission."""
    if submission.package_type is PackageType.FILE and len(staged.files) == 1:
        return staged.files[0].sha512
    return submission.carrier_digest


def _carrier(digest: bytes | None) -> dict[str, Json]:
    return {"carrier_digest": f"sha512:{digest.hex()}"} if digest is not None else {}


def _engines(files: Iterable[StoredFile]) -> set[str]:
    found = {id(file.format): file.format for file in files if file.format is not None}
    return {f"{one.engine} {one.engine_version} ({one.signatures})" for one in found.values()}
