"""The events of fixity and repair: what was found, what was set aside, what was made again, and that it is right now.

Names of files are in the private part. An event names at most `FILES_IN_EVENT` of them: a copy with more is told in several.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.fixity import Damaged, FixityResult, Missing, Unreadable
from preservation.domain.holdings import AIPVersion, CopyRecord, CopyState, Transfer
from preservation.domain.ledger import EncodedEvent
from preservation.services.fixity_copies import CheckedCopy
from preservation.services.fixity_report import named, reason, word
from preservation.services.ledger_recording import EventRecorder
from preservation.services.quarantine_register import place_of
from preservation.services.repair import Repair

FILES_IN_EVENT = 500


@dataclass(frozen=True, slots=True)
class FixityEvents:
    """Makes them; the service appends them in the transaction of what they tell."""

    recorder: EventRecorder

    def found(self, replica: str, checked: CheckedCopy, before: CopyRecord | None = None) -> Iterator[EncodedEvent]:
        """What a check found of one copy: a failure, or a warning where files differed once and then agreed.

        `before` is what was known of it: how long the fault may have been there, and whether it was known already.
        """
        report, state = checked.report, checked.state
        files: list[Json] = [_described(problem) for problem in report.problems]
        files += [{"file": named(key), "outcome": "differed once, then agreed"} for key in report.transient]
        for start in range(0, max(len(files), 1), FILES_IN_EVENT):
            yield self.recorder.event(
                EventType.FIXITY_CHECK,
                EventOutcome.WARNING if state is CopyState.INTACT else EventOutcome.FAILURE,
                objects=linked(replica, checked.version),
                detail={
                    "outcome": state.value,
                    "damaged": len(report.all_of(Damaged)),
                    "missing": len(report.all_of(Missing)),
                    "unreadable": len(report.all_of(Unreadable)),
                    "transient": len(report.transient),
                    **_known_before(before),
                    **({"part": start // FILES_IN_EVENT + 1} if len(files) > FILES_IN_EVENT else {}),
                },
                private={"files": files[start : start + FILES_IN_EVENT]},
            )

    def intact_again(self, replica: str, version: AIPVersion, transfers: Sequence[Transfer] = ()) -> EncodedEvent:
        """A copy that was not intact is, on reading it again (CPP-004, steps 7 and 8); `transfers` are preserved by that."""
        objects = linked(replica, version)
        detail: dict[str, Json] = {"outcome": CopyState.INTACT.value}
        for transfer in transfers:
            objects.append(LinkedObject(id=transfer.id, kind="transfer"))
            detail["status"] = transfer.status.value
        return self.recorder.event(
            EventType.FIXITY_CHECK,
            EventOutcome.SUCCESS,
            objects=objects,
            detail=detail,
        )

    def replicated(self, replica: str, version: AIPVersion, failure: str) -> EncodedEvent:
        """A copy that was gone as a whole was made again, or could not be; `failure` says why, "" for success."""
        return self.recorder.event(
            EventType.RECOVERY,
            EventOutcome.FAILURE if failure else EventOutcome.SUCCESS,
            objects=linked(replica, version),
            detail={"found": "missing", "method": "replication"},
            private={"reason": failure} if failure else None,
        )

    def repaired(self, objects: Sequence[LinkedObject], repair: Repair) -> Iterator[EncodedEvent]:
        """One file set aside, and made again (CPP-004, steps 5 to 9 and 12)."""
        found = word(repair.found)
        if repair.aside is not None:
            yield self.recorder.event(
                EventType.QUARANTINE,
                EventOutcome.SUCCESS,
                objects=[*objects, place_of(repair.aside)],
                detail={"found": found},
                private={"file": named(repair.key), "kept_as": named(repair.aside)},
            )
        detail: dict[str, Json] = {"found": found}
        if repair.source:
            detail["source"] = repair.source
        if isinstance(repair.found, Damaged) and repair.found.expected:
            name = "sha512" if len(repair.found.expected) == 128 else "sha256"
            detail |= {"expected": f"{name}:{repair.found.expected}", "found_digest": f"{name}:{repair.found.found}"}
        yield self.recorder.event(
            EventType.RECOVERY,
            EventOutcome.SUCCESS if repair.repaired else EventOutcome.FAILURE,
            objects=objects,
            detail=detail,
            private={"file": named(repair.key), **({"reason": repair.reason} if repair.reason else {})},
        )

    def replica_found(self, replica: str, problems: Sequence[FixityResult]) -> Iterator[EncodedEvent]:
        """What is wrong among the files that a replica holds beside AIPs."""
        for start in range(0, len(problems), FILES_IN_EVENT):
            part = problems[start : start + FILES_IN_EVENT]
            yield self.recorder.event(
                EventType.FIXITY_CHECK,
                EventOutcome.FAILURE,
                objects=[LinkedObject(id=replica, kind="replica")],
                detail={
                    name: count for kind in _KINDS if (count := _count(part, kind)) and (name := kind.__name__.lower())
                },
                private={"files": [_described(problem) for problem in part]},
            )

    def replica_intact_again(self, replica: str) -> EncodedEvent:
        """Every such file is right, on reading it again."""
        return self.recorder.event(
            EventType.FIXITY_CHECK,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=replica, kind="replica")],
            detail={"outcome": CopyState.INTACT.value},
        )


def _known_before(copy: CopyRecord | None) -> dict[str, Json]:
    if copy is None:
        return {}
    return {"before": copy.state.value, "last_checked": copy.checked.isoformat() if copy.checked else None}


_KINDS = (Damaged, Missing, Unreadable)


def linked(replica: str, version: AIPVersion) -> list[LinkedObject]:
    """What an event about one copy is linked to."""
    return [
        LinkedObject(id=version.aip, kind="aip", version=version.number, digest=f"sha512:{version.inventory_digest}"),
        LinkedObject(id=replica, kind="replica"),
    ]


def _described(problem: FixityResult) -> Json:
    return {"file": named(problem.key), "outcome": word(problem), "reason": reason(problem)}


def _count(problems: Sequence[FixityResult], kind: type[FixityResult]) -> int:
    return sum(isinstance(problem, kind) for problem in problems)
