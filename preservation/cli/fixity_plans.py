"""`fixity plan`, `fixity hasten`: whether windows can be kept, and checks brought forward."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import (
    NO,
    Bars,
    HomeOption,
    JsonOption,
    say,
    settings_of,
    show_json,
    show_table,
    time_text,
)
from preservation.cli.replica_names import find_replica
from preservation.domain.fixity_policy import MIB
from preservation.services.fixity_forecast import FixityForecast, plan_facts
from preservation.services.fixity_planning import hasten_replica

LONGEST_DAYS = 365

_FEASIBLE: Mapping[object, str] = {None: "not measured yet", True: "yes", False: "no"}


def plan(home: HomeOption = None, json: JsonOption = False) -> int:
    """Per replica: what checks need in a second, what there is, and whether the windows can be kept.

    Exit status 1 if a replica's windows cannot be kept with a quarter to spare.
    """
    with bootstrap.reading(settings_of(home)) as repository:
        plans = FixityForecast(repository.catalogue, repository.clock, repository.policies).plans()
        names = {one.id: one.name for one in repository.catalogue.replicas()}
    rows = [{"replica": names.get(one.replica, one.replica), **plan_facts(one)} for one in plans]
    if json:
        show_json({"replicas": rows})
    else:
        _tell(rows)
    return NO if any(one.is_feasible is False for one in plans) else 0


def hasten(
    replica: Annotated[str, typer.Argument(help="The replica, by name or id.")],
    days: Annotated[
        int, typer.Option(min=1, max=LONGEST_DAYS, help="Within how many days each of its copies is to be checked.")
    ] = 7,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """After something happened to a medium: have all of a replica's copies checked within so many days, evenly spread.

    What is due earlier stays so. Nothing is checked by this command itself.
    """
    bars = Bars(quiet=json)
    with bootstrap.writing(settings_of(home), bars) as repository:
        record = find_replica(repository, replica)
        hasten_replica(repository.catalogue, repository.recorder, record.id, days=days, now=repository.clock.now())
        bootstrap.publish(repository)
    if json:
        show_json({"replica": record.name, "days": days})
    else:
        say(f"Every copy on {record.name} is due within {days} days.")


def _tell(rows: Sequence[Mapping[str, object]]) -> None:
    """One column for each replica: there are few of them, and more figures than a terminal has room for side by side."""
    told: Mapping[str, Callable[[Mapping[str, object]], object]] = {
        "copies": lambda row: row["copies"],
        "window": lambda row: f"{row['window_days']} days",
        "within it": lambda row: f"{float(str(row['share_within_window'])):.1%}",
        "overdue": lambda row: row["overdue"],
        "due": lambda row: row["due"],
        "oldest check": lambda row: time_text(str(row["oldest_check"]) if row["oldest_check"] else None),
        "needed": lambda row: _rates(row["bytes_wanted"], row["checks_wanted"]),
        "available": lambda row: _rates(row["bytes_available"], row["checks_available"]),
        "feasible": lambda row: _FEASIBLE[row["feasible"]],
    }
    show_table(["", *(str(row["replica"]) for row in rows)], [[name, *map(tell, rows)] for name, tell in told.items()])


def _rates(size: object, checks: object) -> str:
    parts = [] if size is None else [f"{float(str(size)) / MIB:.3g} MiB/s"]
    return ", ".join([*parts, *([] if checks is None else [f"{float(str(checks)):.3g}/s"])]) or "?"
