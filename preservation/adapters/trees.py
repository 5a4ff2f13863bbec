"""A folder of the local file system as a tree that is only read, and in which no link is ever followed."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from preservation.domain.names import escape, unescape
from preservation.errors import NotHere, Unavailable
from preservation.standards.ocfl.validation.tree import Entry, EntryKind

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Opening a pipe would wait for somebody to write into it.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class FolderTree:
    """Keeps the promise of `standards.ocfl.validation.tree.ObjectTree`. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self, folder: str) -> Sequence[Entry]:
        """What a folder holds, sorted by name. NotHere if the tree itself is no folder, else Unavailable."""
        try:
            descriptor = self._open_folder(folder)
            try:
                with os.scandir(descriptor) as found:
                    entries = [Entry(escape(os.fsencode(entry.name)), _kind(entry)) for entry in found]
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Unavailable(f"{folder or '.'}: {error.strerror}") from error
        entries.sort(key=_name)
        return entries

    def open(self, path: str) -> BinaryIO:
        """A regular file, unbuffered. Unavailable if it is not there, is a link, or is no file."""
        folder, _, name = path.rpartition("/")
        try:
            parent = self._open_folder(folder)
            try:
                descriptor = os.open(unescape(name), _FILE_FLAGS, dir_fd=parent)
            finally:
                os.close(parent)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise Unavailable(f"{path}: not a regular file")
            return os.fdopen(descriptor, "rb", buffering=0)
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}") from error

    def _open_folder(self, folder: str) -> int:
        try:
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotHere(f"{self._folder}: no such folder") from error
        for name in folder.split("/") if folder else ():
            parent = descriptor
            try:
                descriptor = os.open(unescape(name), _FOLDER_FLAGS, dir_fd=parent)
            finally:
                os.close(parent)
        return descriptor


def _name(entry: Entry) -> str:
    return entry.name


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_symlink():
        return EntryKind.LINK
    if entry.is_dir(follow_symlinks=False):
        return EntryKind.FOLDER
    return EntryKind.FILE if entry.is_file(follow_symlinks=False) else EntryKind.OTHER
