"""`format report`, `format forecast`: what is held, and what will not last."""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.bootstrap import Repository
from preservation.bootstrap.reports import holdings_report
from preservation.cli.collections import find_collection
from preservation.cli.console import HomeOption, JsonOption, say, settings_of, show_json, show_table, size_text
from preservation.domain.held_reports import Grouping, HeldGroup
from preservation.domain.people import CollectionTree
from preservation.errors import WrongUse
from preservation.services.holdings_report import outlook_facts, total

CsvOption = Annotated[bool, typer.Option("--csv", help="As CSV, for a spreadsheet.")]
CollectionOption = Annotated[
    str | None, typer.Option("--collection", help="Only this collection, by code, and those in it.")
]
_UNKNOWN = {Grouping.VALIDITY: "not examined", Grouping.KIND: "not examined"}


def report(
    by: Annotated[Grouping, typer.Option(help="What is counted by.")] = Grouping.FORMAT,
    since: Annotated[
        str | None, typer.Option(help="Also what came since this date or time (2026-01-31, or RFC 3339).")
    ] = None,
    collection: CollectionOption = None,
    as_csv: CsvOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What is held, by format, risk, validity, kind, year of ingest or of the files themselves, or collection."""
    moment = None if since is None else _moment(since)
    with bootstrap.reading(settings_of(home)) as repository:
        found = holdings_report(repository).groups(by, collections=_within(repository, collection), since=moment)
    rows = [_row(by, one) for one in found]
    files, size = total(found)
    if json:
        show_json(
            {
                "by": by.value,
                "since": None if moment is None else moment.isoformat(),
                "files": files,
                "bytes": size,
                "groups": rows,
            }
        )
    elif as_csv:
        _show_csv(rows)
    else:
        _show(by, found, is_since=moment is not None)
        say(f"{files} files, {size_text(size)}")


def forecast(
    collection: CollectionOption = None, as_csv: CsvOption = False, home: HomeOption = None, json: JsonOption = False
) -> None:
    """Held formats that will not last: at risk by the policy, or superseded by PRONOM; how much, and whether more comes in."""
    with bootstrap.reading(settings_of(home)) as repository:
        found = holdings_report(repository).outlook(repository.clock.now(), collections=_within(repository, collection))
    rows = [outlook_facts(one) for one in found]
    if json:
        show_json({"formats": rows})
    elif as_csv:
        _show_csv(rows)
    else:
        show_table(
            ["format", "name", "risk", "superseded by", "files", "size", "first", "last", "growing"],
            [
                [
                    one.puid,
                    f"{one.name} {one.version}".strip(),
                    one.risk.value,
                    ", ".join(one.superseded_by),
                    one.amounts.files,
                    size_text(one.amounts.bytes),
                    min(one.years, default=""),
                    max(one.years, default=""),
                    "yes" if one.is_growing else "no",
                ]
                for one in found
            ],
        )


def _row(by: Grouping, one: HeldGroup) -> dict[str, object]:
    return {by.value: one.value, "label": one.label, **asdict(one.amounts)}


def _show(by: Grouping, found: Sequence[HeldGroup], *, is_since: bool) -> None:
    columns = [by.value, "", "AIPs", "files", "size", *(["files since", "size since"] if is_since else [])]
    rows = []
    for one in found:
        amounts = one.amounts
        since = [amounts.added_files, size_text(amounts.added_bytes)] if is_since else []
        value = one.value or _UNKNOWN.get(by, "unknown")
        rows.append([value, one.label, amounts.aips, amounts.files, size_text(amounts.bytes), *since])
    show_table(columns, rows)


def _show_csv(rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    writer = csv.DictWriter(sys.stdout, [key for key in rows[0] if key != "years"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _cell(value: object) -> object:
    """A list as one text; and a text that a spreadsheet would take for a formula as none."""
    if isinstance(value, list):
        value = "; ".join(str(one) for one in value)
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _within(repository: Repository, collection: str | None) -> Sequence[str] | None:
    if collection is None:
        return None
    found = find_collection(repository, collection)
    return sorted(CollectionTree((one.id, one.parent) for one in repository.catalogue.collections()).within([found.id]))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"not a date or time: {text}") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
