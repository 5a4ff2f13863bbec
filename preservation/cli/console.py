"""What the commands share: their options, how they print, how they show that something is going on."""

import importlib
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from preservation.cli.late_logs import set_up_late
from preservation.domain.findings import Finding, Severity
from preservation.domain.messages import render, visible
from preservation.domain.names import escape
from preservation.errors import WrongUse
from preservation.settings import Settings, language_of, read_settings

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

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
_STYLES: dict[Severity, dict[str, Any]] = {
    Severity.ERROR: {"fg": "red"},
    Severity.WARNING: {"fg": "yellow"},
    Severity.INFO: {"dim": True},
}
_DRAWING = "preservation.cli.drawing"


def settings_of(home: Path | None) -> Settings:
    """The settings of a home, with logging set up as they say."""
    settings = read_settings(home, os.environ)
    set_up_late(settings.log_level, settings.log_format)
    return settings


def show_json(value: object) -> None:
    """One JSON document on standard output. Text that is not valid Unicode (file names) is escaped."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, indent=2) + "\n")


def say(text: str) -> None:
    """A line for people."""
    sys.stdout.write(text + "\n")


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
    importlib.import_module(_DRAWING).draw_table(columns, rows)


def show_findings(findings: Iterable[Finding], language: str) -> None:
    """Findings for people, a line each."""
    has_colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for finding in findings:
        severity = f"{finding.severity.value:8}"
        where = f" [{visible(finding.path)}]" if finding.path else ""
        sentence = _DIGEST.sub(r"\1…", render(finding, language))
        shown = typer.style(severity, **_STYLES[finding.severity]) if has_colours else severity
        say(f"  {shown}{finding.code}{where}: {sentence}")


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
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        if not quiet and sys.stderr.isatty():
            self._progress = importlib.import_module(_DRAWING).start_bars()

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
