"""The record of a committed version: the last step of an ingest, and what recovery does for one that was cut off before it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeGuard

from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.fixity_schedule import due_of_new
from preservation.domain.holdings import (
    AIPVersion,
    CopyRecord,
    CopyState,
    NewAIPVersion,
    Transfer,
    TransferStatus,
)
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.ports import Catalogue
from preservation.services.examination_filing import file_what_was_found
from preservation.services.ledger_recording import EventRecorder
from preservation.services.promotion import wanted_copies

NOT_REACHED = "it took no part: it could not be reached, or its copy was not the version before"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a version came to: the transfer's status, and how many good copies there are of those wanted."""

    status: TransferStatus
    copies: int
    wanted: int


def settle(
    *,
    catalogue: Catalogue,
    recorder: EventRecorder,
    policies: Policies,
    transfer: Transfer,
    new: NewAIPVersion,
    held_by: Sequence[str],
    lacking: Mapping[str, str],
    known: Iterable[str],
    events: Sequence[EncodedEvent],
    now: datetime,
) -> Settled:
    """Record a committed version with its transfer, copies and events, in one transaction.

    `held_by` have read it back; `lacking` says why others have not; `known` are all that are counted on.
    """
    version = new.version
    before = {copy.replica: copy for copy in catalogue.copies(version.aip)}
    lacking = {**dict.fromkeys((one for one in known if one not in held_by), NOT_REACHED), **lacking}
    # A version added to a copy that is damaged elsewhere makes it no better.
    good = [one for one in held_by if not _is_bad(before.get(one))]
    wanted = wanted_copies(catalogue, policies, transfer)
    status = TransferStatus.PRESERVED if len(good) >= wanted else TransferStatus.STORED
    aip = LinkedObject(
        id=version.aip,
        kind="aip",
        role="outcome",
        version=version.number,
        digest=f"sha512:{version.inventory_digest}",
    )
    ingestion = recorder.event(
        EventType.INGESTION,
        EventOutcome.SUCCESS,
        objects=(aip, *(one for one in transfer_objects(transfer) if one.kind != "aip")),
        detail={
            "copies": len(good),
            "files": version.file_count,
            "bytes": version.bytes,
            "package_type": transfer.package_type,
            "status": status.value,
        },
        time=now,
        policy=policies.versions.get("replication"),
    )
    with catalogue.begin() as tx:
        tx.record_version(new)
        tx.save_copies(_copies(version, held_by, lacking, before, now, policies))
        tx.save_transfer(replace(transfer, status=status))
        file_what_was_found(tx, version, events)
        tx.append_events([*events, ingestion, *_replications(recorder, aip, held_by, lacking, before, now)])
    return Settled(status, len(good), wanted)


def _copies(
    version: AIPVersion,
    held_by: Sequence[str],
    lacking: Mapping[str, str],
    before: Mapping[str, CopyRecord],
    now: datetime,
    policies: Policies,
) -> Iterator[CopyRecord]:
    for replica in held_by:
        copy = before.get(replica)
        if _is_bad(copy):
            yield replace(copy, version=version.number, written=now)
        else:
            due = due_of_new(policies.fixity, version.aip, now)
            yield CopyRecord(version.aip, replica, version.number, CopyState.INTACT, now, now, due)
    for replica in lacking:
        copy = before.get(replica) or CopyRecord(version.aip, replica, 0, CopyState.PENDING)
        yield copy if _is_bad(copy) else replace(copy, state=CopyState.PENDING)


def _is_bad(copy: CopyRecord | None) -> TypeGuard[CopyRecord]:
    """Whether something was found wrong with a copy that a new version does not mend."""
    return copy is not None and copy.state not in (CopyState.INTACT, CopyState.PENDING)


def _replications(
    recorder: EventRecorder,
    aip: LinkedObject,
    held_by: Sequence[str],
    lacking: Mapping[str, str],
    before: Mapping[str, CopyRecord],
    now: datetime,
) -> Iterator[EncodedEvent]:
    for replica in held_by:
        copy = before.get(replica)
        is_bad = _is_bad(copy)
        yield recorder.event(
            EventType.REPLICATION,
            EventOutcome.WARNING if is_bad else EventOutcome.SUCCESS,
            objects=(aip, LinkedObject(id=replica, kind="replica", role="outcome")),
            detail={"read_back": True, **({"earlier_versions": copy.state.value} if is_bad and copy else {})},
            time=now,
        )
    for replica, reason in lacking.items():
        yield recorder.event(
            EventType.REPLICATION,
            EventOutcome.FAILURE,
            objects=(aip, LinkedObject(id=replica, kind="replica", role="outcome")),
            detail={"read_back": False},
            private={"reason": reason},
            time=now,
        )


def transfer_objects(transfer: Transfer) -> tuple[LinkedObject, ...]:
    """What an event about a transfer is linked to: the transfer, its collection, and the AIP version it is to become."""
    linked = [
        LinkedObject(id=transfer.id, kind="transfer"),
        LinkedObject(id=transfer.collection, kind="collection", role="collection"),
    ]
    if transfer.aip is not None:
        linked.append(LinkedObject(id=transfer.aip, kind="aip", role="outcome", version=transfer.version))
    return tuple(linked)
