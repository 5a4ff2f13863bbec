"""`fixity run`, `fixity status`; `plan` and `hasten` are in a module of their own."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.bootstrap.fixity_runs import FixityRun, run_fixity
from preservation.cli.console import (
    COULD_NOT_TELL,
    NO,
    Bars,
    HomeOption,
    JsonOption,
    say,
    settings_of,
    show_json,
    show_table,
    size_text,
    time_text,
)
from preservation.cli.fixity_plans import hasten, plan
from preservation.cli.replica_names import find_replica
from preservation.domain.messages import visible
from preservation.errors import WrongUse
from preservation.services.fixity import FixityReport, Selection
from preservation.services.fixity_forecast import FixityForecast, plan_facts
from preservation.services.replica_upkeep import Mended

SHOWN = 20
# What `fixity status` tells of a replica's plan; `fixity plan` tells all of it.
_PLANNED = ("window_days", "overdue", "share_within_window", "due", "oldest_due", "feasible")

app = typer.Typer(no_args_is_help=True)
app.command("plan")(plan)
app.command("hasten")(hasten)


@app.command("run")
def run(
    all_copies: Annotated[bool, typer.Option("--all", help="Check every copy, not only those that are due.")] = False,
    due: Annotated[bool, typer.Option("--due", help="Check the copies that are due (the default).")] = False,
    replica: Annotated[str | None, typer.Option(help="Only this replica.")] = None,
    aip: Annotated[str | None, typer.Option(help="Only this AIP.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Read copies back, compare, repair what is damaged from copies that agree with the ledger.

    Exit status 0 if all that was checked is intact or was repaired, 1 if damage remains, 3 if something could not be read.
    """
    if all_copies and due:
        raise WrongUse("--all and --due exclude each other")
    settings = settings_of(home)
    bars = Bars(quiet=json)
    started = time.monotonic()
    try:
        with bootstrap.writing(settings, bars) as repository:
            chosen = find_replica(repository, replica).id if replica else None
            selection = Selection.ALL if all_copies or aip else Selection.DUE
            run = run_fixity(repository, selection, bars, replica=chosen, aip=aip)
            bootstrap.publish(repository)
    finally:
        bars.close()
    seconds = time.monotonic() - started
    report, mended, away = run.report, run.mended, run.away
    unrepaired = [one for one in mended if one.reason]
    if json:
        show_json(_json(run, seconds))
    else:
        _tell(report, mended, seconds, away)
    if report.unrepaired or any(one.found != "unreadable" for one in unrepaired):
        return NO
    return COULD_NOT_TELL if report.unreadable or unrepaired or away else 0


@app.command("status")
def status(home: HomeOption = None, json: JsonOption = False) -> None:
    """Per replica: copies, the oldest check, how many are overdue, and the share that was checked within the window."""
    with bootstrap.reading(settings_of(home)) as repository:
        window = timedelta(days=repository.policies.fixity.window_days)
        figures = repository.catalogue.replica_figures(repository.clock.now() - window)
        plans = FixityForecast(repository.catalogue, repository.clock, repository.policies).plans()
        known = {one.replica: plan_facts(one) for one in plans}
        names = {record.id: record.name for record in repository.catalogue.replicas()}
        rows = [
            {
                "replica": names.get(one.replica, one.replica),
                "copies": one.copies,
                "oldest_check": one.oldest_check.isoformat() if one.oldest_check else None,
                "never_checked": one.never_checked,
                **{name: known[one.replica][name] for name in _PLANNED},
                "intact": one.intact,
                "damaged": one.damaged,
                "missing": one.missing,
                "unreadable": one.unreadable,
                "pending": one.pending,
            }
            for one in figures
            if one.replica in known
        ]
    if json:
        show_json({"window_days": window.days, "replicas": rows})
        return
    say(f"Every copy is to be checked within {window.days} days.")
    counts = ["overdue", "due", "damaged", "missing", "unreadable", "pending"]
    show_table(
        ["replica", "copies", "oldest check", "in time", *counts],
        [
            [
                row["replica"],
                row["copies"],
                time_text(str(row["oldest_check"]) if row["oldest_check"] else None),
                f"{float(str(row['share_within_window'])):.1%}",
                *(row[column] for column in counts),
            ]
            for row in rows
        ],
    )


def _json(run: FixityRun, seconds: float) -> dict[str, object]:
    return {
        **run.described(),
        "seconds": round(seconds, 3),
        "problems": [
            {
                "aip": one.aip,
                "replica": one.replica,
                "key": one.key,
                "found": one.outcome,
                "repaired": one.repaired,
                "reason": one.reason,
            }
            for one in run.report.problems
        ],
    }


def _tell(report: FixityReport, mended: Sequence[Mended], seconds: float, away: Mapping[str, str]) -> None:
    rate = report.bytes / seconds if seconds else 0
    say(
        f"{report.checked} copies checked, {report.files} files, {size_text(report.bytes)} in {seconds:.1f} s "
        f"({size_text(int(rate))}/s)"
    )
    say(f"  intact {report.intact}, damaged {report.damaged}, missing {report.missing}, unreadable {report.unreadable}")
    say(f"  repaired {report.repaired}")
    if report.passed_over:
        say(f"  passed over {report.passed_over}: somebody works on them; the next run looks again")
    for one in mended:
        say(f"  {one.found} {visible(one.key)}: {one.reason or 'made right'}")
    for problem in report.problems[:SHOWN]:
        say(f"  {problem.outcome} {visible(problem.key)}: {problem.reason or 'made right'}")
    if report.problems_in_all > SHOWN:
        say(f"  and {report.problems_in_all - SHOWN} files more: `preservation audit list --type 'fixity check'`")
    for aip, replica, reason in report.unrepaired:
        say(f"  NOT REPAIRED {aip} on {replica}: {reason}")
    for name, reason in away.items():
        say(f"  replica {name} could not be checked: {reason}")
