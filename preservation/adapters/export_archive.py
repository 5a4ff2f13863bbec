"""A DIP as one zip file, so that it can be fetched in one piece (APPNOTE.TXT 6.3; ZIP64 wherever it is needed).

Nothing is compressed: what archives keep mostly is already, and a file that is stored can be read out of the middle.
"""

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.flushing import flush_folder
from preservation.domain.names import escape
from preservation.errors import could_not

_CHUNK = 1 << 20
# The format counts from 1980; what a file's own time was is in the package's documents.
_TIME = (1980, 1, 1, 0, 0, 0)
_FILE, _FOLDER = 0o100644, 0o40755


@dataclass(frozen=True, slots=True)
class ExportedArchive:
    """The file, its size in bytes, and the SHA-256 of it in lower-case hex, taken while it was written."""

    path: Path
    size: int
    sha256: str


def archive_folder(folder: Path, archive: Path, told: Callable[[int], None]) -> ExportedArchive:
    """Put everything in a folder into a zip file, which appears under its name when it is whole and durable.

    Links are not followed, nor kept. `told` hears of the bytes as they come. Raises DiskFull and Unavailable; then no file
    is there. What it raises itself passes through.
    """
    partial = archive.with_name(archive.name + ".partial")
    try:
        with _translated(archive):
            with partial.open("wb") as stream:
                digested = _Digested(stream.fileno())
                with zipfile.ZipFile(digested, "w", allowZip64=True) as zipped:
                    for path, status in _content(os.fsencode(folder)):
                        _add(zipped, os.fsencode(folder), path, status, told)
                os.fsync(stream.fileno())
            partial.rename(archive)
            flush_folder(archive.parent)
    finally:
        partial.unlink(missing_ok=True)
    return ExportedArchive(archive, digested.size, digested.sha256.hexdigest())


def clear_folder(folder: Path) -> None:
    """Away with a folder and all in it; an absent one is no matter. Raises Unavailable."""
    with _translated(folder):
        try:
            shutil.rmtree(os.fsencode(folder))
        except FileNotFoundError:
            return


class _Digested:
    """A stream that is only written to, and digested on the way. It cannot seek, so no byte is written twice."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = 0
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> int:
        view = memoryview(data)
        self.sha256.update(view)
        self.size += len(view)
        while view:
            view = view[os.write(self._descriptor, view) :]
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Whoever opened the descriptor closes it."""


def _content(folder: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    """Everything below, folders before what is in them, by name; paths relative to the folder."""
    waiting = [b""]
    while waiting:
        below = waiting.pop()
        folders: list[bytes] = []
        for entry in sorted(os.scandir(os.path.join(folder, below)), key=lambda one: one.name):
            path = os.path.join(below, entry.name)
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                yield path, entry.stat(follow_symlinks=False)
        waiting += reversed(folders)


def _add(
    zipped: zipfile.ZipFile, folder: bytes, path: bytes, status: os.stat_result, told: Callable[[int], None]
) -> None:
    name = escape(path)
    if stat.S_ISDIR(status.st_mode):
        made = zipfile.ZipInfo(name + "/", _TIME)
        made.external_attr = _FOLDER << 16 | 0x10
        zipped.writestr(made, b"")
        return
    entry = zipfile.ZipInfo(name, _TIME)
    entry.external_attr = _FILE << 16
    # A size that is known beforehand decides on ZIP64 for this entry alone.
    entry.file_size = status.st_size
    descriptor = os.open(os.path.join(folder, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as source, zipped.open(entry, "w") as target:
        while data := source.read(_CHUNK):
            target.write(data)
            told(len(data))


@contextmanager
def _translated(what: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise could_not(f"cannot write {escape(os.fsencode(what))}", error) from error
