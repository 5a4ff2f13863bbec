"""`ingest`, `transfer check`."""

import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.adapters.policy_files import read_policies
from preservation.cli.collections import find_collection
from preservation.cli.console import (
    COULD_NOT_TELL,
    NO,
    Bars,
    HomeOption,
    JsonOption,
    checked_text,
    finding_json,
    language,
    path_text,
    say,
    settings_of,
    show_findings,
    show_json,
    size_text,
)
from preservation.domain.holdings import TransferStatus
from preservation.domain.names import escape
from preservation.domain.packages import PackageLimits
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.services.ingest import IngestRequest, IngestResult, Mode
from preservation.services.transfer_check import check

transfer = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `ingest` and the `transfer` group."""
    app.command("ingest")(ingest)
    app.add_typer(transfer, name="transfer", help="Packages that are to be submitted.")


@transfer.command("check")
def check_transfer(
    path: Annotated[Path, typer.Argument(readable=False, help="A bag, a folder, an archive or a file.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Validate a package and keep nothing. Exit status 1 if it is invalid. With a home, by that home's limits."""
    named = home is not None or "PRESERVATION_HOME" in os.environ
    limits = read_policies(settings_of(home).home / "policies").ingest.limits if named else PackageLimits()
    speak = settings_of(home).language if named else language()
    bars = Bars(quiet=json)
    with tempfile.TemporaryDirectory(prefix="preservation-check-") as work:
        reader = open_package(_existing(path), Path(work), limits)
        try:
            report = check(reader, limits=limits, progress=bars)
        finally:
            reader.close()
            bars.close()
    if json:
        show_json(
            {
                "package_type": report.package_type.value,
                "valid": report.valid,
                "findings": [finding_json(finding, speak) for finding in report.findings],
                "files": report.files,
                "bytes": report.bytes,
                "dublin_core": {name: list(values) for name, values in report.dublin_core.items()},
            }
        )
    else:
        say(
            f"{path_text(path)}: {'valid' if report.valid else 'INVALID'} {report.package_type.value}, "
            f"{report.files} files, {size_text(report.bytes)}"
        )
        show_findings(report.findings, speak)
    return 0 if report.valid else NO


def ingest(
    paths: Annotated[list[Path], typer.Argument(readable=False, help="Packages: bags, folders, archives, files.")],
    collection: Annotated[str, typer.Option(help="The code of the collection that they belong to.")] = "unassigned",
    title: Annotated[str | None, typer.Option(help="The title, instead of what the package says.")] = None,
    aip: Annotated[str | None, typer.Option(help="Make a new version of this AIP instead of a new AIP.")] = None,
    mode: Annotated[
        Mode, typer.Option(help="What a new version does to the content: replace it, or add to it.")
    ] = Mode.REPLACEMENT,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Take packages in, and wait until each is preserved or refused.

    Exit status 0 if all are preserved, 1 if one was rejected, 3 if one could not be stored on enough replicas.
    """
    if aip is not None and len(paths) > 1:
        raise WrongUse("a new version is made from one package")
    if title is not None:
        checked_text(title, "a title")
    for path in paths:
        _existing(path)
    settings = settings_of(home)
    bars = Bars(quiet=json)
    shown: list[dict[str, object]] = []
    statuses: list[TransferStatus] = []
    try:
        with bootstrap.writing(settings, bars) as repository:
            place = find_collection(repository, collection)
            if aip is not None and (held := repository.catalogue.aip(aip)) is not None:
                place = next(one for one in repository.catalogue.collections() if one.id == held.collection)
            with bootstrap.format_identifier(repository.policies.formats) as identifier:
                service = repository.ingest(identifier)
                for path in paths:
                    try:
                        reader = open_package(path, repository.home.staging, repository.policies.ingest.limits)
                    except (Unavailable, NotHere, WrongUse) as error:
                        result = service.could_not_open(escape(os.fsencode(path.name)), place, error)
                    else:
                        with closing(reader):
                            result = service.take_in(IngestRequest(reader, place, title, aip, mode), bars)
                    bootstrap.publish(repository)  # what is told now can be proven now
                    statuses.append(result.status)
                    shown.append(_result_json(path, result, settings.language))
                    if not json:
                        _tell(path, result, settings.language)
    finally:
        bars.close()
    if json:
        show_json(shown)
    return _status(statuses)


def _existing(path: Path) -> Path:
    """WrongUse, before anything is done, for what nobody can mean to submit."""
    if not os.path.lexists(path):
        raise WrongUse(f"{path} does not exist")
    try:
        kind = path.stat().st_mode
    except OSError:
        return path  # opening it says why
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise WrongUse(f"{path} is neither a file nor a folder")
    return path


def _status(statuses: Sequence[TransferStatus]) -> int:
    if TransferStatus.REJECTED in statuses:
        return NO
    return 0 if all(status is TransferStatus.PRESERVED for status in statuses) else COULD_NOT_TELL


def _result_json(path: Path, result: IngestResult, speak: str) -> dict[str, object]:
    return {
        "path": str(path),
        "transfer_id": result.transfer,
        "status": result.status.value,
        "aip_id": result.aip,
        "version": result.version,
        "files": result.files,
        "bytes": result.bytes,
        "copies": result.copies,
        "copies_wanted": result.wanted,
        "findings": [finding_json(finding, speak) for finding in result.findings],
        "reason": result.reason,
    }


def _tell(path: Path, result: IngestResult, speak: str) -> None:
    kept = f"  {result.aip} v{result.version}  {result.files} files, {size_text(result.bytes)}" if result.aip else ""
    copies = f", on {result.copies} of {result.wanted} replicas" if result.status is TransferStatus.STORED else ""
    say(f"{result.status.value:9} {path_text(path.name)}{kept}{copies}")
    if result.reason:
        say(f"  {result.reason}")
    show_findings(result.findings, speak)
