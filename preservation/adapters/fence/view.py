"""What a fenced program sees of the system: programs, libraries and this program's own Python, all read only."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import preservation

_LINKED: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Only what fonts, the dynamic linker, alternatives, time zones and the converters themselves read. No accounts, no
# passwords, no keys, no names of hosts.
_NEEDED: Final = (
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ghostscript",
    "/etc/ImageMagick-6",
    "/etc/ImageMagick-7",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/libreoffice",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/magic",
    "/etc/magic.mime",
    "/etc/mime.types",
    "/etc/papersize",
    "/etc/perl",
    "/etc/xml",
    "/var/cache/fontconfig",
    "/var/lib/ghostscript",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
)
_NEEDED_PATTERNS: Final = ("java-*-openjdk", "python3*")


def source_root() -> Path:
    """The folder in which the package `preservation` lies: what PYTHONPATH names inside the fence."""
    return Path(preservation.__file__).resolve().parents[1]


def system_arguments() -> list[str]:
    """Arguments of bubblewrap that show the system."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in _LINKED:
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            arguments += ["--ro-bind", name, name]
    for path in [*map(Path, _NEEDED), *(found for one in _NEEDED_PATTERNS for found in Path("/etc").glob(one))]:
        if path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def shown_arguments(shows: Sequence[Path]) -> list[str]:
    """Arguments that show this program and further folders. They may lie below /tmp or /home: these have to be made before."""
    arguments: list[str] = []
    for path in [*_own_folders(), *(one for one in shows if one.is_dir())]:
        arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def _own_folders() -> Iterator[Path]:
    seen: list[Path] = [Path("/usr")]
    for path in (Path(sys.base_prefix), Path(sys.prefix), source_root() / "preservation"):
        if not any(path.is_relative_to(one) for one in seen):
            seen.append(path)
            yield path
