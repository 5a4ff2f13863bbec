"""What `doctor` looks at."""

import importlib.metadata
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from preservation import bootstrap
from preservation.adapters.object_stores.opening import is_below_fuse
from preservation.cli.tool_parts import Part, tool_parts
from preservation.errors import PreservationError
from preservation.settings import read_settings

MIN_FREE_BYTES = 1 << 30
# Without these only the locks of the database keep two writers apart.
UNGUARDED = frozenset({"no-create-only", "no-replace-if"})
_FUSE = (
    "the file system is a program's (FUSE): each file is flushed by itself, and what that is worth is up to the program"
)


def examine_machine(home: Path | None) -> list[Part]:
    """Everything that this release uses, and, if there is a home, whether its parts answer."""
    parts = [*_software(), *_tools()]
    if home is not None or os.environ.get("PRESERVATION_HOME"):
        return [*parts, *_home(home), *tool_parts(home)]
    return [*parts, *tool_parts(None)]


def _software() -> Iterator[Part]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Part("Python", "ok" if sys.version_info >= (3, 11) else "failed", version)
    yield Part("SQLite", "ok" if sqlite3.sqlite_version_info >= (3, 35) else "failed", sqlite3.sqlite_version)
    for name, use in (
        ("pygfried", "format identification (siegfried)"),
        ("opf-fido", "format identification, second engine"),
        ("cryptography", "signing"),
        ("lxml", "METS and PREMIS"),
        ("psycopg", "PostgreSQL"),
    ):
        try:
            yield Part(name, "ok", f"{importlib.metadata.version(name)}: {use}")
        except importlib.metadata.PackageNotFoundError:
            yield Part(name, "missing", f"{use}: pip install {name}")


def _tools() -> Iterator[Part]:
    for command, package, use in (("strace", "strace", "the crash drill"),):
        found = shutil.which(command)
        detail = f"{found}: {use}" if found else f"{use}: apt-get install {package}"
        yield Part(command, "ok" if found else "missing", detail, needed=False)


def _home(home: Path | None) -> Iterator[Part]:
    try:
        settings = read_settings(home, os.environ)
        with bootstrap.reading(settings) as repository:
            yield Part("home", "ok", f"{settings.home}, repository {repository.identity.id}")
            for record in repository.replicas.records.values():
                reason = repository.replicas.away.get(record.id)
                yield Part(f"replica {record.name}", "failed" if reason else "ok", reason or record.url)
                lacks = bootstrap.lacking(repository, record)
                if lacks:
                    state = "doubtful" if UNGUARDED & set(lacks) else "ok"
                    yield Part(f"server of replica {record.name}", state, f"without {', '.join(lacks)}", needed=False)
                for told in bootstrap.unsettled(repository, record) if reason is None else ():
                    yield Part(f"transactions of replica {record.name}", "doubtful", told, needed=False)
                if reason is None and is_below_fuse(record.url):
                    yield Part(f"durability of replica {record.name}", "doubtful", _FUSE, needed=False)
            usage = shutil.disk_usage(settings.home)
            enough = usage.free >= MIN_FREE_BYTES
            yield Part("free space", "ok" if enough else "failed", f"{usage.free >> 20} MiB at {settings.home}")
    except PreservationError as error:
        yield Part("home", "failed", str(error))
