"""`migration show`, `list`: plans looked at."""

from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import HomeOption, JsonOption, settings_of, show_json, show_table
from preservation.cli.migration_words import show_plan
from preservation.domain.messages import visible
from preservation.domain.migration_plans import ItemState, MigrationPlan, PlanState
from preservation.errors import NotHere
from preservation.ports import Catalogue
from preservation.services.migration_shown import item_value, plan_value

PlanArgument = Annotated[str, typer.Argument(help="The plan's id.")]
_PAGE = 1000


def show(
    plan: PlanArgument,
    state: Annotated[ItemState | None, typer.Option(help="Only AIPs that stand so.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Go on after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="How many AIPs at most.")] = 100,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show a plan, and what came of its AIPs."""
    with bootstrap.reading(settings_of(home)) as repository:
        found = found_plan(repository.catalogue, plan)
        table = repository.catalogue.migration_table()
        items = table.items(plan, states=None if state is None else [state], after=after, limit=limit)
    if json:
        show_json({**plan_value(found), "items": [item_value(one) for one in items]})
        return
    show_plan(found, json=False)
    columns = ["number", "aip", "state", "files", "migrated", "failed", "left", "version", "reasons", "waits_for"]
    rows = [
        {**item_value(one), "reasons": ", ".join(f"{code} {files}" for code, files in one.reasons.items())}
        for one in items
    ]
    show_table(columns, [["" if row[column] is None else row[column] for column in columns] for row in rows])


def list_plans(
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many at most.")] = 100,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List plans, the newest first."""
    states = [one for one in PlanState if not one.is_final] if open_only else None
    with bootstrap.reading(settings_of(home)) as repository:
        plans = repository.catalogue.migration_table().plans(states=states, limit=limit)
    if json:
        show_json([plan_value(one) for one in plans])
        return
    columns = ["id", "rule", "state", "aips", "files", "migrated", "failed", "made by", "approved by"]
    show_table(
        columns,
        [
            [
                *(one.id, visible(one.rule.name), one.state.value, one.aips, one.amount.files),
                *(one.progress.files, one.progress.failed, visible(one.made_by), visible(one.approved_by or "")),
            ]
            for one in plans
        ],
    )


def found_plan(catalogue: Catalogue, id: str) -> MigrationPlan:
    """A plan by its id. NotHere if there is none."""
    found = catalogue.migration_table().plan(id)
    if found is None:
        raise NotHere(f"there is no migration plan {id}")
    return found
