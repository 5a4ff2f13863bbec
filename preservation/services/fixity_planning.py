"""When copies are due: planned for those whose time is unknown, planned anew for all where policy, tree or replicas changed.

Planning anew never undoes what was brought forward: what is near damage, and what `hasten_replica` wanted by a day.
Most due times are written together with what they follow from: ingest says when a new copy is due, a check when the next one is.
What is left is planned here, a page of copies in a transaction, and only where nobody has looked at a copy since it was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.events import EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.fixity_schedule import AT_ONCE, CLOCKS_DIFFER, NEIGHBOURS, FixitySchedule
from preservation.domain.fixity_windows import plan_digest, replica_order, windows_of
from preservation.domain.holdings import CopyRecord
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, Clock, Progress
from preservation.services.ledger_recording import EventRecorder

HASTENED = "checks hastened"
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class FixityPlanning:
    """The service."""

    catalogue: Catalogue
    clock: Clock
    policies: Policies

    def schedule(self) -> FixitySchedule:
        """The policy, for collections and replicas as they are now."""
        return schedule_of(self.catalogue, self.policies)

    def is_current(self) -> bool:
        """Whether all due times follow from what is in force now; a few small questions."""
        planned = self.catalogue.fixity_plan_table().planned_as()
        return planned is not None and planned == (self._digest(self.schedule()), None)

    def is_missing(self, replica: str) -> bool:
        """Whether there is something for `plan_missing`; two looks at an index."""
        return bool(self._unplanned(replica, self.schedule(), limit=1))

    def plan_missing(self, replica: str, progress: Progress) -> int:
        """Plan the copies on a replica whose due time is unknown, or later than any can be: a clock was wrong; how many."""
        table, schedule, count = self.catalogue.fixity_plan_table(), self.schedule(), 0
        while page := self._unplanned(replica, schedule, limit=_PAGE):
            now = self.clock.now()
            changed = table.plan([(copy, schedule.due(copy, collection, now)) for copy, collection in page])
            count += changed
            progress.advance(0)
            if not changed:
                break  # all of them were looked at meanwhile, and have a due time by that
        return count

    def _unplanned(self, replica: str, schedule: FixitySchedule, *, limit: int) -> Sequence[tuple[CopyRecord, str]]:
        table = self.catalogue.fixity_plan_table()
        beyond = self.clock.now() + timedelta(days=schedule.windows.longest_on(replica)) + CLOCKS_DIFFER
        return table.unplanned(replica, limit=limit) or table.ahead(replica, beyond=beyond, limit=limit)

    def plan_anew(self, progress: Progress) -> int:
        """Plan every copy by what is in force, from where an interrupted pass was; how many changed. Nothing if all are."""
        table, schedule, count = self.catalogue.fixity_plan_table(), self.schedule(), 0
        digest, known = self._digest(schedule), table.planned_as()
        if known == (digest, None):
            return 0
        after = known[1] if known is not None and known[0] == digest else None
        hastened = _hastened_until(self.catalogue)
        progress.begin("planning checks", None)
        while page := table.page(after=after, limit=_PAGE):
            now = self.clock.now()
            count += table.plan(
                [
                    (copy, _unless_sooner(copy, schedule.due(copy, collection, now), hastened.get(copy.replica)))
                    for copy, collection in page
                ]
            )
            after = (page[-1][0].aip, page[-1][0].replica)
            table.note_plan(digest, after, now=now)
            progress.advance(len(page))
        table.note_plan(digest, None, now=self.clock.now())
        progress.end()
        return count

    @staticmethod
    def _digest(schedule: FixitySchedule) -> str:
        return plan_digest(schedule.policy, schedule.windows, schedule.order)


def schedule_of(catalogue: Catalogue, policies: Policies) -> FixitySchedule:
    """The policy, for collections and replicas as they are now: which windows hold, and who has its turn when."""
    replicas = catalogue.replicas()
    windows = windows_of(policies.fixity, policies.agreements.values(), catalogue.collections(), replicas)
    return FixitySchedule(policies.fixity, windows, replica_order(replicas))


def _unless_sooner(copy: CopyRecord, due: datetime, hastened_until: datetime | None) -> datetime:
    """When a copy is due that is planned anew: what was brought forward, since damage or an accident is near, stays so."""
    if copy.due is None or (copy.due != AT_ONCE and (hastened_until is None or copy.due > hastened_until)):
        return due
    return min(copy.due, due)


def _hastened_until(catalogue: Catalogue) -> Mapping[str, datetime]:
    """By when all that was on a replica was to be checked, after the last accident of its medium, by id."""
    noted = catalogue.note_table().noted(HASTENED)
    return {replica: datetime.fromisoformat(until) for replica, until in noted.items() if isinstance(until, str)}


def hasten_around(catalogue: Catalogue, aip: str, replica: str, *, began: datetime) -> int:
    """Bring forward what is near a damaged copy: those written before and after it on its replica, since errors of media come in
    clusters, and the AIP's other copies, since one fewer is left. Not what was checked since `began`; how many."""
    table = catalogue.fixity_plan_table()
    near = [(one, replica) for one in table.neighbours(aip, replica, count=NEIGHBOURS)]
    others = [(aip, copy.replica) for copy in catalogue.copies(aip) if copy.replica != replica]
    return table.hasten([*near, *others], due=AT_ONCE, unless_checked_since=began)


def hasten_replica(
    catalogue: Catalogue, recorder: EventRecorder, replica: str, *, days: int, now: datetime, by: str | None = None
) -> None:
    """After something happened to a medium: every copy on it is due within so many days, evenly spread, and an event says so.

    What is due earlier stays so. `by` is an account's id. Doing it again after a crash ends the same.
    """
    table, last = catalogue.fixity_plan_table(), now + timedelta(days=days)
    event = recorder.event(
        EventType.POLICY_ASSIGNMENT,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=replica, kind="replica")],
        detail={"act": "checks hastened", "days": days},
        agents=[LinkedAgent(by, "implementer")] if by is not None else (),
    )
    with catalogue.begin() as tx:
        tx.append_events([event])
    catalogue.note_table().note(HASTENED, replica, last.isoformat(), now=now)
    after = table.spread(replica, first=now, last=last)
    while after is not None:
        after = table.spread(replica, first=now, last=last, after=after)
