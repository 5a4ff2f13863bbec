"""How plans of migration and their runs are told to people."""

from collections.abc import Mapping, Sequence

from preservation.cli.console import say, show_json, size_text, time_text
from preservation.domain.events import Json
from preservation.domain.messages import visible
from preservation.domain.migration_plans import MigrationPlan
from preservation.services.migration_runs import RunEnd, RunReport
from preservation.services.migration_shown import plan_value

_SHOWN_SAMPLES = 20


def show_plan(plan: MigrationPlan, *, json: bool) -> None:
    """For people or for programs."""
    if json:
        show_json(plan_value(plan))
        return
    done, expected = plan.progress, plan.estimate
    say(f"{plan.id}  {plan.state.value}{f' ({visible(plan.reason)})' if plan.reason else ''}")
    say(f"  rule      {visible(plan.rule.name)}: {', '.join(sorted(plan.rule.sources))} to {plan.rule.target}")
    say(f"  recipe    {plan.rule.recipe}")
    say(f"  made      {time_text(plan.created.isoformat())} by {visible(plan.made_by)}")
    if plan.approved_by is not None and plan.approved is not None:
        stands = ", by a standing approval" if plan.standing else ""
        say(f"  approved  {time_text(plan.approved.isoformat())} by {visible(plan.approved_by)}{stands}")
    say(f"  selected  {plan.aips} AIPs, {plan.amount.files} files, {size_text(plan.amount.bytes)}")
    if expected.bytes is not None and expected.seconds is not None:
        say(f"  expected  {size_text(expected.bytes)} of results, {expected.seconds} s in one lane (from the sample)")
    for code, amount in sorted(plan.untouched.items()):
        say(f"  untouched {amount.files} files, {size_text(amount.bytes)}: {code}")
    if done.aips:
        say(f"  so far    {done.aips} AIPs: {done.files} migrated, {done.failed} failed, {done.left} left as they are")
    for one in plan.sample[:_SHOWN_SAMPLES]:
        tools = ", ".join(f"{tool.name} {tool.version}".strip() for tool in one.tools)
        outcome = (
            f"{one.code} {visible(one.detail)}" if one.code else f"{size_text(one.result_size)}, {one.seconds:.2f} s"
        )
        say(f"  sample    {visible(one.path)} ({size_text(one.size)}): {outcome}  [{visible(tools)}]")


def tell_run(report: RunReport, plan: MigrationPlan) -> None:
    """What one run came to, for people."""
    say(
        f"{plan.id}  {plan.state.value}: {report.aips} AIPs, {report.files} files migrated, {report.failed} failed,"
        f" {report.left} left as they are, {size_text(report.result_bytes)} of results"
    )
    match report.end:
        case RunEnd.BUDGET if report.again is not None:
            say(f"The budget is used up: it goes on at {time_text(report.again.isoformat())}.")
        case RunEnd.REST:
            say(
                f"{report.waiting} AIPs are in other hands, or wait for what cannot be read or written now: run it again."
            )
        case RunEnd.STOPPED | RunEnd.PAUSED:
            say(visible(plan.reason) or "Somebody has stopped it.")
        case _:
            pass
    for reason in report.reasons:
        say(f"  {visible(reason)}")


def tell_reverted(done: Sequence[Mapping[str, Json]]) -> None:
    """What was taken back, and what was not, for people."""
    for one in done:
        if one["reason"] is None:
            say(f"{one['status']:9} {one['aip']} v{one['version']}")
        else:
            say(f"{one['status']:9} {one['aip']}: {visible(str(one['reason']))}")
    if not done:
        say("Nothing of it stands any more.")
