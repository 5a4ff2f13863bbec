"""`format examine`, `format scan`: what is held, or files on disk, looked into."""

import json as json_module
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.format_identification.tree import walk_files
from preservation.adapters.policy_files import read_policies
from preservation.bootstrap.examination import examiner
from preservation.bootstrap.examining import EXAMINATION_LOCK, VIRUS_LOCK, held_examination, held_virus_scan
from preservation.bootstrap.locking import LOCK_SECONDS
from preservation.cli.console import COULD_NOT_TELL, NO, Bars, HomeOption, JsonOption, say, settings_of, show_json
from preservation.domain.examinations import Validity
from preservation.domain.messages import visible
from preservation.domain.policies import FormatPolicy
from preservation.errors import WrongUse
from preservation.services.examination_lines import examine_tree
from preservation.services.examination_report import SHOWN_FILES, ExaminationReport
from preservation.services.virus_scanning import VirusReport
from preservation.settings import read_settings

AIPOption = Annotated[str | None, typer.Option("--aip", help="Only this AIP.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="How many AIPs at most.")]


def examine(
    paths: Annotated[
        list[Path] | None, typer.Argument(readable=False, help="Files and folders; without any what is held.")
    ] = None,
    aip: AIPOption = None,
    limit: LimitOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also what was examined, but not by these versions of the tools.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Look into files: their properties with units, whether they are valid, by which tools.

    With paths a JSON document a line for each file, and nothing is kept. Without, whatever of what is held was not examined, as
    the policy says; what is found is kept as events. Exit status 1 if a held file is invalid that had been sound before, 3 if
    an AIP could not be read and waits.
    """
    if paths:
        if aip is not None or limit is not None or again:
            raise WrongUse("files on disk are examined by themselves, without --aip, --limit and --again")
        _show_lines(paths, home, as_array=json)
        return 0
    settings = settings_of(home)
    bars = Bars(quiet=json)
    try:
        with (
            bootstrap.writing(settings, bars) as repository,
            repository.locks.hold(EXAMINATION_LOCK, seconds=LOCK_SECONDS),
            held_examination(repository) as service,
        ):
            report = service.run(bars, aip=aip, limit=limit, again=again)
    finally:
        bars.close()
    if json:
        show_json(report.described(SHOWN_FILES))
    else:
        _tell(report)
    if report.waiting:
        return COULD_NOT_TELL
    return NO if report.worsened else 0


def scan(
    aip: AIPOption = None,
    limit: LimitOption = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was scanned a short time ago.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Look for malware in what is held, as often as the policy says. What is found is told and kept as an event, never removed.

    Exit status 1 if something was found, 2 if the policy switches scanning off, 3 if an AIP could not be read and waits.
    """
    settings = settings_of(home)
    bars = Bars(quiet=json)
    try:
        with (
            bootstrap.writing(settings, bars) as repository,
            repository.locks.hold(VIRUS_LOCK, seconds=LOCK_SECONDS),
        ):
            service = held_virus_scan(repository)
            if service is None:
                raise WrongUse("virus scan is off by the policy (policies/formats.toml, [viruses])")
            report = service.run(bars, aip=aip, limit=limit, again=again)
    finally:
        bars.close()
    if json:
        show_json(report.described(SHOWN_FILES))
    else:
        _tell_scan(report)
    if report.infected:
        return NO
    return COULD_NOT_TELL if report.waiting else 0


def _show_lines(paths: list[Path], home: Path | None, *, as_array: bool) -> None:
    for path in paths:
        if not os.path.lexists(path):
            raise WrongUse(f"{path} does not exist")
    before = "[\n"
    for line in _lines(paths, home):
        text = json_module.dumps(line)
        sys.stdout.write(f"{before}{text}" if as_array else f"{text}\n")
        before = ",\n"
    if as_array:
        sys.stdout.write("\n]\n" if before == ",\n" else "[]\n")


def _lines(paths: list[Path], home: Path | None) -> Iterator[Mapping[str, object]]:
    policy = FormatPolicy()
    has_home = home is not None or "PRESERVATION_HOME" in os.environ
    with ExitStack() as held:
        # Without a home the tools run by their defaults.
        nowhere = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="examine-")))
        settings = read_settings(home if has_home else nowhere, os.environ)
        if has_home:
            policy = read_policies(settings.home / "policies").formats
        identifier = held.enter_context(bootstrap.format_identifier(policy))
        tools = held.enter_context(examiner(settings, nowhere))
        yield from examine_tree([os.fsencode(path) for path in paths], identifier, tools, walk=walk_files)


def _tell(report: ExaminationReport) -> None:
    counts = ", ".join(f"{validity.value} {report.count_of(validity)}" for validity in Validity)
    say(f"{report.aips} AIPs, {report.files} files examined: {counts}")
    for one in report.invalid:
        note = "INVALID, and sound before" if one.worsened else "INVALID"
        say(f"{note} {one.aip} {visible(one.path)}: {', '.join(one.codes)}")
    for aip, reason in report.waiting:
        say(f"WAITS {aip}: {visible(reason)}")


def _tell_scan(report: VirusReport) -> None:
    say(f"{report.aips} AIPs, {report.files} files scanned by {report.scanner}: {report.infected} infected")
    if report.unscanned:
        say(f"{report.unscanned} files could not be looked into: they are encrypted, or too large for the scanner")
    for aip, path, name in report.found:
        say(f"INFECTED {aip} {visible(path)}: {visible(name)}")
    for aip, reason in report.waiting:
        say(f"WAITS {aip}: {visible(reason)}")
