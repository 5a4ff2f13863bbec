"""The record of virus scans: one event for each AIP version or transfer that was scanned.

    detail   {"act", "scanner", "files", "infected", "unscanned", "whole"}; "not_scanned" where nobody could look
    private  {"found": [[path, name], ...]}: the first ones, by logical path

PREMIS event type "virus check" (CPP-007). A finding never removes anything.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from preservation.domain.events import Event, EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.filed_examinations import VirusRecord
from preservation.domain.ledger import EncodedEvent
from preservation.services.ledger_recording import EventRecorder

ACT = "virus scan"
MOST_FOUND = 1000
_MOST_TEXT = 200


def virus_event(
    recorder: EventRecorder,
    objects: Sequence[LinkedObject],
    *,
    scanner: str,
    files: int,
    found: Sequence[tuple[str, str]],
    unscanned: int = 0,
    is_whole: bool = True,
    time: datetime | None = None,
    policy: str | None = None,
) -> EncodedEvent:
    """An event about files of which some may be infected; `found` are their logical paths with what was found.

    `unscanned` files could not be looked into: they are encrypted, or beyond the scanner's limits. With `is_whole` the
    files are all that the version has, so that it counts as scanned.
    """
    listed: list[Json] = [[path, _plain(name)] for path, name in found[:MOST_FOUND]]
    return recorder.event(
        EventType.VIRUS_CHECK,
        EventOutcome.FAILURE if found else EventOutcome.SUCCESS,
        objects=objects,
        agents=[LinkedAgent(ACT)],
        detail={
            "act": ACT,
            "scanner": _plain(scanner),
            "files": files,
            "infected": len(found),
            "unscanned": unscanned,
            "whole": is_whole,
        },
        private={"found": listed} if listed else {},
        time=time,
        policy=policy,
    )


def not_scanned_event(
    recorder: EventRecorder, objects: Sequence[LinkedObject], *, files: int, reason: str, policy: str | None = None
) -> EncodedEvent:
    """That nobody could look, which is not "clean": the policy takes such files in, to be scanned later."""
    return recorder.event(
        EventType.VIRUS_CHECK,
        EventOutcome.WARNING,
        objects=objects,
        detail={"act": ACT, "files": files, "not_scanned": True},
        private={"reason": _plain(reason)},
        policy=policy,
    )


def virus_record(event: Event, private: bytes | None) -> VirusRecord | None:
    """What an event says of an AIP version; None for one that is not about all of a version, or has lost its text."""
    aip = next((one for one in event.objects if one.kind == "aip" and one.version), None)
    if (
        event.type is not EventType.VIRUS_CHECK
        or aip is None
        or aip.version is None
        or event.detail.get("whole") is not True
        # Without its text it does not say which files: that is for the next scan to find.
        or (event.detail.get("infected") and not private)
    ):
        return None
    found = json.loads(private).get("found", []) if private else []
    return VirusRecord(
        aip=aip.id,
        version=aip.version,
        time=event.time,
        scanner=str(event.detail["scanner"]),
        found=[(path, name) for path, name in found],
    )


def _plain(text: str) -> str:
    return text[:_MOST_TEXT].encode("utf-8", "replace").decode()
