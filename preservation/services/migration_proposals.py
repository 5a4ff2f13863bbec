"""Plans that the policy wants: proposed by the timers, and run by themselves only where an approval stands for their rule.

when = "schedule"   once a day a plan for what no plan by the rule has looked at yet, unless one of these is still open
when = "ingest"     one plan that stays open: what came in since is put behind its AIPs (normalisation, CPP-026)

Plans that people make by the same rules are theirs: they neither keep one of these from being made, nor take its place. A rule
that cannot be planned by now is told, and the others are looked at all the same.

A plan is proposed and waits for a person, unless somebody has approved an earlier one by the same rule as a standing plan and the
rule is still the one that they saw: then it is approved by that, and begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from preservation.domain.format_rules import MigrateWhen, MigrationRule
from preservation.domain.holdings import Collection
from preservation.domain.migration_plans import MigrationPlan, MigrationSelection, PlanState
from preservation.domain.policies import FormatPolicy
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse
from preservation.ports import Catalogue, Clock, Progress
from preservation.services.migration_acts import CUT_OFF, POLICY, MigrationActs, rule_digest
from preservation.services.migration_choice import Wanted, limits_of, selection_of
from preservation.services.migration_planning import PAGE, MigrationPlanning

_OPEN = (PlanState.DRAFTING, PlanState.PROPOSED, PlanState.APPROVED, PlanState.RUNNING, PlanState.PAUSED)
_MOST_OPEN = 1000
_SEEN = "migrations looked at"


@dataclass(slots=True)
class Proposed:
    """What came of one look: ids of plans that were proposed, how many AIPs were put behind the others of an open plan, and why
    rules could not be seen to.
    """

    plans: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    appended: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationProposals:
    """The service, for one process at a time. `planning` is None where nothing could convert now: then plans that are open get
    AIPs, and none is made.
    """

    catalogue: Catalogue
    clock: Clock
    policy: FormatPolicy
    acts: MigrationActs
    planning: MigrationPlanning | None

    def look(self, progress: Progress, *, whole: bool) -> Proposed:
        """See what the policy wants. With `whole` all AIPs are looked at; else those that came since, for plans kept open."""
        done = Proposed()
        collections = self.catalogue.collections()
        for rule in self.policy.migrations:
            if rule.when is MigrateWhen.HAND:
                continue
            try:
                self._look(rule, collections, progress, done, whole=whole)
            except (Unavailable, WrongUse, NotHere, Conflict) as error:
                done.problems = (*done.problems, f"{rule.name}: {error}")
        return done

    def _look(
        self, rule: MigrationRule, collections: Sequence[Collection], progress: Progress, done: Proposed, *, whole: bool
    ) -> None:
        plan = self._open_plan(rule)
        if plan is None:
            if whole and self.planning is not None and self._is_wanted(rule, collections):
                self._propose(rule, collections, self.planning, progress, done)
            return
        self._start(plan, done)
        if rule.when is MigrateWhen.INGEST and plan.state in (PlanState.RUNNING, PlanState.PAUSED):
            done.appended += self._append(
                plan, selection_of(_wanted(rule), rule, self.policy, collections), whole=whole
            )

    def wants(self) -> bool:
        """Whether there is a rule that a timer has to look after."""
        return any(rule.when is not MigrateWhen.HAND for rule in self.policy.migrations)

    def _open_plan(self, rule: MigrationRule) -> MigrationPlan | None:
        """The newest of the policy's own by the same rule as it is now. What was cut off while it was written down is stopped."""
        found = self.catalogue.migration_table().plans(states=_OPEN, limit=_MOST_OPEN)
        digest = rule_digest(rule)
        own = [one for one in found if one.by_policy and rule_digest(one.rule) == digest]
        for one in own:
            if one.state is PlanState.DRAFTING:
                self.acts.stop(one.id, POLICY, CUT_OFF)
        return next((one for one in own if one.state is not PlanState.DRAFTING), None)

    def _is_wanted(self, rule: MigrationRule, collections: Sequence[Collection]) -> bool:
        """Whether an AIP has something that no plan has looked at."""
        table, after = self.catalogue.migration_table(), 0
        selection = selection_of(_wanted(rule), rule, self.policy, collections)
        while True:
            found, following = table.candidates(rule, selection, after=after, limit=PAGE, but_taken_back=True)
            meant = [one for one in found if one.amount.files]
            tried = table.tried(rule.name, [one.aip for one in meant])
            if any(tried.get(one.aip) != one.head for one in meant):
                return True
            if following is None:
                return False
            after = following

    def _propose(
        self,
        rule: MigrationRule,
        collections: Sequence[Collection],
        planning: MigrationPlanning,
        progress: Progress,
        done: Proposed,
    ) -> None:
        plan = planning.plan(
            rule,
            selection_of(_wanted(rule), rule, self.policy, collections),
            limits_of(self.policy.migration),
            by=POLICY,
            sample=self.policy.migration.sample_files,
            progress=progress,
            by_policy=True,
        )
        done.plans = (*done.plans, plan.id)
        self._start(plan, done)

    def _start(self, plan: MigrationPlan, done: Proposed) -> None:
        """Begin what a standing approval has approved, also where that was cut off before."""
        if plan.state is PlanState.APPROVED and plan.standing:
            self.acts.start(plan.id, POLICY)
            done.started = (*done.started, plan.id)

    def _append(self, plan: MigrationPlan, selection: MigrationSelection, *, whole: bool) -> int:
        """`selection` is what the rule is for now: collections may have been added since the plan was made."""
        table, notes = self.catalogue.migration_table(), self.catalogue.note_table()
        seen = notes.noted(_SEEN).get(plan.id)
        after = seen if isinstance(seen, int) and not whole else 0
        count = 0
        if selection != plan.selection:
            table.reselect(plan.id, selection)
        while True:
            found, following = table.candidates(plan.rule, selection, after=after, limit=PAGE, but_taken_back=True)
            meant = [one for one in found if one.amount.files]
            tried = table.tried(plan.rule.name, [one.aip for one in meant])
            count += table.append_items(plan.id, [one for one in meant if tried.get(one.aip) != one.head])
            after = following or max((one.key for one in found), default=after)
            notes.note(_SEEN, plan.id, after, now=self.clock.now())
            if following is None:
                return count


def _wanted(rule: MigrationRule) -> Wanted:
    return Wanted(rule=rule.name)
