"""`replica status`, `report`, `model`: where the copies stand against the policy, and what that may come to."""

from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import (
    NO,
    HomeOption,
    JsonOption,
    say,
    settings_of,
    show_json,
    show_table,
    time_text,
)
from preservation.cli.replica_names import find_replica
from preservation.domain.replication_gap import Gap
from preservation.services.copy_standing import Standing, aips_below, counted_now, standing
from preservation.services.fault_log import update_faults
from preservation.services.loss_figures import YEARS, model_losses
from preservation.services.peer_checks import peer_standings
from preservation.services.replica_report import replica_report
from preservation.services.replica_words import model_json, report_json

NameArgument = Annotated[str, typer.Argument(help="The replica.")]


def status(
    aips: Annotated[int, typer.Option(help="Name so many of the AIPs that are below policy.", min=0)] = 20,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """How far all copies are from the replication policy, and what levels they reach. Exit status 1 if any AIP is below it."""
    with bootstrap.reading(settings_of(home)) as repository:
        catalogue, policies = repository.catalogue, repository.policies
        now = repository.clock.now()
        found = standing(catalogue, policies, counted_now(catalogue, policies, now), now)
        below = aips_below(catalogue, policies, limit=aips) if found.below and aips else []
        names = {one.id: one.name for one in catalogue.replicas()}
        codes = {one.id: one.code for one in catalogue.collections()}
    groups: list[dict[str, object]] = [
        {
            "collection": codes.get(one.collection, one.collection),
            "replicas": sorted(names.get(replica, replica) for replica in one.replicas),
            "aips": one.aips,
            "short": dict(one.gap.named()),
        }
        for one in found.below
    ]
    if json:
        show_json(_status_json(found, groups, [{"aip": aip, "short": dict(gap.named())} for aip, gap in below]))
    else:
        _tell_status(found, groups, below)
    return NO if found.below else 0


def report(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """What one replica lacks, what is due or was broken off on it, and by when it should be here: plugged in or not."""
    with bootstrap.reading(settings_of(home)) as repository:
        record = find_replica(repository, name)
        now = repository.clock.now()
        found = replica_report(
            repository.catalogue,
            repository.policies,
            record,
            is_here=record.id in repository.replicas.stores,
            now=now,
        )
        unsettled = list(bootstrap.unsettled(repository, record))
    values = report_json(found, now)
    if json:
        show_json({**values, "unsettled": unsettled})
        return
    for key, value in values.items():
        say(f"{key:16} {'-' if value is None else value}")
    for told in unsettled or ["-"]:
        say(f"{'unsettled':16} {told}")


def model(
    years: Annotated[
        int, typer.Option(help="For the chance of losing anything within so long.", min=1, max=1000)
    ] = YEARS,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """A model, and no promise: how many AIPs a year are lost, from the faults that our own log has seen."""
    with bootstrap.reading(settings_of(home)) as repository:
        catalogue, policies = repository.catalogue, repository.policies
        now = repository.clock.now()
        faults = update_faults(catalogue, now)
        found = model_losses(catalogue, policies, counted_now(catalogue, policies, now), faults, years=years)
        names = {one.id: one.name for one in catalogue.replicas()}
    values = model_json(found, faults, names)
    if json:
        show_json(values)
        return
    say("This is a model and no promise: what archives lose most by, people, software and money, is not in it.")
    rows = values["replicas"]
    columns = ["replica", "faults", "copy_years", "rate", "rate_upper", "mean_detect_s", "mean_mend_s"]
    show_table(columns, [[row[column] for column in columns] for row in rows] if isinstance(rows, list) else [])
    if found.is_rough:
        say(
            "Too few copy-years are known yet, or too many faults, for the formula: nothing should be concluded from it."
        )
    for key in ("expected_a_year", "expected_a_year_upper", "chance", "chance_upper", "common_share", "is_rough"):
        say(f"{key:24} {values[key]}")


def peers(home: HomeOption = None, json: JsonOption = False) -> int:
    """Copies that other organisations keep, as they answered when last asked. Exit status 1 if any differs or is gone."""
    with bootstrap.reading(settings_of(home)) as repository:
        found = peer_standings(repository.catalogue, list(repository.policies.replication.peers.values()))
    rows = [
        {
            "name": one.name,
            "asked": one.last.time.isoformat() if one.last else None,
            "heard": one.heard.isoformat() if one.heard else None,
            "agreed": one.last.agreed if one.last else 0,
            "unanswered": one.last.unanswered if one.last else 0,
            "faults": sorted(one.faults),
        }
        for one in found
    ]
    if json:
        show_json(rows)
    else:
        columns = ["name", "asked", "heard", "agreed", "unanswered", "faults"]
        show_table(columns, [[row[column] for column in columns] for row in rows])
    return NO if any(one.faults for one in found) else 0


def _status_json(found: Standing, groups: list[dict[str, object]], below: list[dict[str, object]]) -> dict[str, object]:
    return {
        "counted": found.counted.isoformat(),
        "aips": found.aips,
        "below": found.aips_below,
        "groups": groups,
        "aips_below": below,
        "storage_level": found.storage,
        "integrity_level": found.integrity,
        "circular": {
            "sets": found.circular.sets,
            "media": found.circular.media,
            "checked": found.circular.checked,
        },
        "media": [
            {
                "replica": one.replica,
                "ends": str(one.ends) if one.ends else None,
                "replace_by": str(one.replace_by) if one.replace_by else None,
            }
            for one in found.media
        ],
    }


def _tell_status(found: Standing, groups: list[dict[str, object]], below: object) -> None:
    say(
        f"{found.aips} AIPs, {found.aips_below} below the replication policy, counted {time_text(found.counted.isoformat())}"
    )
    if groups:
        columns = ["collection", "replicas", "aips", "short"]
        show_table(columns, [[row[column] for column in columns] for row in groups])
    for aip, gap in below if isinstance(below, list) else []:
        say(f"  {aip}: {gap_text(gap)}")
    say(f"NDSA levels reached by what is held: storage {found.storage}, integrity {found.integrity} (of 4)")
    kept = [
        ("two sets", found.circular.sets),
        ("media", found.circular.media),
        ("checked in 3 years", found.circular.checked),
    ]
    say("Circular 05/2025: " + ", ".join(f"{name} {'yes' if is_so else 'NO'}" for name, is_so in kept))
    show_table(
        ["replica", "medium ends", "replace by"],
        [[one.replica, one.ends or "-", one.replace_by or "-"] for one in found.media],
    )


def gap_text(gap: Gap) -> str:
    """What is short, for people."""
    return ", ".join(f"{name} -{size}" for name, size in gap.named().items()) or "nothing is short"
