"""`replica list`, `add`, `sync`, `retire`; what else there is of `replica` is joined here."""

from dataclasses import replace
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import (
    COULD_NOT_TELL,
    Bars,
    HomeOption,
    JsonOption,
    checked_text,
    say,
    settings_of,
    show_json,
    show_table,
    size_text,
)
from preservation.cli.replica_acts import compare, drain, quarantine, release
from preservation.cli.replica_names import find_replica
from preservation.cli.replica_standing import model, peers, report, status
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import Conflict, Unavailable
from preservation.services.rebuilt_holdings import take_back
from preservation.services.repair_limits import DAY, repairs_since
from preservation.services.replica_changes import attach_replica, bring_up, retire_replica

_MOST_REPAIRS = 1_000_000

app = typer.Typer(no_args_is_help=True)
app.command("status")(status)
app.command("report")(report)
app.command("compare")(compare)
app.command("drain")(drain)
app.command("release")(release)
app.command("quarantine")(quarantine)
app.command("model")(model)
app.command("peers")(peers)


@app.command("list")
def list_replicas(home: HomeOption = None, json: JsonOption = False) -> None:
    """List the storage locations."""
    with bootstrap.reading(settings_of(home)) as repository:
        now = repository.clock.now()
        figures = {one.replica: one for one in repository.catalogue.replica_figures(now)}
        rows: list[dict[str, object]] = []
        for record in repository.catalogue.replicas():
            figure = figures.get(record.id)
            away = record.id in repository.replicas.away
            state = ReplicaState.AWAY if away else record.state
            rows.append(
                {
                    "name": record.name,
                    "url": record.url,
                    "role": record.role,
                    "state": state.value,
                    "copies": figure.copies if figure else 0,
                    "bytes": figure.bytes if figure else 0,
                    "id": record.id,
                    "server_lacks": list(bootstrap.lacking(repository, record)),
                }
            )
        told = {
            one.id: f"held: {repairs_since(repository.catalogue, one.id, now - DAY, most=_MOST_REPAIRS)} repairs in 24 h"
            for one in repository.catalogue.replicas()
            if one.state is ReplicaState.HELD
        }
    if json:
        show_json(rows)
        return
    columns = ["name", "state", "role", "copies", "bytes", "url"]
    lacks = {str(row["name"]): row["server_lacks"] for row in rows if row["server_lacks"]}
    for row in rows:
        row["state"] = told.get(str(row["id"]), row["state"])
    show_table(columns, [[size_text(int(str(row[c]))) if c == "bytes" else row[c] for c in columns] for row in rows])
    for name, words in lacks.items():
        say(f"The server of {name} has been found without: {', '.join(words) if isinstance(words, list) else ''}")


@app.command("add")
def add(
    place: Annotated[
        str,
        typer.Argument(
            help="An empty folder or prefix of a bucket (s3://BUCKET/PREFIX?endpoint=URL), or a replica that came back."
        ),
    ],
    name: Annotated[
        str | None, typer.Option(help="What people call it; the last part of the place if not given.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Add a storage location, or say where one is now. `replica sync` brings it what it lacks."""
    bars = Bars(quiet=json)
    with bootstrap.writing(settings_of(home), bars) as repository:
        unread, taken = 0, 0
        with repository.locks.hold(bootstrap.REPLICAS, seconds=bootstrap.REPLICAS_SECONDS):
            found = bootstrap.known_replica(repository, place)
            if found is None:
                record = bootstrap.add_replica(
                    repository, place, checked_text(name or bootstrap.place_name(place), "a replica's name")
                )
            else:
                record, unread = _attach(repository, found, bootstrap.place_of(place))
        fresh = repository.with_replicas()
        if found is not None and record.id in fresh.replicas.stores:
            taken = len(take_back(fresh.catalogue, fresh.replicas.stores[record.id], fresh.locations))
        fresh.save_record(bars)
        bootstrap.publish(fresh)
    if json:
        shown = {"id": record.id, "name": record.name, "url": record.url, "new": found is None}
        show_json({**shown, "unread": unread, "taken_back": taken})
    else:
        if taken:
            say(f"{taken} versions that the ledger knows and the database lacked were recorded again from it.")
        if unread:
            say(f"{unread} of its copies count for nothing until they have been read: `replica sync` does that.")
        say(f"{record.name} is at {record.url}. Now: preservation replica sync {record.name}")


@app.command("sync")
def sync(
    name: Annotated[str | None, typer.Argument(help="The replica; all of them if not given.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Bring replicas what they lack, and read it back. Exit status 3 if something could not be brought."""
    bars = Bars(quiet=json)
    rows: list[dict[str, object]] = []
    try:
        with bootstrap.writing(settings_of(home), bars) as repository:
            wanted = [find_replica(repository, name)] if name else list(repository.replicas.records.values())
            rows.extend(_bring(repository, record, bars) for record in wanted)
            bootstrap.publish(repository)
    finally:
        bars.close()
    if json:
        show_json(rows)
    else:
        for row in rows:
            say(f"{row['replica']}: {row['copied']} AIPs copied, {size_text(int(str(row['bytes'])))}{row['reason']}")
    return COULD_NOT_TELL if any(row["failed"] or row["reason"] for row in rows) else 0


@app.command("retire")
def retire(
    name: Annotated[str, typer.Argument(help="The replica.")],
    accept_gap: Annotated[
        bool, typer.Option("--accept-gap", help="Although AIPs fall below the replication policy by it.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take a storage location out of use. Refused (2) while that would leave AIPs short of the replication policy."""
    bars = Bars(quiet=json)
    with bootstrap.writing(settings_of(home), bars) as repository:
        with repository.locks.hold(bootstrap.REPLICAS, seconds=bootstrap.REPLICAS_SECONDS):
            record = find_replica(repository, name)
            retire_replica(
                repository.catalogue, repository.recorder, repository.policies, record, accept_gap=accept_gap
            )
        fresh = repository.with_replicas()
        fresh.save_record(bars)
        bootstrap.publish(fresh)
    if json:
        show_json({"id": record.id, "name": record.name, "state": "retired"})
    else:
        say(f"{record.name} is retired; what it holds is left as it is.")


def _attach(repository: bootstrap.Repository, found: ReplicaRecord, url: str) -> tuple[ReplicaRecord, int]:
    """The record as it is now, and how many copies have to be read before they count again."""
    keeps = found.state in (ReplicaState.HELD, ReplicaState.DRAINING)
    bootstrap.look_again(url, repository.opener.s3)
    record = replace(found, url=url, state=found.state if keeps else ReplicaState.ACTIVE)
    store = repository.opener.open(record)
    return record, attach_replica(repository.catalogue, repository.locations, repository.recorder, found, record, store)


def _bring(repository: bootstrap.Repository, record: ReplicaRecord, bars: Bars) -> dict[str, object]:
    row: dict[str, object] = {"replica": record.name, "copied": 0, "bytes": 0, "failed": [], "reason": ""}
    if record.state is ReplicaState.DRAINING:
        return row | {"reason": " (it is being drained)"}
    if record.id in repository.replicas.away:
        return row | {"reason": f" (away: {repository.replicas.away[record.id]})"}
    try:
        # A job of the service may be bringing it the same things.
        with repository.locks.hold(f"replica:{record.id}", seconds=30):
            report = bring_up(
                repository.catalogue,
                repository.replication(),
                repository.replicas.stores[record.id],
                list(repository.replicas.stores.values()),
                repository.trust,
                tx=repository.minter.urn().removeprefix("urn:uuid:"),
                progress=repository.paced(record, bars),
            )
    except (Unavailable, Conflict) as error:
        return row | {"reason": f" (stopped: {error})"}
    failed = [{"aip": aip, "reason": reason} for aip, reason in report.failed]
    return row | {"copied": report.copied, "bytes": report.bytes, "failed": failed}
