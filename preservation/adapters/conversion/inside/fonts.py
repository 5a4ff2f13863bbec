"""Fonts that a document names and that are not installed: LibreOffice puts others in their place."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

_PARTS = ("word/fontTable.xml", "content.xml", "styles.xml", "xl/styles.xml")
_NAMED = re.compile(
    rb'(?:<w:font w:name|<style:font-face style:name="[^"]{0,100}" svg:font-family|<name val)="([^"]{1,100})"'
)
_MOST_BYTES = 16 << 20
_SECONDS = 30


def missing_fonts(path: str) -> str:
    """Their names; "not known" for what does not list its fonts, or where nobody can tell which fonts are installed."""
    if not zipfile.is_zipfile(path) or shutil.which("fc-list") is None:
        return "not known"
    listed = subprocess.run(["fc-list", ":", "family"], capture_output=True, check=False, timeout=_SECONDS, text=True)  # noqa: S607
    installed = {name.strip().lower() for line in listed.stdout.splitlines() for name in line.split(",")}
    missing = sorted(name for name in _named(Path(path)) if name.lower() not in installed)
    return ", ".join(missing) or "none"


def _named(path: Path) -> set[str]:
    found: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for part in _PARTS:
            if part in archive.namelist():
                with archive.open(part) as stream:
                    found |= {
                        one.decode("utf-8", "replace").replace("&apos;", "").strip("'")
                        for one in _NAMED.findall(stream.read(_MOST_BYTES))
                    }
    return found
