"""`fixity plan`, `fixity hasten`: whether windows can be kept, and checks brought forward."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
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

LONGEST_DAYS = 365


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
        table, now = repository.catalogue.fixity_plan_table(), repository.clock.now()
        last = now + timedelta(days=days)
        after = table.spread(record.id, first=now, last=last)
        while after is not None:
            after = table.spread(record.id, first=now, last=last, after=after)
    if json:
        show_json({"replica": record.name, "days": days})
    else:
        say(f"Every copy on {record.name} is due within {days} days.")


def _tell(rows: Sequence[Mapping[str, object]]) -> None:
    show_table(
        ["replica", "copies", "window", "in time", "overdue", "due", "oldest check", "needed", "available", "feasible"],
        [
            [
                row["replica"],
                row["copies"],
                f"{row['window_days']} days",
                f"{float(str(row['share_within_window'])):.1%}",
                row["overdue"],
                row["due"],
                time_text(str(row["oldest_check"]) if row["oldest_check"] else None),
                _rates(row["bytes_wanted"], row["checks_wanted"]),
                _rates(row["bytes_available"], row["checks_available"]),
                "not measured yet" if row["feasible"] is None else "yes" if row["feasible"] else "no",
            ]
            for row in rows
        ],
    )


def _rates(size: object, checks: object) -> str:
    parts = [] if size is None else [f"{float(str(size)) / MIB:.3g} MiB/s"]
    return ", ".join([*parts, *([] if checks is None else [f"{float(str(checks)):.3g}/s"])]) or "?"
