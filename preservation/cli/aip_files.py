"""`aip file`: all that is known of one file that is kept."""

from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import HomeOption, JsonOption, say, settings_of, show_json, size_text, time_text
from preservation.domain.examinations import Examination
from preservation.domain.filed_examinations import KnownExamination
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.messages import visible
from preservation.errors import NotHere
from preservation.services.examination_lines import known_facts


def show_file(
    id: Annotated[str, typer.Argument(help="The AIP.")],
    path: Annotated[str, typer.Argument(help="The file's logical path, as `aip show` gives it.")],
    version: Annotated[int | None, typer.Option(help="A version other than the head.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show one file: digests, format, and what was found by looking into it. Exit status 2 if it is not there."""
    with bootstrap.reading(settings_of(home)) as repository:
        catalogue = repository.catalogue
        page = catalogue.files_page(id, version=version, limit=1, path=path)
        if page is None or page.version is None or not page.files:
            raise NotHere(f"{id} has no such file")
        ((number, found),) = page.files
        known = catalogue.examination_table().of_files(id, [number]).get(number)
    if json:
        show_json(
            {
                "number": number,
                "path": found.logical_path,
                "original_name": found.original_path,
                "source": found.source,
                "size": found.size,
                "sha256": found.sha256.hex(),
                "sha512": found.sha512.hex(),
                "format": None if found.format is None else _format(found.format),
                "examination": None if known is None else known_facts(known),
            }
        )
    else:
        _tell(found, known)


def _format(one: FormatIdentification) -> dict[str, object]:
    return {
        "puid": one.puid,
        "name": one.name,
        "version": one.version,
        "mime": one.mime,
        "basis": one.basis.value,
        "engine": f"{one.engine} {one.engine_version} ({one.signatures})",
    }


def _tell(found: StoredFile, known: KnownExamination | None) -> None:
    say(f"{visible(found.logical_path)}  {size_text(found.size)}")
    say(f"  sha512 {found.sha512.hex()}")
    if found.format is not None:
        one = found.format
        say(f"  format {one.puid or 'unknown'} {one.name} {one.version}".rstrip())
    if known is None:
        say("  never examined")
        return
    _tell_examination(known.examination, known)


def _tell_examination(one: Examination, known: KnownExamination) -> None:
    tools = ", ".join(f"{tool.name} {tool.version}" for tool in one.tools)
    note = ", sound by an earlier examination" if known.was_sound else ""
    say(f"  {one.kind.value}, {one.validity.value}{note} ({time_text(known.time.isoformat())} by {tools or 'nobody'})")
    for each in one.properties:
        say(f"    {each.name}: {visible(str(each.value))} {each.unit}".rstrip())
    for fault in one.faults:
        say(f"    {'FAULT' if fault.is_error else 'note'} {fault.code} {visible(fault.detail)}".rstrip())
