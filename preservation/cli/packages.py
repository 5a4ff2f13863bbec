"""`ingest`, `transfer check`."""

import os
import stat
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.adapters.policy_files import parse_agreement, read_policies
from preservation.bootstrap.examining import looks
from preservation.cli.agreements import find_agreement
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
from preservation.domain.agreements import SubmissionAgreement
from preservation.domain.finding_log import FindingLog
from preservation.domain.holdings import SubmissionMode, TransferStatus
from preservation.domain.names import escape
from preservation.domain.policies import FormatEngine, FormatPolicy, Policies
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.services.agreement_check import Formats, broken_by, shown_formats
from preservation.services.ingest import IngestRequest, IngestResult
from preservation.services.transfer_check import check

transfer = typer.Typer(no_args_is_help=True)


@transfer.command("check")
def check_transfer(
    path: Annotated[Path, typer.Argument(readable=False, help="A bag, a folder, an archive or a file.")],
    agreement: Annotated[
        str | None,
        typer.Option(help="A submission agreement to hold it against: one of the home's, or a file NAME.toml."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Validate a package and keep nothing. Exit status 1 if it is invalid, or breaks the agreement. With a home, by its limits.

    Formats are held against an agreement only with a home, whose policy says what identifies them.
    """
    named = home is not None or "PRESERVATION_HOME" in os.environ
    policies = read_policies(settings_of(home).home / "policies") if named else Policies()
    rules = _agreement(policies, agreement) if agreement is not None else None
    formats: Formats = Counter()
    speak = settings_of(home).language if named else language()
    bars = Bars(quiet=json)
    with tempfile.TemporaryDirectory(prefix="preservation-check-") as work, ExitStack() as held:
        held.callback(bars.close)
        reader = held.enter_context(closing(open_package(_existing(path), Path(work), policies.ingest.limits)))
        report = check(reader, limits=policies.ingest.limits, progress=bars)
        if rules is not None:
            asked = policies.formats if named else FormatPolicy(first=FormatEngine.NONE)
            identifier = held.enter_context(bootstrap.format_identifier(asked))
            notes = FindingLog()
            for finding in broken_by(
                rules, reader, identifier, policies.ingest.limits, formats, policies.formats.rules
            ):
                notes.add(finding)
            report = replace(
                report, findings=(*report.findings, *notes.findings()), valid=report.valid and not notes.has_errors
            )
    if json:
        show_json(
            {
                "package_type": report.package_type.value,
                "valid": report.valid,
                "findings": [finding_json(finding, speak) for finding in report.findings],
                "files": report.files,
                "bytes": report.bytes,
                "dublin_core": {name: list(values) for name, values in report.dublin_core.items()},
                "agreement": rules.id if rules is not None else None,
                "formats": shown_formats(formats),
            }
        )
    else:
        say(
            f"{path_text(path)}: {'valid' if report.valid else 'INVALID'} {report.package_type.value}, "
            f"{report.files} files, {size_text(report.bytes)}"
        )
        show_findings(report.findings, speak)
    return 0 if report.valid else NO


def _agreement(policies: Policies, named: str) -> SubmissionAgreement:
    """One of the policies, or what a file states. NotHere, or WrongUse naming what is wrong with the file."""
    if named in policies.agreements:
        return policies.agreements[named]
    if not named.endswith(".toml"):
        raise NotHere(f"there is no submission agreement {named}")
    try:
        return parse_agreement(Path(Path(named).name), Path(named).read_bytes())
    except OSError as error:
        raise WrongUse(f"{named} cannot be read: {error.strerror}") from error


def ingest(
    paths: Annotated[list[Path], typer.Argument(readable=False, help="Packages: bags, folders, archives, files.")],
    collection: Annotated[str, typer.Option(help="The code of the collection that they belong to.")] = "unassigned",
    title: Annotated[str | None, typer.Option(help="The title, instead of what the package says.")] = None,
    aip: Annotated[str | None, typer.Option(help="Make a new version of this AIP instead of a new AIP.")] = None,
    mode: Annotated[
        SubmissionMode, typer.Option(help="What a new version does to the content: replace it, or add to it.")
    ] = SubmissionMode.REPLACEMENT,
    agreement: Annotated[
        str | None, typer.Option(help="The submission agreement whose rules hold; it names the collection.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Take packages in, and wait until each is preserved or refused.

    Whoever gives this command decides what an agreement leaves to an archivist. Exit status 0 if all are preserved, 1 if one was
    rejected, 3 if one could not be stored on enough replicas.
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
            rules = _in_force(repository, agreement) if agreement is not None else None
            place = find_collection(repository, rules.collection if rules is not None else collection)
            if aip is not None and (held := repository.catalogue.aip(aip)) is not None:
                place = next(one for one in repository.catalogue.collections() if one.id == held.collection)
            formats = repository.policies.formats
            with (
                bootstrap.format_identifier(formats) as identifier,
                looks(settings, formats) as (examiner, scanner),
            ):
                service = repository.ingest(identifier, examiner, scanner)
                for path in paths:
                    try:
                        reader = open_package(path, repository.home.staging, repository.policies.ingest.limits)
                    except (Unavailable, NotHere, WrongUse) as error:
                        result = service.could_not_open(escape(os.fsencode(path.name)), place, error)
                    else:
                        with closing(reader):
                            request = IngestRequest(
                                reader,
                                place,
                                title,
                                aip,
                                mode,
                                copies=rules.copies if rules is not None else None,
                                agreement=rules,
                                decided=None,
                            )
                            result = service.take_in(request, bars)
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


def _in_force(repository: bootstrap.Repository, named: str) -> SubmissionAgreement:
    rules = find_agreement(repository, named)
    if not rules.active:
        raise WrongUse(f"the submission agreement {rules.id} is not in force")
    return rules


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
        **result.described(),
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
