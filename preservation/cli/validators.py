"""`ocfl validate`, `bag validate`."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from preservation.adapters.packages.opening import open_package
from preservation.adapters.trees import FolderTree
from preservation.cli.console import (
    NO,
    Bars,
    HomeOption,
    JsonOption,
    finding_json,
    language,
    path_text,
    say,
    settings_of,
    show_findings,
    show_json,
)
from preservation.domain.findings import Finding, Severity
from preservation.domain.packages import PackageLimits, PackageType
from preservation.errors import WrongUse
from preservation.services.ocfl_validation import validate_path
from preservation.services.transfer_check import check

ocfl = typer.Typer(no_args_is_help=True)
bag = typer.Typer(no_args_is_help=True)


@ocfl.callback()
def ocfl_commands() -> None:
    """OCFL storage roots and objects, ours or others'."""


@bag.callback()
def bag_commands() -> None:
    """BagIt bags."""


@ocfl.command("validate")
def validate_ocfl(
    path: Annotated[Path, typer.Argument(readable=False, help="A storage root or an object.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Validate a storage root with its objects, or one object, content included. Exit status 1 if it is invalid."""
    if not os.path.isdir(path):
        raise WrongUse(f"{path} is not a folder")
    report = validate_path(FolderTree(path))
    return _answer(path, f"OCFL {report.kind}", report.findings, home, as_json=json)


@bag.command("validate")
def validate_bag(
    path: Annotated[Path, typer.Argument(readable=False, help="A bag: a folder or an archive.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Validate a bag, every digest included. Exit status 1 if it is invalid or no bag."""
    if not os.path.lexists(path):
        raise WrongUse(f"{path} does not exist")
    limits = PackageLimits()
    bars = Bars(quiet=json)
    with tempfile.TemporaryDirectory(prefix="preservation-bag-") as work:
        reader = open_package(path, Path(work), limits)
        try:
            report = check(reader, limits=limits, progress=bars)
        finally:
            reader.close()
            bars.close()
    findings = list(report.findings)
    if report.package_type is not PackageType.BAG and not any(finding.is_error for finding in findings):
        findings.append(Finding("BAG-NONE", Severity.ERROR))
    return _answer(path, "bag", findings, home, as_json=json)


def _answer(path: Path, what: str, findings: Sequence[Finding], home: Path | None, *, as_json: bool) -> int:
    valid = not any(finding.is_error for finding in findings)
    speak = settings_of(home).language if home is not None else language()
    if as_json:
        show_json({"valid": valid, "findings": [finding_json(finding, speak) for finding in findings]})
    else:
        say(f"{path_text(path)}: {'valid' if valid else 'INVALID'} {what}")
        show_findings(findings, speak)
    return 0 if valid else NO
