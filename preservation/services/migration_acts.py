"""What people do about plans of migration: approve, begin, pause, resume, stop. Each is an event in the transaction of the act.

Whoever made a plan does not approve it, unless the archive has decided that one person is enough (`approval = "one"`). An
approval may stand for later plans by the same rule as well, as long as the rule stays as it is.
"""

from dataclasses import dataclass
from hashlib import sha256

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.format_rules import MigrationRule
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_plans import MigrationPlan, Person, PlanState, StandingApproval, may_approve
from preservation.errors import Conflict, NotAllowed, NotHere
from preservation.ports import Clock
from preservation.ports.migrations import MigrationTable
from preservation.services.ledger_recording import EventRecorder
from preservation.services.migration_document import plan_detail
from preservation.standards.canonical_json import canonical

PLANNED = "migration planned"
APPROVED = "migration approved"
STARTED = "migration started"
PAUSED = "migration paused"
RESUMED = "migration resumed"
STOPPED = "migration stopped"
ENDED = "migration ended"
WITHDRAWN = "standing approval withdrawn"

CUT_OFF = "it was cut off while it was written down"
ERROR_RATE = "too many of the files that were tried have failed"
# Who makes plans that the policy wants.
POLICY = Person("policy")


def rule_digest(rule: MigrationRule) -> str:
    """What a standing approval is for: "sha256:<hex>" of all that the rule says."""
    value: dict[str, Json] = {
        "name": rule.name,
        "sources": [*sorted(rule.sources)],
        "target": rule.target,
        "recipe": rule.recipe,
        "when": rule.when.value,
        "parameters": dict(rule.parameters),
        "bounds": dict(rule.bounds),
        "collections": [*sorted(rule.collections)],
    }
    return f"sha256:{sha256(canonical(value)).hexdigest()}"


@dataclass(frozen=True, slots=True)
class MigrationActs:
    """The service. `by_one` says that the maker of a plan may approve it; `policy` is the version of the policy that says so."""

    table: MigrationTable
    recorder: EventRecorder
    clock: Clock
    by_one: bool
    policy: str | None

    def approve(self, id: str, by: Person, *, standing: bool = False) -> MigrationPlan:
        """proposed -> approved. NotAllowed for whoever made it; Conflict in any other state."""
        plan = self._plan(id)
        if plan.state is not PlanState.PROPOSED:
            raise Conflict(f"the plan {id} is {plan.state.value}: only a proposed one is approved")
        if not may_approve(plan, by.name, by_one=self.by_one):
            raise NotAllowed(f"{by.name} made the plan {id}: somebody else has to approve it")
        now = self.clock.now()
        lasting = StandingApproval(plan.rule.name, rule_digest(plan.rule), id, by.name, now) if standing else None
        return self.table.move(
            id,
            PlanState.APPROVED,
            now=now,
            by=by.name,
            standing=lasting,
            events=[self.event(APPROVED, plan, by, standing=standing, by_one=self.by_one)],
        )

    def start(self, id: str, by: Person) -> MigrationPlan:
        """approved -> running; one that runs already stays so. Conflict in any other state."""
        plan = self._plan(id)
        return plan if plan.state is PlanState.RUNNING else self._move(plan, PlanState.RUNNING, STARTED, by)

    def pause(self, id: str, by: Person, reason: str = "") -> MigrationPlan:
        """running -> paused: workers rest after the files in their hands."""
        return self._move(self._plan(id), PlanState.PAUSED, PAUSED, by, reason)

    def resume(self, id: str, by: Person) -> MigrationPlan:
        """paused -> running."""
        plan = self._plan(id)
        if plan.state is not PlanState.PAUSED:
            raise Conflict(f"the plan {id} is {plan.state.value}: only a paused one is resumed")
        return self._move(plan, PlanState.RUNNING, RESUMED, by)

    def stop(self, id: str, by: Person, reason: str = "") -> MigrationPlan:
        """Give it up, for good. What it has migrated stays; another plan finds the rest."""
        return self._move(self._plan(id), PlanState.STOPPED, STOPPED, by, reason)

    def end(self, id: str) -> MigrationPlan:
        """running -> done."""
        return self._move(self._plan(id), PlanState.DONE, ENDED, POLICY)

    def withdraw(self, rule: str, by: Person) -> None:
        """Take a standing approval back. NotHere if there is none."""
        event = self.recorder.event(
            EventType.MODIFICATION,
            EventOutcome.SUCCESS,
            detail={"act": WITHDRAWN, "rule": rule},
            private={"by": by.name},
            agents=_agents(by),
            policy=self.policy,
        )
        if not self.table.end_standing(rule, [event]):
            raise NotHere(f"no approval stands for the rule {rule}")

    def event(self, act: str, plan: MigrationPlan, by: Person, reason: str = "", **more: Json) -> EncodedEvent:
        """An event about a plan as it was before the act."""
        done = plan.progress
        private: dict[str, Json] = {"by": by.name, **({"reason": reason} if reason else {})}
        return self.recorder.event(
            EventType.CREATION if act == PLANNED else EventType.MODIFICATION,
            EventOutcome.WARNING if reason == ERROR_RATE else EventOutcome.SUCCESS,
            objects=[LinkedObject(id=plan.id, kind="plan")],
            detail={
                "act": act,
                **plan_detail(plan),
                "digest": rule_digest(plan.rule),
                "aips": plan.aips,
                "files": plan.amount.files,
                "bytes": plan.amount.bytes,
                "migrated": done.files,
                "failed": done.failed,
                "left": done.left,
                **more,
            },
            private=private,
            agents=_agents(by),
            policy=self.policy,
        )

    def _plan(self, id: str) -> MigrationPlan:
        plan = self.table.plan(id)
        if plan is None:
            raise NotHere(f"there is no migration plan {id}")
        return plan

    def _move(self, plan: MigrationPlan, to: PlanState, act: str, by: Person, reason: str = "") -> MigrationPlan:
        event = self.event(act, plan, by, reason)
        return self.table.move(plan.id, to, now=self.clock.now(), reason=reason, events=[event])


def _agents(by: Person) -> list[LinkedAgent]:
    return [LinkedAgent(by.account, "implementer")] if by.account is not None else []
