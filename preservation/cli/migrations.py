"""`migration plan`, `approve`, `run`, `pause`, `resume`, `stop`, `withdraw`, `show`, `list`, `revert`."""

import os
import pwd
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.bootstrap.migration_jobs import queue_lanes
from preservation.bootstrap.migrations import (
    migration_acts,
    migration_planning,
    migration_revert,
    migration_tools,
    run_plan,
    stop_plan,
)
from preservation.cli.console import (
    COULD_NOT_TELL,
    NO,
    Bars,
    HomeOption,
    JsonOption,
    say,
    settings_of,
    show_json,
)
from preservation.cli.migration_lists import PlanArgument, found_plan, list_plans, show
from preservation.cli.migration_words import show_plan, tell_reverted, tell_run
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import Risk
from preservation.domain.messages import visible
from preservation.domain.migration_plans import Person, PlanState
from preservation.domain.quiet_hours import QuietHours, quiet_hours
from preservation.errors import WrongUse
from preservation.services.migration_choice import Wanted, chosen_rule, limits_of, selection_of
from preservation.services.migration_runs import RunEnd
from preservation.services.migration_shown import plan_value, reverted_value

app = typer.Typer(no_args_is_help=True)


def person() -> Person:
    """Who gives the command: the system's user, behind sudo the one who called it."""
    name = os.environ.get("SUDO_USER")
    if not name:
        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = str(os.getuid())
    return Person(name)


@app.command("plan")
def plan(
    rule: Annotated[str | None, typer.Option(help="A migration rule of the policy, by its name.")] = None,
    source: Annotated[list[str] | None, typer.Option("--from", help="A PUID to migrate; may be repeated.")] = None,
    target: Annotated[str | None, typer.Option("--to", help="The PUID that results have to be identified as.")] = None,
    recipe: Annotated[str | None, typer.Option(help="The recipe that converts, with --from and --to.")] = None,
    collection: Annotated[str | None, typer.Option(help="Only this collection, with all below it.")] = None,
    risk: Annotated[Risk | None, typer.Option(help="Only formats of this risk by the policy.")] = None,
    validity: Annotated[
        Validity | None, typer.Option(help="Only files that were found so; without it all but the invalid.")
    ] = None,
    aip: Annotated[str | None, typer.Option(help="Only this AIP.")] = None,
    sample: Annotated[
        int | None, typer.Option(min=0, max=1000, help="How many files to try; without it as the policy says.")
    ] = None,
    files_per_day: Annotated[int | None, typer.Option(min=1, help="At most so many files on a day (UTC).")] = None,
    bytes_per_day: Annotated[int | None, typer.Option(min=1, help="At most so many bytes of sources on a day.")] = None,
    hours: Annotated[str | None, typer.Option(help="Only within these hours (UTC), such as 20:00-06:00.")] = None,
    error_rate: Annotated[
        int | None, typer.Option(min=0, max=100, help="Stop beyond so many percent of failed files.")
    ] = None,
    lanes: Annotated[int, typer.Option(min=1, max=64, help="How many workers may share it.")] = 2,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Write a plan down: what it is for, how much that is, and what a sample of it comes to. Nothing is stored but the plan.

    Exit status 1 if there is nothing to migrate.
    """
    wanted = Wanted(
        rule=rule,
        sources=tuple(source or ()),
        target=target,
        recipe=recipe,
        collection=collection,
        risk=risk,
        validity=validity,
        aip=aip,
    )
    bars = Bars(quiet=json)
    try:
        with bootstrap.writing(settings_of(home), bars) as repository:
            policy = repository.policies.formats
            chosen = chosen_rule(wanted, policy)
            selection = selection_of(wanted, chosen, policy, repository.catalogue.collections())
            limits = limits_of(
                policy.migration,
                files_per_day=files_per_day,
                bytes_per_day=bytes_per_day,
                hours=_hours(hours),
                error_percent=error_rate,
                lanes=lanes,
            )
            with migration_tools(repository) as tools:
                made = migration_planning(repository, tools).plan(
                    chosen,
                    selection,
                    limits,
                    by=person(),
                    sample=policy.migration.sample_files if sample is None else sample,
                    progress=bars,
                )
    finally:
        bars.close()
    show_plan(made, json=json)
    return NO if made.state is PlanState.STOPPED else 0


@app.command("approve")
def approve(
    plan: PlanArgument,
    standing: Annotated[
        bool, typer.Option("--standing", help="Later plans by the same rule need no further approval.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Approve a plan that somebody else has made. Refused (2) for its maker, unless the policy says that one person is enough."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        done = migration_acts(repository).approve(plan, person(), standing=standing)
        bootstrap.publish(repository)
    show_plan(done, json=json)


@app.command("run")
def run(
    plan: PlanArgument,
    background: Annotated[
        bool, typer.Option("--background", help="Leave it to the workers of `preservation serve`.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Carry an approved plan out, here or in the background; several may share it. Run again, it goes on where it was.

    Exit status 0 once nothing is left to do (or it was queued), 1 if it stopped because too much failed, 3 if it rests.
    """
    bars = Bars(quiet=json)
    try:
        with bootstrap.writing(settings_of(home), bars) as repository:
            started = migration_acts(repository).start(plan, person())
            if background:
                jobs = queue_lanes(repository, started)
                report = None
            else:
                with migration_tools(repository) as tools:
                    report = run_plan(repository, tools, plan, bars)
            bootstrap.publish(repository)
            found = found_plan(repository.catalogue, plan)
    finally:
        bars.close()
    if report is None:
        if json:
            show_json({"jobs": jobs, "plan": plan_value(found)})
        else:
            say(f"{found.id} is left to the workers: {len(jobs)} jobs")
        return 0
    if json:
        show_json({**report.described(), "plan": plan_value(found)})
    else:
        tell_run(report, found)
    return {RunEnd.OVER: 0, RunEnd.STOPPED: NO}.get(report.end, COULD_NOT_TELL)


@app.command("pause")
def pause(plan: PlanArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let a running plan rest: whoever works on it finishes the files in hand."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        done = migration_acts(repository).pause(plan, person())
    show_plan(done, json=json)


@app.command("resume")
def resume(plan: PlanArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let a paused plan go on."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        done = migration_acts(repository).resume(plan, person())
    show_plan(done, json=json)


@app.command("stop")
def stop(
    plan: PlanArgument,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Give a plan up for good. What it has migrated stays; another plan finds the rest."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        done = stop_plan(repository, plan, person(), reason)
    show_plan(done, json=json)


@app.command("withdraw")
def withdraw(
    rule: Annotated[str, typer.Argument(help="The rule whose standing approval ends.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take a standing approval back: the next plan by the rule waits for a person again."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        migration_acts(repository).withdraw(rule, person())
    if json:
        show_json({"rule": rule, "standing": False})
    else:
        say(f"Plans by {visible(rule)} need an approval again.")


app.command("show")(show)
app.command("list")(list_plans)


@app.command("revert")
def revert(
    plan: Annotated[str | None, typer.Argument(help="The plan whose results are taken back.")] = None,
    aip: Annotated[str | None, typer.Option(help="Take back the results in this AIP instead.")] = None,
    representation: Annotated[
        str | None, typer.Option(help="Which representation of the AIP; the newest that was migrated if not given.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Make new versions without the results of a migration. Earlier versions keep them; nothing is deleted.

    Exit status 1 if results of the plan still stand somewhere: run again, it goes on with those.
    """
    if (plan is None) == (aip is None):
        raise WrongUse("name a plan, or an AIP with --aip")
    bars = Bars(quiet=json)
    try:
        with bootstrap.writing(settings_of(home), bars) as repository:
            service = migration_revert(repository)
            if aip is not None:
                done = [reverted_value(service.revert(aip, person(), bars, representation=representation))]
            else:
                done = [reverted_value(one) for one in service.revert_plan(str(plan), person(), bars)]
            bootstrap.publish(repository)
    finally:
        bars.close()
    if json:
        show_json(done)
    else:
        tell_reverted(done)
    return NO if any(one["reason"] is not None for one in done) else 0


def _hours(text: str | None) -> QuietHours | None:
    found = quiet_hours(text) if text is not None else None
    if text is not None and found is None:
        raise WrongUse("--hours has the form 20:00-06:00")
    return found
