"""`format identify`, `format review`; the others are in modules of their own."""

import json as json_module
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.format_identification.tree import walk_files
from preservation.adapters.policy_files import read_policies
from preservation.bootstrap.locking import LOCK_SECONDS
from preservation.cli.answer_reports import answers_json, tell_answers
from preservation.cli.console import (
    COULD_NOT_TELL,
    Bars,
    HomeOption,
    JsonOption,
    say,
    settings_of,
    show_json,
)
from preservation.cli.on_demand import Place, group_of
from preservation.domain.policies import FormatEngine, FormatPolicy
from preservation.errors import WrongUse
from preservation.services.answer_report import AnswerReport
from preservation.services.format_report import identify_tree
from preservation.services.second_opinion import Verdict

COMMANDS = {
    "examine": Place("format_examinations", "examine"),
    "scan": Place("format_examinations", "scan"),
    "report": Place("format_reports", "report"),
    "forecast": Place("format_reports", "forecast"),
    "show": Place("format_registry", "show"),
    "list": Place("format_registry", "list_formats"),
    "history": Place("format_updates", "history"),
    "update": Place("format_updates", "update"),
    "reidentify": Place("format_updates", "reidentify"),
    "par": Place("format_par", "app", "The rules for formats as other archives' programs exchange them (PAR)."),
}
app = typer.Typer(cls=group_of(COMMANDS), no_args_is_help=True)


@app.callback()
def formats() -> None:
    """File formats, by PRONOM identifier."""


@app.command("identify")
def identify(
    paths: Annotated[list[Path], typer.Argument(readable=False, help="Files and folders.")],
    engine: Annotated[
        FormatEngine | None, typer.Option(help="siegfried or fido, instead of what the policy says.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Identify formats by PUID; one JSON document a line, or one of all with --json. With a home, by that home's policy.

    Exit status 0 whatever the formats are, 2 if a path is absent, 3 if the engine could not be asked.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise WrongUse(f"{path} does not exist")
    policy = FormatPolicy()
    if home is not None or "PRESERVATION_HOME" in os.environ:
        policy = read_policies(settings_of(home).home / "policies").formats
    if engine is not None:
        policy = FormatPolicy(first=engine)
    with bootstrap.format_identifier(policy) as identifier:
        if identifier is None:
            raise WrongUse("identification is switched off by the policy; name an --engine")
        lines = identify_tree([os.fsencode(path) for path in paths], identifier, walk=walk_files)
        if json:
            _show_array(lines)
            return
        for line in lines:
            sys.stdout.write(json_module.dumps(line) + "\n")


def _show_array(lines: Iterable[Mapping[str, object]]) -> None:
    """One document, written as its parts come."""
    before = "[\n"
    for line in lines:
        sys.stdout.write(before + json_module.dumps(line))
        before = ",\n"
    sys.stdout.write("\n]\n" if before == ",\n" else "[]\n")


@app.command("review")
def review(
    aip: Annotated[str | None, typer.Option(help="Only this AIP.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many AIPs at most.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Ask the other engine about the formats of what is kept, as the policy says; both answers are kept as events.

    AIPs that this engine has reviewed already are left out. Exit status 3 if an AIP could not be read and waits.
    """
    settings = settings_of(home)
    bars = Bars(quiet=json)
    report = AnswerReport(Verdict)
    engine = None
    try:
        with (
            bootstrap.writing(settings, bars) as repository,
            # The lock of the job of the same kind: both copy files to one folder.
            repository.locks.hold("format-review", seconds=LOCK_SECONDS),
            bootstrap.format_review(repository) as job,
        ):
            if job is not None:
                engine = repository.policies.formats.other.value
                report = job.run(bars, aip=aip, limit=limit)
    finally:
        bars.close()
    if json:
        found = answers_json(report, settings.language, "first", "second")
        show_json({"engine": engine, "reviewed_aips": report.aips, **found})
    elif engine is None:
        say("The policy asks for no second opinion (policies/formats.toml).")
    else:
        say(f"{report.aips} AIPs reviewed: a second opinion (by {engine}) was asked for {report.asked} files")
        tell_answers(report, settings.language)
    return COULD_NOT_TELL if report.waiting else 0
