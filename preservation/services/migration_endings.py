"""How an AIP of a plan comes to its end: what is recorded of it, and the event where no version tells of it.

What became a version has its event with that version; of that one only what it really has is counted. Whoever ends an AIP holds
its lock (`migration:<plan>:<ordinal>`).
"""

from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_plans import ItemState, MigrationItem, MigrationPlan
from preservation.ports import Catalogue, Clock
from preservation.ports.migrations import MigrationTable, MigrationWork
from preservation.services.ledger_recording import EventRecorder
from preservation.services.migration_counts import Counted, counted
from preservation.services.migration_document import plan_detail

NO_ROOM = "NO-ROOM"
GIVEN_UP = "the plan was stopped"

_MADE = (TransferStatus.STORED, TransferStatus.PRESERVED)
_MOST_SHOWN = 1000


def transfer_id(plan: str, aip: str, base: int) -> str:
    """Of what a plan does to a version of an AIP: asked for again, it is the same transfer."""
    return uuid5(NAMESPACE_URL, f"{plan}/{version_id(aip, base)}").urn


def transfer_of(catalogue: Catalogue, item: MigrationItem) -> Transfer | None:
    """What makes, or has made, the version of an AIP that somebody began; None where it did not come to that."""
    return None if item.base is None else catalogue.transfer(transfer_id(item.plan, item.aip, item.base))


def made_version(catalogue: Catalogue, item: MigrationItem) -> int | None:
    """The version that the plan has made of an AIP, whether or not that was recorded of it."""
    if item.version is not None:
        return item.version
    known = transfer_of(catalogue, item)
    return known.version if known is not None and known.status in _MADE else None


def made_representation(catalogue: Catalogue, aip: str, version: int) -> str | None:
    """The one that the version has and the one before had not: the last by its number."""
    names = [one.name for one in catalogue.representations(aip, version)]
    numbers = [int(name[3:]) for name in names if name.startswith("rep") and name[3:].isdigit()]
    return f"rep{max(numbers)}" if numbers else None


@dataclass(frozen=True, slots=True)
class ItemEndings:
    """The service, for AIPs of one plan."""

    catalogue: Catalogue
    recorder: EventRecorder
    clock: Clock
    plan: MigrationPlan
    policy: str | None

    @property
    def table(self) -> MigrationTable:
        return self.catalogue.migration_table()

    def migrated(self, item: MigrationItem, version: int, work: MigrationWork) -> MigrationItem:
        """A version was made: its results are counted where they are, those files that have none in the journal."""
        name = made_representation(self.catalogue, item.aip, version)
        inside = f"representations/{name}/"
        sources: set[str] = set()
        counts, tried = Counted(), counted(work)
        for file in self.catalogue.files(item.aip, version):
            if file.source is not None and file.logical_path.startswith(inside):
                sources.add(file.source)
                counts.result_bytes += file.size
        for file in self.catalogue.files(item.aip, version):
            if file.logical_path in sources:
                counts.bytes += file.size
        counts.migrated, counts.failed, counts.left = len(sources), tried.failed, tried.left
        counts.tried_bytes = counts.bytes + tried.tried_bytes - tried.bytes
        counts.reasons = tried.reasons
        return self._ended(replace(item, version=version, representation=name), ItemState.MIGRATED, counts)

    def unchanged(self, item: MigrationItem, work: MigrationWork) -> MigrationItem:
        """Every file was tried, and none was migrated; or there was none to try, of which nothing is to be told."""
        counts = counted(work)
        events = [self._event(item, ItemState.UNCHANGED, counts, "", work)] if counts.total else []
        return self._ended(item, ItemState.UNCHANGED, counts, events)

    def given_up(self, item: MigrationItem, work: MigrationWork) -> MigrationItem:
        """The plan was stopped in the middle of it: what failed is told, and what was good is not kept."""
        counts = counted(work)
        events = [self._event(item, ItemState.UNCHANGED, counts, GIVEN_UP, work)] if counts.total else []
        counts.tried_bytes -= counts.bytes
        counts.migrated = counts.bytes = counts.result_bytes = 0
        # It was not tried whole: another plan looks at it as at one that nobody has begun.
        return self._ended(replace(item, base=None), ItemState.UNCHANGED, counts, events)

    def without_room(self, item: MigrationItem, reason: str) -> MigrationItem:
        """Its results have no room on the disk: all of its files have failed."""
        counts = Counted(failed=item.amount.files, tried_bytes=item.amount.bytes, reasons={NO_ROOM: item.amount.files})
        events = [self._event(item, ItemState.FAILED, counts, reason, None)]
        return self._ended(replace(item, base=None), ItemState.FAILED, counts, events)

    def _ended(
        self, item: MigrationItem, state: ItemState, counts: Counted, events: list[EncodedEvent] | None = None
    ) -> MigrationItem:
        now = self.clock.now()
        ended = replace(
            item,
            state=state,
            done=counts.migrated,
            failed=counts.failed,
            left=counts.left,
            done_bytes=counts.bytes,
            result_bytes=counts.result_bytes,
            reasons=counts.reasons,
            ended=now,
            due=None,
        )
        self.table.end_item(ended, now=now, tried_bytes=counts.tried_bytes, events=events or [])
        return ended

    def _event(
        self, item: MigrationItem, state: ItemState, counts: Counted, reason: str, work: MigrationWork | None
    ) -> EncodedEvent:
        codes: dict[str, Json] = dict(counts.reasons)
        private: dict[str, Json] = {"reason": reason} if reason else {}
        if work is not None:
            entries = (work.entry(source) for source in work.sources())
            told = ({key: entry[key] for key in ("source", "code", "detail")} for entry in entries if "code" in entry)
            private["files"] = [
                {"path": one["source"], "code": one["code"], "detail": one["detail"]}
                for one, _ in zip(told, range(_MOST_SHOWN), strict=False)
            ]
        objects = [LinkedObject(id=item.aip, kind="aip", version=item.base), LinkedObject(id=self.plan.id, kind="plan")]
        if item.base is not None:
            objects.append(LinkedObject(id=version_id(item.aip, item.base), kind="aip version"))
        return self.recorder.event(
            EventType.MIGRATION,
            EventOutcome.FAILURE,
            objects=objects,
            detail={
                **plan_detail(self.plan),
                "files": 0,
                "failed": counts.failed,
                "left": counts.left,
                "codes": codes,
                "state": state.value,
            },
            private=private,
            policy=self.policy,
        )
