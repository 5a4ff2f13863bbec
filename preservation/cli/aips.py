"""`aip list`, `aip show`, `aip export`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.export_folder import ExportFolder
from preservation.cli.aip_files import show_file
from preservation.cli.collections import find_collection
from preservation.cli.console import (
    COULD_NOT_TELL,
    NO,
    Bars,
    HomeOption,
    JsonOption,
    finding_json,
    say,
    settings_of,
    show_findings,
    show_json,
    show_table,
    size_text,
    time_text,
)
from preservation.cli.events import event_json
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.ledger import EventFilter
from preservation.errors import NotHere
from preservation.services.access import DIPForm, ExportOutcome
from preservation.services.copy_standing import aip_standing
from preservation.services.format_review_record import read_opinions
from preservation.services.second_opinion import Verdict
from preservation.standards.aip_layout import unit_of

app = typer.Typer(no_args_is_help=True)
app.command("file")(show_file)


@app.command("list")
def list_aips(
    collection: Annotated[str | None, typer.Option(help="Only this collection's.")] = None,
    after: Annotated[str | None, typer.Option(help="Go on after this AIP id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List what is kept, in the order in which it came."""
    with bootstrap.reading(settings_of(home)) as repository:
        chosen = find_collection(repository, collection).id if collection else None
        codes = {one.id: one.code for one in repository.catalogue.collections()}
        page = repository.catalogue.aips(after=after, limit=limit + 1, collection=chosen)
        found = [one for one in page if one.id != repository.identity.id][:limit]
    if json:
        show_json(
            [
                {
                    "id": one.id,
                    "title": one.title,
                    "collection": codes.get(one.collection, one.collection),
                    "head": one.head,
                    "created": one.created.isoformat(),
                    "files": one.file_count,
                    "bytes": one.bytes,
                    "copies": one.copies,
                }
                for one in found
            ]
        )
        return
    rows = [[one.id, one.title, f"v{one.head}", one.file_count, size_text(one.bytes), one.copies] for one in found]
    show_table(["id", "title", "head", "files", "size", "copies"], rows)


@app.command("show")
def show(
    id: Annotated[str, typer.Argument(help="The AIP.")],
    version: Annotated[int | None, typer.Option(help="A version other than the head.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show an AIP: versions, files with their formats, copies, events."""
    with bootstrap.reading(settings_of(home)) as repository:
        catalogue = repository.catalogue
        summary = catalogue.aip(id)
        if summary is None:
            raise NotHere(f"there is no AIP {id}")
        names = {record.id: record.name for record in catalogue.replicas()}
        codes = {one.id: one.code for one in catalogue.collections()}
        against = aip_standing(catalogue, repository.policies, id)
        opinions = read_opinions(catalogue, id, version or summary.head)
        document: dict[str, object] = {
            "id": summary.id,
            "title": summary.title,
            "collection": codes.get(summary.collection, summary.collection),
            "head": summary.head,
            "created": summary.created.isoformat(),
            "files_count": summary.file_count,
            "bytes": summary.bytes,
            "path": repository.locations.object_root(id),
            "versions": [
                {
                    "number": one.number,
                    "created": one.created.isoformat(),
                    "inventory_digest": f"sha512:{one.inventory_digest}",
                    "files": one.file_count,
                    "bytes": one.bytes,
                    "transfer": one.transfer,
                    "message": one.message,
                }
                for one in catalogue.versions(id)
            ],
            "short": dict(against.gap.named()) if against else {},
            "description": [list(pair) for pair in catalogue.dublin_core(id)],
            "copies": [
                {
                    "replica": names.get(one.replica, one.replica),
                    "version": one.version,
                    "state": one.state.value,
                    "checked": one.checked.isoformat() if one.checked else None,
                }
                for one in catalogue.copies(id)
            ],
            "representations": _representations(catalogue.files(id, version)),
            "files": [_file_json(one, opinions.get(one.logical_path)) for one in catalogue.files(id, version)],
            "events": [event_json(one) for _, one in catalogue.events(EventFilter(aip=id), limit=1000)],
        }
    if json:
        show_json(document)
    else:
        _tell(document)


def _representations(files: Iterable[StoredFile]) -> list[dict[str, object]]:
    """Those of a version with what they hold, and from which others they were migrated."""
    found: dict[str, tuple[list[int], set[str]]] = {}
    for file in files:
        unit = unit_of(file.logical_path)
        if unit.name:
            sizes, sources = found.setdefault(unit.name, ([], set()))
            sizes.append(file.size)
            if file.source is not None:
                sources.add(unit_of(file.source).name)
    return [
        {"name": name, "files": len(sizes), "bytes": sum(sizes), "derived_from": sorted(sources)}
        for name, (sizes, sources) in sorted(found.items())
    ]


def _file_json(file: StoredFile, second: tuple[Verdict, FormatIdentification | str] | None) -> dict[str, object]:
    found = file.format
    return {
        "path": file.logical_path,
        "original_name": file.original_path,
        "size": file.size,
        "sha512": file.sha512.hex(),
        "sha256": file.sha256.hex(),
        "source": file.source,
        "puid": found.puid if found else None,
        "format": f"{found.name} {found.version}".strip() if found else None,
        "basis": found.basis.value if found else None,
        "engine": f"{found.engine} {found.engine_version}" if found else None,
        "signatures": found.signatures if found else None,
        "alternatives": list(found.alternatives) if found else [],
        "warning": found.warning if found else "",
        "second_opinion": _opinion_json(*second) if second else None,
    }


def _opinion_json(verdict: Verdict, answer: FormatIdentification | str) -> dict[str, object]:
    said = answer if isinstance(answer, FormatIdentification) else None
    return {
        "verdict": verdict.value,
        "puid": said.puid if said else None,
        "format": f"{said.name} {said.version}".strip() if said else None,
        "basis": said.basis.value if said else None,
        "engine": f"{said.engine} {said.engine_version}" if said else None,
        "signatures": said.signatures if said else None,
        "alternatives": list(said.alternatives) if said else [],
        "warning": said.warning if said else answer,
    }


def _tell(document: dict[str, object]) -> None:
    for name in ("id", "title", "collection", "path"):
        say(f"{name:11} {document[name]}")
    short = document["short"]
    say(
        f"{'short of':11} {', '.join(f'{name} -{size}' for name, size in short.items()) if isinstance(short, dict) else ''}"
    )
    for name, columns in (
        ("versions", ("number", "created", "files", "bytes")),
        ("copies", ("replica", "version", "state", "checked")),
        ("representations", ("name", "files", "bytes", "derived_from")),
        ("files", ("path", "size", "puid", "format", "basis")),
        ("events", ("time", "type", "outcome", "sequence")),
    ):
        rows = document[name]
        say(f"\n{name}")
        if isinstance(rows, list):
            show_table(columns, [[_for_people(column, row[column]) for column in columns] for row in rows])


def _for_people(column: str, value: object) -> object:
    if column in ("created", "checked", "time"):
        return time_text(str(value) if value else None)
    if column == "derived_from" and isinstance(value, list):
        return ", ".join(value)
    return size_text(int(str(value))) if column in ("bytes", "size") else value


@app.command("export")
def export(
    id: Annotated[str, typer.Argument(help="The AIP.")],
    out: Annotated[Path, typer.Argument(readable=False, help="A folder that is not there yet.")],
    form: Annotated[DIPForm, typer.Option("--as", help="bag, eark or ocfl.")] = DIPForm.BAG,
    version: Annotated[int | None, typer.Option(help="A version other than the head.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Export a DIP. Everything is verified while it is read, and OUT is whole or absent.

    Exit status 1 if some content is intact nowhere, 3 if it may be on a replica that cannot be reached now.
    """
    settings = settings_of(home)
    bars = Bars(quiet=json)
    try:
        with bootstrap.writing(settings, bars) as repository:
            report = repository.access().export(id, form, ExportFolder(out), version=version, progress=bars)
    finally:
        bars.close()
    if json:
        show_json(
            {
                "outcome": report.outcome.value,
                "aip_id": report.aip,
                "version": report.version,
                "form": report.form.value,
                "out": str(out) if report.done else None,
                "files": report.files,
                "bytes": report.bytes,
                "findings": [finding_json(finding, settings.language) for finding in report.findings],
            }
        )
    else:
        if report.done:
            say(f"{report.aip} v{report.version} is in {out}: {report.files} files, {size_text(report.bytes)}")
        else:
            say(f"{report.aip} could not be exported: nothing is in {out}")
        show_findings(report.findings, settings.language)
    return {ExportOutcome.DONE: 0, ExportOutcome.LOST: NO, ExportOutcome.UNREACHABLE: COULD_NOT_TELL}[report.outcome]
