"""Plans of migration written down: what a rule is for, how much that is, and what a sample of it really comes to (CPP-012).

AIPs are found a page at a time and written as rows of the plan, so that a plan of a million costs no memory. The sample is
converted and compared as a run would do it, in a work folder that is thrown away; nothing is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from preservation.domain.conversions import Recipe
from preservation.domain.format_rules import MigrationRule
from preservation.domain.migration_plans import (
    Amount,
    MigrationItem,
    MigrationLimits,
    MigrationPlan,
    MigrationSelection,
    Person,
    PlanState,
    SampledFile,
    estimated,
)
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.ports import Catalogue, Clock, Minter, Progress
from preservation.ports.conversion import Converter
from preservation.ports.migrations import MigrationPlaces
from preservation.services.held_content import HeldContents
from preservation.services.locations import Locations
from preservation.services.migration_acts import CUT_OFF, PLANNED, MigrationActs, rule_digest
from preservation.services.migration_batch import BatchMigrator, Migrated, ProvenSource
from preservation.services.migration_meant import meant_files
from preservation.services.replica_set import ReplicaSet

PAGE = 256
NOTHING = "there is nothing to migrate"
_NOT_STOPPED = [one for one in PlanState if one is not PlanState.STOPPED]
_MOST_RECENT = 100


def checked_recipe(converter: Converter, rule: MigrationRule) -> Recipe:
    """The rule's recipe. WrongUse if there is none, or it is not for these formats; Unavailable if tools are not here."""
    recipe = next((one for one in converter.recipes() if one.name == rule.recipe), None)
    if recipe is None:
        raise WrongUse(f"there is no recipe {rule.recipe}")
    strangers = sorted(rule.sources - recipe.sources)
    if strangers:
        raise WrongUse(f"the recipe {recipe.name} does not take {', '.join(strangers)}")
    if rule.target not in recipe.target:
        raise WrongUse(f"the recipe {recipe.name} gives {', '.join(sorted(recipe.target))}, not {rule.target}")
    missing = [
        f"{one.name} ({one.package})" for one in converter.tools() if one.name in recipe.tools and one.version is None
    ]
    if missing:
        raise Unavailable(f"the recipe {recipe.name} needs what is not installed: {', '.join(missing)}")
    return recipe


@dataclass(frozen=True, slots=True)
class MigrationPlanning:
    """The service. `migrator` makes what converts for a plan."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    minter: Minter
    clock: Clock
    acts: MigrationActs
    places: MigrationPlaces
    converter: Converter
    migrator: Callable[[MigrationPlan], BatchMigrator]

    def plan(
        self,
        rule: MigrationRule,
        selection: MigrationSelection,
        limits: MigrationLimits,
        *,
        by: Person,
        sample: int,
        progress: Progress,
        by_policy: bool = False,
    ) -> MigrationPlan:
        """A proposed plan; a stopped one where nothing is to be done.

        One that the policy makes leaves alone AIPs that a plan by the rule has tried before, and what people have taken back; an
        approval that stands for its rule counts for it, as it does for no plan that a person has selected.

        WrongUse for a rule that its recipe is not for, Unavailable if a tool is not here.
        """
        checked_recipe(self.converter, rule)
        if selection.collections is not None and not selection.collections:
            raise WrongUse(
                f"no collection is left to {rule.name}: another rule for its formats is nearer, or comes before it by name"
            )
        table = self.catalogue.migration_table()
        plan = MigrationPlan(
            id=self.minter.urn(),
            rule=rule,
            state=PlanState.DRAFTING,
            created=self.clock.now(),
            made_by=by.name,
            selection=selection,
            limits=limits,
            by_policy=by_policy,
        )
        table.add(plan)
        plan = self._write_items(plan, progress)
        if plan.aips == 0:
            table.propose(replace(plan, state=PlanState.PROPOSED), [])
            return self.acts.stop(plan.id, by, NOTHING)
        sampled = tuple(self._sample(plan, sample, progress))
        plan = replace(plan, sample=sampled, estimate=estimated(sampled, plan.amount), state=PlanState.PROPOSED)
        failed = sum(bool(one.code) for one in sampled)
        events = [self.acts.event(PLANNED, plan, by, sampled=len(sampled), sample_failed=failed)]
        standing = table.standing(rule.name)
        if by_policy and standing is not None and standing.digest == rule_digest(rule):
            plan = replace(
                plan,
                state=PlanState.APPROVED,
                approved_by=standing.by,
                approved=self.clock.now(),
                standing=True,
            )
        table.propose(plan, events)
        return plan

    def earlier(
        self,
        rule: MigrationRule,
        selection: MigrationSelection,
        limits: MigrationLimits,
        *,
        by: Person,
        since: datetime,
    ) -> MigrationPlan | None:
        """What the same request has come to already; what it was cut off in is stopped. For whoever may ask a second time."""
        asked = (rule_digest(rule), selection, limits, by.name)
        found = self.catalogue.migration_table().plans(states=_NOT_STOPPED, limit=_MOST_RECENT)
        same = [
            one
            for one in found
            if one.created >= since and (rule_digest(one.rule), one.selection, one.limits, one.made_by) == asked
        ]
        for one in same:
            if one.state is PlanState.DRAFTING:
                self.acts.stop(one.id, by, CUT_OFF)
        return next((one for one in same if one.state is not PlanState.DRAFTING), None)

    def _write_items(self, plan: MigrationPlan, progress: Progress) -> MigrationPlan:
        table = self.catalogue.migration_table()
        progress.begin("select", None)
        untouched: dict[str, Amount] = {}
        total, aips, after = Amount(), 0, 0
        while True:
            found, following = table.candidates(
                plan.rule, plan.selection, after=after, limit=PAGE, but_taken_back=plan.by_policy
            )
            found = [one for one in found if one.aip != self.locations.repository]
            for one in found:
                for code, amount in one.untouched.items():
                    untouched[code] = _sum(untouched.get(code, Amount()), amount)
            meant = [one for one in found if one.amount.files]
            if plan.by_policy:
                tried = table.tried(plan.rule.name, [one.aip for one in meant])
                meant = [one for one in meant if tried.get(one.aip) != one.head]
            items = [
                MigrationItem(plan=plan.id, ordinal=ordinal, aip=one.aip, amount=one.amount)
                for ordinal, one in enumerate(meant, aips + 1)
            ]
            table.add_items(items)
            aips += len(items)
            for one in meant:
                total = _sum(total, one.amount)
            progress.advance(len(found))
            if following is None:
                break
            after = following
        progress.end()
        return replace(plan, aips=aips, amount=total, untouched=untouched)

    def _sample(self, plan: MigrationPlan, count: int, progress: Progress) -> Sequence[SampledFile]:
        """Files of AIPs that lie evenly over the plan, one of each; more of each where there are fewer AIPs than that."""
        table = self.catalogue.migration_table()
        count = min(count, plan.amount.files)
        chosen = sorted({1 + number * plan.aips // count for number in range(count)}) if count else []
        each = -(-count // max(1, len(chosen)))
        name = f"{plan.id.removeprefix('urn:uuid:')}-sample"
        sampled: list[SampledFile] = []
        progress.begin("sample", count)
        for ordinal in chosen:
            item = table.item(plan.id, ordinal)
            if item is not None:
                sampled += self._sample_aip(plan, item.aip, min(each, count - len(sampled)), name)
                progress.advance(each)
        progress.end()
        return sampled

    def _sample_aip(self, plan: MigrationPlan, aip: str, count: int, name: str) -> list[SampledFile]:
        versions = self.catalogue.versions(aip)
        if not versions:
            raise NotHere(f"there is no AIP {aip}")
        version = versions[-1]
        meant = meant_files(self.catalogue, plan, version)
        files = [meant[number * len(meant) // count] for number in range(min(count, len(meant)))]
        work, scratch = self.places.open(name), self.places.scratch(name)
        content = HeldContents(self.catalogue, self.replicas, self.locations).of(version, scratch)
        found: list[SampledFile] = []
        try:
            for file in files:
                try:
                    source = ProvenSource(file, content.path_of(file)[0])
                except Unavailable as error:
                    found.append(
                        SampledFile(aip, file.logical_path, file.size, 0, 0.0, "SOURCE-UNREADABLE", str(error))
                    )
                    continue
                ((outcome, _),) = self.migrator(plan).migrate([source], work)
                if isinstance(outcome, Migrated):
                    tools = tuple(dict.fromkeys((*outcome.converted.tools, *outcome.comparison.tools)))
                    size, code, detail = outcome.result_bytes, "", ""
                else:
                    size, code, detail, tools = 0, outcome.code, outcome.detail, outcome.tools
                found.append(SampledFile(aip, file.logical_path, file.size, size, outcome.seconds, code, detail, tools))
                scratch.clear()
        finally:
            scratch.clear()
            work.clear()
        return found


def _sum(first: Amount, second: Amount) -> Amount:
    return Amount(first.files + second.files, first.bytes + second.bytes)
