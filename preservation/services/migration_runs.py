"""A plan carried out: its AIPs one after the other, by as many processes as want to share it.

An AIP is worked on under a lock of its own, which ends with its process. Whoever comes passes over those that are taken, and
takes up those that were left. Between AIPs, and between batches of files within one, it is asked whether the plan still runs,
whether too much has failed, and whether today's budget is used up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from preservation.domain.events import Json
from preservation.domain.format_rules import MigrateWhen
from preservation.domain.migration_plans import (
    ItemState,
    MigrationItem,
    MigrationPlan,
    PlanState,
    begins_again,
    stops_for_errors,
)
from preservation.errors import Conflict, InUse, NotHere
from preservation.ports import Clock, Locks, Progress
from preservation.ports.migrations import MigrationPlaces, MigrationTable
from preservation.services.migration_acts import ERROR_RATE, POLICY, MigrationActs
from preservation.services.migration_document import Counted
from preservation.services.migration_item import Interrupted, ItemRun

PAGE = 64
_MOST_REASONS = 20


class RunEnd(StrEnum):
    """Why a run ended. OVER: no AIP is open any more. REST: some are, but nobody can go on with them now (another process has
    them, or they wait for a replica)."""

    OVER = "over"
    REST = "rest"
    SLICE = "slice"
    BUDGET = "budget"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(slots=True)
class RunReport:
    """What one process did in one run."""

    end: RunEnd = RunEnd.OVER
    again: datetime | None = None
    aips: int = 0
    files: int = 0
    failed: int = 0
    left: int = 0
    result_bytes: int = 0
    waiting: int = 0
    reasons: tuple[str, ...] = ()

    def take(self, item: MigrationItem) -> None:
        """Count an AIP that came to its end."""
        self.aips += 1
        self.files += item.done
        self.failed += item.failed
        self.left += item.left
        self.result_bytes += item.result_bytes

    def described(self) -> dict[str, Json]:
        """As commands and jobs show it."""
        return {
            "end": self.end.value,
            "again": self.again.isoformat() if self.again else None,
            "aips": self.aips,
            "files": self.files,
            "failed": self.failed,
            "left": self.left,
            "result_bytes": self.result_bytes,
            "waiting": self.waiting,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class MigrationRuns:
    """The service. `item_run` makes what takes one AIP to its end."""

    table: MigrationTable
    acts: MigrationActs
    locks: Locks
    clock: Clock
    places: MigrationPlaces
    item_run: Callable[[MigrationPlan, Callable[[Counted], bool]], ItemRun]

    def run(self, id: str, progress: Progress, *, until: datetime | None = None, lane: int = 0) -> RunReport:
        """Work on a running plan until it is over, or rests, or `until` has come. Lanes begin at different places of the plan.

        NotHere for an unknown plan, Unavailable where replicas, tools or the database do not answer.
        """
        report = RunReport()
        plan = self._plan(id)
        progress.begin("migrate", plan.amount.bytes)
        for item in self._walk(plan, lane):
            end = self._ends(id, until, report)
            if end is not None:
                report.end = end
                return report
            self._take(item, report, until, progress)
        progress.end()
        return self._finish(id, until, report)

    def _finish(self, id: str, until: datetime | None, report: RunReport) -> RunReport:
        """All were looked at."""
        end = self._ends(id, until, report)
        if end not in (None, RunEnd.SLICE):
            report.end = end or RunEnd.OVER
            return report
        if self.table.open_items(id, limit=1):
            report.end = RunEnd.REST
            return report
        plan = self._plan(id)
        report.end = RunEnd.OVER
        if plan.state is PlanState.RUNNING and not stays_open(plan):
            try:
                self.acts.end(id)
            except Conflict:
                # Somebody else has ended it.
                return report
        return report

    def _walk(self, plan: MigrationPlan, lane: int) -> Iterator[MigrationItem]:
        """The open items, from the lane's place on, then those before it."""
        first = lane * plan.aips // max(1, plan.limits.lanes)
        for begin, end in ((first, None), (0, first)):
            after = begin
            while (page := self.table.open_items(plan.id, after=after, limit=PAGE)) and (
                end is None or page[0].ordinal <= end
            ):
                yield from (one for one in page if end is None or one.ordinal <= end)
                after = page[-1].ordinal

    def _take(self, item: MigrationItem, report: RunReport, until: datetime | None, progress: Progress) -> None:
        with self.locks.try_hold(f"migration:{item.plan}:{item.ordinal}") as is_free:
            now = self.table.item(item.plan, item.ordinal) if is_free else None
            if now is None or not now.state.is_open:
                report.waiting += not is_free
                return
            plan = self._plan(item.plan)

            def goes_on(counts: Counted) -> bool:
                return self._goes_on(plan, counts, until)

            try:
                ended = self.item_run(plan, goes_on).run(now, progress)
            except Interrupted:
                return
            except (InUse, Conflict) as error:
                # Somebody changes the AIP: it is looked at again, as it is then.
                self._waits(report, f"{item.aip}: {error}")
                return
            if ended.state is not ItemState.WAITING:
                report.take(ended)

    def _waits(self, report: RunReport, reason: str) -> None:
        report.waiting += 1
        report.reasons = (*report.reasons, reason)[:_MOST_REASONS]

    def _ends(self, id: str, until: datetime | None, report: RunReport) -> RunEnd | None:
        """Why nothing more is begun, if so."""
        plan, now = self._plan(id), self.clock.now()
        if plan.state is PlanState.PAUSED:
            return RunEnd.PAUSED
        if plan.state is not PlanState.RUNNING:
            return RunEnd.STOPPED
        if stops_for_errors(plan.limits, plan.progress):
            self._stop(id)
            return RunEnd.STOPPED
        report.again = begins_again(plan.limits, plan.progress, now)
        if report.again is not None:
            return RunEnd.BUDGET
        return RunEnd.SLICE if until is not None and now >= until else None

    def _goes_on(self, plan: MigrationPlan, counts: Counted, until: datetime | None) -> bool:
        """Asked between the files of one AIP."""
        current = self._plan(plan.id)
        done = current.progress
        so_far = replace(done, files=done.files + counts.migrated, failed=done.failed + counts.failed)
        if current.state is PlanState.RUNNING and stops_for_errors(current.limits, so_far):
            self._stop(plan.id)
            return False
        return current.state is PlanState.RUNNING and (until is None or self.clock.now() < until)

    def _stop(self, id: str) -> None:
        try:
            self.acts.stop(id, POLICY, ERROR_RATE)
        except Conflict:
            # Somebody else has seen it too.
            return

    def _plan(self, id: str) -> MigrationPlan:
        plan = self.table.plan(id)
        if plan is None:
            raise NotHere(f"there is no migration plan {id}")
        return plan

    def clear_ended(self) -> int:
        """Remove the work folders of plans that are over; how many. Nobody is at them, or they are left alone."""
        cleared = 0
        for name in list(self.places.names()):
            plan, _, ordinal = name.rpartition("-")
            found = self.table.plan(f"urn:uuid:{plan}")
            if found is not None and not found.state.is_final:
                continue
            with self.locks.try_hold(f"migration:urn:uuid:{plan}:{ordinal}") as is_free:
                if is_free:
                    self.places.open(name).clear()
                    cleared += 1
        return cleared


def stays_open(plan: MigrationPlan) -> bool:
    """Whether a plan waits for what is still to be taken in, and so is never done."""
    return plan.rule.when is MigrateWhen.INGEST
