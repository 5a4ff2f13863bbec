"""A plan carried out: its AIPs one after the other, by as many processes as want to share it.

An AIP is worked on under a lock of its own, which ends with its process. Whoever comes passes over those that are taken, and
takes up those that were left. Between AIPs, and between batches of files within one, it is asked whether the plan still runs,
whether too much has failed, and whether today's budget is used up.

An AIP that cannot be read or written is put off, ever longer, while others go on. Where one after the other has to be, it is not
about them: the run ends as one that could not find out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from preservation.domain.events import Json
from preservation.domain.format_rules import MigrateWhen
from preservation.domain.migration_plans import (
    MigrationItem,
    MigrationPlan,
    PlanState,
    begins_again,
    put_off_until,
    stops_for_errors,
)
from preservation.errors import Conflict, InUse, NotHere, Unavailable
from preservation.ports import Clock, Locks, Progress
from preservation.ports.migrations import MigrationTable
from preservation.services.migration_acts import ERROR_RATE, POLICY, MigrationActs
from preservation.services.migration_counts import Counted
from preservation.services.migration_item import Interrupted, ItemRun, Next, PutOff

PAGE = 64
_MOST_REASONS = 20
# So many AIPs one after the other that have to be put off are no matter of theirs.
_MOST_PUT_OFF = 3


class RunEnd(StrEnum):
    """Why a run ended. OVER: no AIP is open any more. REST: some are, but nobody can go on with them now (another process has
    them, or they wait until something can be read or written)."""

    OVER = "over"
    REST = "rest"
    SLICE = "slice"
    BUDGET = "budget"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(slots=True)
class RunReport:
    """What one process did in one run. `waiting` AIPs are in other hands or wait, `again` is when it is worth going on."""

    end: RunEnd = RunEnd.OVER
    again: datetime | None = None
    aips: int = 0
    files: int = 0
    failed: int = 0
    left: int = 0
    result_bytes: int = 0
    waiting: int = 0
    reasons: tuple[str, ...] = ()
    put_off_in_a_row: int = 0

    def take(self, item: MigrationItem) -> None:
        """Count an AIP that came to its end."""
        self.put_off_in_a_row = 0
        self.aips += 1
        self.files += item.done
        self.failed += item.failed
        self.left += item.left
        self.result_bytes += item.result_bytes

    def tell(self, item: MigrationItem, error: Exception) -> None:
        """Why an AIP has to wait."""
        self.reasons = (*self.reasons, f"{item.aip}: {error}")[:_MOST_REASONS]

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
    item_run: Callable[[MigrationPlan, Callable[[Counted], Next]], ItemRun]

    def run(
        self, id: str, progress: Progress, *, until: datetime | None = None, lane: int = 0, at_once: bool = True
    ) -> RunReport:
        """Work on a running plan until it is over, or rests, or `until` has come. Lanes begin at different places of the plan.

        With `at_once` AIPs that were put off are tried now. NotHere for an unknown plan, Unavailable where replicas, tools or
        the database do not answer.
        """
        report = RunReport()
        plan = self._plan(id)
        progress.begin("migrate", plan.amount.bytes)
        for item in self._walk(plan, lane, at_once=at_once):
            end = self._ends(id, until, report)
            if end is not None:
                report.end = end
                return report
            self._take(item, report, until, progress, at_once=at_once)
        progress.end()
        return self._finish(id, until, report)

    def _finish(self, id: str, until: datetime | None, report: RunReport) -> RunReport:
        """All were looked at."""
        end = self._ends(id, until, report)
        if end not in (None, RunEnd.SLICE):
            report.end = end or RunEnd.OVER
            return report
        if self.table.open_items(id, limit=1):
            put_off, again = self.table.rests(id, self.clock.now())
            report.end, report.again, report.waiting = RunEnd.REST, again, report.waiting + put_off
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

    def _walk(self, plan: MigrationPlan, lane: int, *, at_once: bool) -> Iterator[MigrationItem]:
        """The open items, from the lane's place on, then those before it."""
        first = lane * plan.aips // max(1, plan.limits.lanes)
        for begin, end in ((first, None), (0, first)):
            after = begin
            now = None if at_once else self.clock.now()
            while (page := self.table.open_items(plan.id, after=after, limit=PAGE, now=now)) and (
                end is None or page[0].ordinal <= end
            ):
                yield from (one for one in page if end is None or one.ordinal <= end)
                after = page[-1].ordinal

    def _take(
        self, item: MigrationItem, report: RunReport, until: datetime | None, progress: Progress, *, at_once: bool
    ) -> None:
        with self.locks.try_hold(f"migration:{item.plan}:{item.ordinal}") as is_free:
            now = self.table.item(item.plan, item.ordinal) if is_free else None
            if now is None or not now.state.is_open:
                report.waiting += not is_free
                return
            if not at_once and now.due is not None and now.due > self.clock.now():
                # Another lane has put it off since the page was read.
                return
            plan = self._plan(item.plan)
            watch = _Watch(self, plan, until)
            try:
                report.take(self.item_run(plan, watch.look).run(now, progress))
            except Interrupted:
                return
            except (InUse, Conflict) as error:
                # Somebody changes the AIP: it is looked at again, as it is then.
                report.waiting += 1
                report.tell(item, error)
            except PutOff as error:
                self._put_off(now, error, report)
            if watch.is_spoiled:
                # Now that its failures are counted.
                self._stop(plan.id)

    def _put_off(self, item: MigrationItem, error: PutOff, report: RunReport) -> None:
        due = put_off_until(item.waits, self.clock.now())
        self.table.put_off(item.plan, item.ordinal, due=due, reason=str(error), unread=error.unread)
        report.tell(item, error)
        report.put_off_in_a_row += 1
        if report.put_off_in_a_row >= _MOST_PUT_OFF:
            raise Unavailable(f"one AIP after the other has to wait: {error}") from error

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

    def _stop(self, id: str) -> None:
        try:
            self.acts.stop(id, POLICY, ERROR_RATE)
        except Conflict:
            # Somebody else has seen it too.
            return

    def known(self, id: str) -> MigrationPlan:
        """NotHere if there is no such plan."""
        return self._plan(id)

    def _plan(self, id: str) -> MigrationPlan:
        plan = self.table.plan(id)
        if plan is None:
            raise NotHere(f"there is no migration plan {id}")
        return plan


@dataclass(slots=True)
class _Watch:
    """Looks up between the files of one AIP. `is_spoiled`: with it too much of the plan has failed."""

    runs: MigrationRuns
    plan: MigrationPlan
    until: datetime | None
    is_spoiled: bool = False

    def look(self, counts: Counted) -> Next:
        current = self.runs.known(self.plan.id)
        done = current.progress
        so_far = replace(done, files=done.files + counts.migrated, failed=done.failed + counts.failed)
        self.is_spoiled = current.state is PlanState.RUNNING and stops_for_errors(current.limits, so_far)
        if current.state.is_final or self.is_spoiled:
            return Next.GIVE_UP
        is_time = self.until is None or self.runs.clock.now() < self.until
        return Next.GO_ON if current.state is PlanState.RUNNING and is_time else Next.REST


def stays_open(plan: MigrationPlan) -> bool:
    """Whether a plan waits for what is still to be taken in, and so is never done: what timers put AIPs behind."""
    return plan.by_policy and plan.rule.when is MigrateWhen.INGEST
