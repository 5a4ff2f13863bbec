"""`replica release`, `drain`, `compare`, `quarantine`: what a person decides about a replica, or looks at on it."""

from typing import Annotated

import typer

from preservation import bootstrap
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
)
from preservation.cli.replica_names import find_replica
from preservation.domain.messages import visible
from preservation.errors import Unavailable
from preservation.services.quarantine_keeping import kept_aside
from preservation.services.repair_limits import release_repairs
from preservation.services.replica_changes import drain_replica, keep_replica
from preservation.services.replica_drift import look_for_drift

NameArgument = Annotated[str, typer.Argument(help="The replica.")]
_SHOWN = 50


def release(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Somebody has looked at a replica on which repairs are held: they go on, counted anew. Refused (2) if they are not."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        record = find_replica(repository, name)
        released = release_repairs(repository.catalogue, repository.recorder, record, repository.clock.now())
        bootstrap.publish(repository)
    _show(released.id, released.name, released.state.value, f"Repairs on {released.name} go on.", json=json)


def drain(
    name: NameArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Keep it after all.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write nothing new to a replica and no longer count its copies, so that others get what is short; `retire` comes next."""
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        change = keep_replica if undo else drain_replica
        with repository.locks.hold(bootstrap.REPLICAS, seconds=bootstrap.REPLICAS_SECONDS):
            changed = change(repository.catalogue, repository.recorder, find_replica(repository, name))
        bootstrap.publish(repository)
    told = (
        f"{name} is kept. Now: preservation replica sync {name}"
        if undo
        else f"{name} is being drained. `preservation replica status` says what is short; `replica retire` comes next."
    )
    _show(changed.id, changed.name, changed.state.value, told, json=json)


def compare(
    name: Annotated[str | None, typer.Argument(help="The replica; all of them if not given.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Hold what replicas list against the catalogue, both ways; no content is read. Exit status 1 where they differ."""
    rows: list[dict[str, object]] = []
    with bootstrap.writing(settings_of(home), Bars(quiet=json)) as repository:
        wanted = [find_replica(repository, name)] if name else list(repository.replicas.records.values())
        for record in wanted:
            row: dict[str, object] = {
                "replica": record.name,
                "objects": None,
                "unknown": None,
                "absent": None,
                "reason": "",
            }
            store = repository.replicas.stores.get(record.id)
            try:
                if store is None:
                    raise Unavailable(repository.replicas.away[record.id])
                found = look_for_drift(
                    repository.catalogue, repository.locations, repository.recorder, repository.clock, record, store
                )
            except Unavailable as error:
                rows.append(row | {"reason": str(error)})
            else:
                rows.append(row | {"objects": found.objects, "unknown": found.unknown, "absent": found.absent})
        bootstrap.publish(repository)
    if json:
        show_json(rows)
    else:
        columns = ["replica", "objects", "unknown", "absent", "reason"]
        show_table(columns, [["-" if row[column] is None else row[column] for column in columns] for row in rows])
    if any(row["unknown"] or row["absent"] for row in rows):
        return NO
    return COULD_NOT_TELL if any(row["reason"] for row in rows) else 0


def quarantine(
    name: Annotated[str | None, typer.Argument(help="The replica; all of them if not given.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What was set aside and is kept as evidence: when, of what size, and until when the policy wants it kept."""
    with bootstrap.reading(settings_of(home)) as repository:
        wanted = [find_replica(repository, name)] if name else list(repository.replicas.records.values())
        rows: list[dict[str, object]] = [
            {
                "replica": record.name,
                "place": kept.place,
                "since": kept.since.isoformat() if kept.since else None,
                "until": kept.until.isoformat() if kept.until else None,
                "files": kept.files,
                "bytes": kept.bytes,
                "past": kept.is_past(repository.clock.now()),
            }
            for record in wanted
            if record.id in repository.replicas.stores
            for kept in kept_aside(repository.catalogue, repository.policies, repository.replicas.stores[record.id])
        ]
    if json:
        show_json(rows)
        return
    columns = ["replica", "place", "since", "until", "files", "bytes", "past"]
    show_table(
        columns,
        [
            [size_text(int(str(row[column]))) if column == "bytes" else visible(str(row[column])) for column in columns]
            for row in rows[:_SHOWN]
        ],
    )
    if len(rows) > _SHOWN:
        say(f"and {len(rows) - _SHOWN} more: --json shows all")


def _show(id: str, name: str, state: str, told: str, *, json: bool) -> None:
    if json:
        show_json({"id": id, "name": name, "state": state})
    else:
        say(told)
