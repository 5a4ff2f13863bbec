"""The commit protocol for folders: stage, seal, place, commit (evidence: OCFL implementation notes 3.7, with fsync).

stage    work/<tx>/intent.json, then work/<tx>/object/...     a crash here: recovery removes work/<tx>
seal     one syncfs; the intent gains the new inventory's digest            the same
place    v1: the whole object root by one rename              the object is there, whole, or not at all
         vN: rename vN into the object root                   a crash here: vN is taken out again, nothing refers to it
commit   rename inventory.json over the old one               from here on recovery finishes instead of undoing
sidecar  rename the sidecar; remove work/<tx>
"""

import errno
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from io import RawIOBase

from preservation.adapters.object_stores.posix import beneath, claims, durable, user_space
from preservation.adapters.object_stores.posix.intent import NAME, Intent
from preservation.adapters.object_stores.posix.keys import checked
from preservation.adapters.object_stores.posix.recovery import discard, settle
from preservation.adapters.object_stores.posix.root_inventory import (
    INVENTORY,
    SIDECAR,
    finish_commit,
    inventory_digest,
)
from preservation.adapters.passing_files import PassingFile
from preservation.errors import Conflict, NotHere, Unavailable
from preservation.ports import Sink

AHEAD_BYTES = 1 << 20
WRITE_BACK_BYTES = 8 << 20
WRITE_BEHIND_BYTES = 64 << 20


class PosixVersionWriter:
    """One version staged in `<root>/work/<tx>`. See ports.VersionWriter for the promises."""

    def __init__(self, root: str, tx: str, intent: Intent) -> None:
        self._root = root
        self._work = f"{root}/{claims.WORK}/{tx}"
        self._stage = f"{self._work}/object"
        self._intent = intent
        self._known_directories = {""}
        self._making = threading.Lock()
        self._thinned: set[str] = set()
        with _writing(f"cannot stage in {self._work}"):
            claim = claims.take(root, tx)
            if claim is None:
                raise FileExistsError(errno.EEXIST, "the transaction is under way", tx)
            self._claim = claim
            try:
                self._begin()
            except BaseException:
                self._claim.leave()
                raise

    def local_path(self, path: str) -> str:
        """Where a staged file lies, for tools that want a file name."""
        return f"{self._stage}/{path}"

    def put(self, path: str, data: bytes | memoryview) -> None:
        self._make_parent(path)
        try:
            durable.write_file(f"{self._stage}/{path}", data)
        except OSError as error:
            raise _not_written(error, f"cannot stage {path}") from error

    def create(self, path: str) -> Sink:
        self._make_parent(path)
        with _writing(f"cannot stage {path}"):
            return _FileSink(durable.create_file(f"{self._stage}/{path}"), path)

    def discard(self, path: str) -> None:
        with durable.translated(f"cannot take back {path}"):
            os.unlink(f"{self._stage}/{checked(path)}")
        self._thinned.add(path.rpartition("/")[0])

    def flush(self) -> None:
        with _writing("cannot make what is staged durable"):
            durable.flush_file_system_of(self._claim.descriptor)

    def seal(self) -> None:
        with _writing("cannot make the staged version durable"):
            # Not while files are still being staged: another thread may be about to use the folder (OCFL 1.1 E024).
            for directory in sorted(self._thinned - {""}, reverse=True):
                durable.prune_empty(self._stage, directory)
            for name in (INVENTORY, SIDECAR):
                os.lstat(f"{self._stage}/{name}")
                os.lstat(f"{self._stage}/v{self._intent.version}/{name}")
            with open(f"{self._stage}/{INVENTORY}", "rb") as stream:
                digest = hashlib.file_digest(stream, "sha512").hexdigest()
            durable.flush_file_system_of(self._claim.descriptor)
            user_space.flush_below(self._stage)
            sealed = replace(self._intent, new=digest)
            durable.write_durably(f"{self._work}/{NAME}.sealed", [sealed.to_bytes()])
            os.rename(f"{self._work}/{NAME}.sealed", f"{self._work}/{NAME}")
            durable.flush_directory(self._work)
            self._intent = sealed

    def open_sealed(self, path: str) -> RawIOBase:
        # The folder is ours alone: there is no link in it to be led astray by.
        try:
            return _cold(os.open(f"{self._stage}/{checked(path)}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
        except OSError as error:
            raise durable.translate(error, f"cannot open {path}") from error

    def commit(self) -> None:
        if not self._intent.is_sealed:
            raise ValueError("a version is sealed before it is committed")
        with _writing(f"cannot commit {self._intent.object_root}"):
            if self._intent.base is None:
                self._place_whole_object()
            else:
                self._place_version(self._intent.base)
        # The version is the head, and durable: what is left of the transaction's folder can wait for recovery.
        with suppress(OSError):
            discard(self._work)
            self._claim.finish()
        self._claim.leave()

    def abort(self) -> None:
        # As after a crash: a commit that failed on the way may have passed its point of no return.
        with _writing(f"cannot undo {self._work}"):
            try:
                if os.path.lexists(self._work):
                    settle(self._root, self._work)
                elif self._intent.base is None:
                    # Fenced off while it was being placed: the way to where it should have stood may be made, and empty.
                    durable.prune_empty(self._root, self._intent.object_root.rpartition("/")[0])
                self._claim.finish()
            finally:
                self._claim.leave()

    def _begin(self) -> None:
        os.mkdir(self._work)
        try:
            durable.write_durably(f"{self._work}/{NAME}", [self._intent.to_bytes()])
            os.mkdir(self._stage)
            durable.flush_directory(os.path.dirname(self._work))
        except BaseException:
            with suppress(OSError):
                durable.remove_tree(self._work)
                self._claim.finish()
            raise

    def _place_whole_object(self) -> None:
        # Files that were lost or set aside leave their folders behind.
        durable.remove_empty_folders(f"{self._root}/{self._intent.object_root}")
        if os.path.lexists(f"{self._root}/{self._intent.object_root}"):
            raise Conflict(f"{self._intent.object_root} is already there")
        with self._refused_if_taken(self._intent.object_root):
            durable.place(self._stage, self._root, self._intent.object_root, os.rename)
        durable.flush_directory(f"{self._root}/{self._intent.object_root.rpartition('/')[0]}")
        durable.flush_directory(self._work)

    def _place_version(self, base: str) -> None:
        target = f"{self._root}/{self._intent.object_root}"
        version = f"v{self._intent.version}"
        if inventory_digest(self._root, self._intent.object_root) != base:
            raise Conflict(f"{self._intent.object_root} is no longer what this version was made from")
        if os.path.lexists(f"{target}/{version}"):
            raise Conflict(f"{self._intent.object_root}/{version} is already there")
        with self._refused_if_taken(f"{self._intent.object_root}/{version}"):
            os.rename(f"{self._stage}/{version}", f"{target}/{version}")
        durable.flush_directory(target)
        durable.flush_directory(self._stage)
        # Not left to what follows, which takes an inventory that is gone for one that has been moved: whoever fenced this off
        # has it.
        os.rename(f"{self._stage}/{INVENTORY}", f"{target}/{INVENTORY}")
        finish_commit(self._stage, target)

    @contextmanager
    def _refused_if_taken(self, key: str) -> Iterator[None]:
        """Two may find a place free; only one rename of a folder into it succeeds."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise Conflict(f"{key} is already there") from error
            raise

    def _make_parent(self, path: str) -> None:
        directory = checked(path).rpartition("/")[0]
        if directory in self._known_directories:
            return
        with self._making, _writing(f"cannot stage {path}"):
            self._make_directory(directory)

    def _make_directory(self, directory: str) -> None:
        """Never the stage itself: who was fenced off finds it gone, and must not begin anew."""
        if directory in self._known_directories:
            return
        self._make_directory(directory.rpartition("/")[0])
        with suppress(FileExistsError):
            os.mkdir(f"{self._stage}/{directory}")
        self._known_directories.add(directory)


def open_cold(root: str, key: str) -> RawIOBase:
    """Open a file and have its cached pages dropped first, so that reading it reads the medium.

    posix_fadvise(DONTNEED) drops clean pages only; the caller has flushed. Pages that a running program maps stay.
    """
    with durable.translated(f"cannot open {key}"):
        return _cold(beneath.open_file(root, key))


def _cold(fd: int) -> RawIOBase:
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        # Its first piece is on its way while the caller opens the next file.
        os.posix_fadvise(fd, 0, AHEAD_BYTES, os.POSIX_FADV_WILLNEED)
    except OSError:
        os.close(fd)
        raise
    return PassingFile(fd)


@contextmanager
def _writing(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _not_written(error, what) from error


def _not_written(error: OSError, what: str) -> Unavailable:
    """A staging folder that is gone is a replica that is gone: that is never for the caller to take for a missing key."""
    translated = durable.translate(error, what)
    if isinstance(translated, NotHere):
        return Unavailable(f"{what}: {error.strerror}")
    return translated


class _FileSink:
    def __init__(self, fd: int, path: str) -> None:
        self._fd = fd
        self._path = path
        self._written = 0
        self._on_its_way = 0
        self._let_go = 0

    def write(self, data: bytes | memoryview) -> int:
        try:
            durable.write_all(self._fd, data)
        except OSError as error:
            raise _not_written(error, f"cannot stage {self._path}") from error
        self._written += len(data)
        if self._written - self._on_its_way >= WRITE_BACK_BYTES:
            # The medium works while the next bytes are digested; else all of it would wait for the flush.
            durable.start_writing_back(self._fd, self._on_its_way, self._written - self._on_its_way)
            self._on_its_way = self._written
            self._let_pages_go()
        return len(data)

    def _let_pages_go(self) -> None:
        """What lies far enough behind is on the medium by now, or nearly: its pages serve for what comes next."""
        behind = self._written - self._let_go - WRITE_BEHIND_BYTES
        if behind >= WRITE_BACK_BYTES:
            with _writing(f"cannot stage {self._path}"):
                durable.finish_writing_back(self._fd, self._let_go, behind)
            self._let_go += behind

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with _writing(f"cannot stage {self._path}"):
                os.close(fd)
