"""What the commands share: their options, how they print, how they show that something is going on."""

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from preservation.domain.findings import Finding, Severity
from preservation.domain.messages import render, visible
from preservation.domain.names import escape
from preservation.errors import WrongUse
from preservation.logs import set_up_logs
from preservation.settings import Settings, language_of, read_settings

NO = 1
WRONG_USE = 2
COULD_NOT_TELL = 3

MAX_TEXT = 1000

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", readable=False, help="The home to work in.", envvar="PRESERVATION_HOME", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

# A digest is compared by programs; for people its beginning is enough. With --json it is whole.
_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b")
_WHOLE = ("id", "time", "type", "puid", "size")
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def settings_of(home: Path | None) -> Settings:
    """The settings of a home, with logging set up as they say."""
    settings = read_settings(home, os.environ)
    set_up_logs(settings.log_level, settings.log_format, sys.stderr)
    return settings


def show_json(value: object) -> None:
    """One JSON document on standard output. Text that is not valid Unicode (file names) is escaped."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, indent=2) + "\n")


def say(text: str) -> None:
    """A line for people."""
    Console(highlight=False, markup=False, soft_wrap=True).print(text)


def path_text(path: Path | str) -> str:
    """A path for people: on one line, whatever is in it."""
    return visible(escape(os.fsencode(path)))


def checked_text(value: str, what: str) -> str:
    """A word or a title that somebody gives. WrongUse if it is empty, very long, or holds what is no printable text."""
    if not value.strip() or len(value) > MAX_TEXT or not _is_text(value):
        raise WrongUse(f"{what} must be printable text of 1 to {MAX_TEXT} characters on one line")
    return value


def _is_text(value: str) -> bool:
    return not any(unicodedata.category(character) in ("Cc", "Cs", "Cn", "Zl", "Zp") for character in value)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _WHOLE)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    # Where nobody looks there is no edge to wrap at, unless somebody says where it is.
    has_edge = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(highlight=False, markup=False, width=None if has_edge else 400).print(table)


def show_findings(findings: Iterable[Finding], language: str) -> None:
    """Findings for people, a line each."""
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"  {finding.severity.value:8}", style=_COLOURS[finding.severity], end="", markup=False)
        where = f" [{visible(finding.path)}]" if finding.path else ""
        sentence = _DIGEST.sub(r"\1…", render(finding, language))
        console.print(f"{finding.code}{where}: {sentence}", markup=False)


def finding_json(finding: Finding, language: str) -> Mapping[str, str]:
    """A finding as the commands print it."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "path": finding.path,
        "message": render(finding, language),
    }


def language() -> str:
    """The language to speak where there is no home."""
    return language_of(os.environ)


def size_text(count: int) -> str:
    """Bytes for people."""
    value, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def time_text(text: str | None) -> str:
    """A time in ISO 8601 and UTC for people: to the second."""
    return f"{text[:19].replace('T', ' ')}Z" if text else "never"


class Bars:
    """ports.Progress on the terminal, if somebody is looking; silent otherwise."""

    def __init__(self, *, quiet: bool) -> None:
        self._progress = None
        self._task: TaskID | None = None
        if not quiet and sys.stderr.isatty():
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(binary_units=True),
                TransferSpeedColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()

    def begin(self, label: str, total: int | None) -> None:
        if self._progress is not None:
            self._task = self._progress.add_task(label, total=total)

    def advance(self, amount: int) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, amount)

    def end(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._progress is not None:
            self._progress.stop()
