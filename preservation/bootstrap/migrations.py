"""Format migrations joined: what converts and proves, plans, runs, and taking back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from preservation.adapters.migration_work import WorkFolders
from preservation.adapters.scratch import Scratch
from preservation.bootstrap.conversion import converter
from preservation.bootstrap.examination import examiner
from preservation.bootstrap.format_engines import format_identifier
from preservation.bootstrap.joining import SOFTWARE, Repository
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import Approval
from preservation.domain.migration_plans import MigrationPlan, Person, PlanState
from preservation.errors import WrongUse
from preservation.ports import FormatIdentifier, Progress
from preservation.ports.conversion import Converter
from preservation.ports.examination import Examiner
from preservation.services.derived_versions import DerivedVersions
from preservation.services.migration_acts import MigrationActs
from preservation.services.migration_batch import BatchMigrator
from preservation.services.migration_clearing import MigrationClearing
from preservation.services.migration_counts import Counted
from preservation.services.migration_endings import ItemEndings
from preservation.services.migration_item import ItemRun, Next
from preservation.services.migration_planning import MigrationPlanning, checked_recipe
from preservation.services.migration_proposals import MigrationProposals
from preservation.services.migration_revert import MigrationRevert
from preservation.services.migration_runs import MigrationRuns, RunReport


@dataclass(frozen=True, slots=True)
class MigrationTools:
    """What a migration needs beside the repository."""

    converter: Converter
    examiner: Examiner
    identifier: FormatIdentifier


@contextmanager
def migration_tools(repository: Repository, identifier: FormatIdentifier | None = None) -> Iterator[MigrationTools]:
    """As this installation has them. `identifier` is one that is warm already.

    WrongUse where the policy switches identification off: nothing could say what a result is.
    """
    policy = repository.policies.formats
    with (
        format_identifier(policy) as fresh,
        examiner(repository.settings) as looks,
        converter(repository.settings) as converts,
    ):
        identifies = identifier or fresh
        if identifies is None:
            raise WrongUse("the policy switches the identification of formats off: results of migrations need it")
        yield MigrationTools(converts, looks, identifies)


def migration_acts(repository: Repository) -> MigrationActs:
    """What people do about plans."""
    return MigrationActs(
        table=repository.catalogue.migration_table(),
        recorder=repository.recorder,
        clock=repository.clock,
        by_one=repository.policies.formats.migration.approval is Approval.ONE,
        policy=repository.policies.versions.get("formats"),
    )


def migration_planning(repository: Repository, tools: MigrationTools) -> MigrationPlanning:
    """What writes plans down."""
    return MigrationPlanning(
        catalogue=repository.catalogue,
        replicas=repository.replicas,
        locations=repository.locations,
        minter=repository.minter,
        clock=repository.clock,
        acts=migration_acts(repository),
        places=_places(repository),
        converter=tools.converter,
        migrator=_migrator(repository, tools),
    )


def migration_runs(repository: Repository, tools: MigrationTools) -> MigrationRuns:
    """What carries plans out."""
    migrator = _migrator(repository, tools)

    def item_run(plan: MigrationPlan, goes_on: Callable[[Counted], Next]) -> ItemRun:
        return ItemRun(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            versions=derived_versions(repository),
            migrator=migrator(plan),
            places=_places(repository),
            endings=_endings(repository, plan),
            plan=plan,
            suffix=checked_recipe(tools.converter, plan.rule).suffix,
            goes_on=goes_on,
        )

    return MigrationRuns(
        table=repository.catalogue.migration_table(),
        acts=migration_acts(repository),
        locks=repository.locks,
        clock=repository.clock,
        item_run=item_run,
    )


def run_plan(
    repository: Repository,
    tools: MigrationTools,
    plan: str,
    progress: Progress,
    *,
    until: datetime | None = None,
    lane: int = 0,
    at_once: bool = True,
) -> RunReport:
    """Work on a running plan, and clear away after it if it is over. With `at_once` AIPs that were put off are tried too."""
    report = migration_runs(repository, tools).run(plan, progress, until=until, lane=lane, at_once=at_once)
    found = repository.catalogue.migration_table().plan(plan)
    if found is not None and found.state.is_final:
        migration_clearing(repository).settle(plan)
        clear_migrations(repository)
    return report


def stop_plan(repository: Repository, plan: str, by: Person, reason: str = "") -> MigrationPlan:
    """Give a plan up, and end the AIPs that it was in the middle of, but for those that another process is at."""
    stopped = migration_acts(repository).stop(plan, by, reason)
    migration_clearing(repository).settle(plan)
    return repository.catalogue.migration_table().plan(plan) or stopped


def migration_clearing(repository: Repository) -> MigrationClearing:
    """What sees to AIPs and folders that plans have left."""
    return MigrationClearing(
        catalogue=repository.catalogue,
        locks=repository.locks,
        places=_places(repository),
        endings=lambda plan: _endings(repository, plan),
    )


def clear_migrations(repository: Repository) -> int:
    """Remove the work folders of plans that are over; how many."""
    return migration_clearing(repository).clear()


def migration_proposals(repository: Repository, tools: MigrationTools | None) -> MigrationProposals:
    """What timers ask."""
    return MigrationProposals(
        catalogue=repository.catalogue,
        clock=repository.clock,
        policy=repository.policies.formats,
        acts=migration_acts(repository),
        planning=migration_planning(repository, tools) if tools is not None else None,
    )


def migration_revert(repository: Repository) -> MigrationRevert:
    """What takes results back."""
    return MigrationRevert(repository.catalogue, repository.recorder, derived_versions(repository))


def derived_versions(repository: Repository) -> DerivedVersions:
    """What makes a version from what is held."""
    return DerivedVersions(
        catalogue=repository.catalogue,
        replicas=repository.replicas,
        locations=repository.locations,
        recorder=repository.recorder,
        clock=repository.clock,
        policies=repository.policies,
        software=SOFTWARE,
        desk=repository.ingest(None).desk,
    )


def running_plans(repository: Repository) -> list[MigrationPlan]:
    """Those that workers share now, and that have an AIP left that does not wait until later."""
    table, now = repository.catalogue.migration_table(), repository.clock.now()
    found = table.plans(states=[PlanState.RUNNING], limit=1000)
    return [one for one in found if table.open_items(one.id, limit=1, now=now)]


def _places(repository: Repository) -> WorkFolders:
    return WorkFolders(repository.home.migrations, Scratch)


def _migrator(repository: Repository, tools: MigrationTools) -> "_Migrators":
    return _Migrators(repository, tools)


@dataclass(frozen=True, slots=True)
class _Migrators:
    """Makes what converts for a plan: its sample on the same terms as its run."""

    repository: Repository
    tools: MigrationTools

    def __call__(self, plan: MigrationPlan) -> BatchMigrator:
        return BatchMigrator(
            converter=self.tools.converter,
            identifier=self.tools.identifier,
            examiner=self.tools.examiner,
            clock=self.repository.clock,
            rule=plan.rule,
            takes_invalid=plan.selection.validity is Validity.INVALID,
        )


def _endings(repository: Repository, plan: MigrationPlan) -> ItemEndings:
    return ItemEndings(
        catalogue=repository.catalogue,
        recorder=repository.recorder,
        clock=repository.clock,
        plan=plan,
        policy=repository.policies.versions.get("formats"),
    )
