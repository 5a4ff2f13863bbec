"""A watched folder. Whoever may write to it may do anything in it at any moment: all goes by open folders, no link is followed.

<folder>/<name>                     a package, and beside it <name>.done, <name>.sha256 or <name>.sha512
<folder>/_taking/<uuid>/marks/      a claim: what lay beside the package
<folder>/_taking/<uuid>/package/    and the package, which is there whole or not at all
<folder>/_reports/<key>             what became of packages

A claim renames the marks first, and the package last. Cut off before that, it is undone: the marks go back.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from io import FileIO, RawIOBase

from preservation.adapters.drops.copying import FOLDER, NEW, READ, TreeCopy, flush_file_system, move, write_all
from preservation.adapters.drops.failures import translated
from preservation.adapters.drops.walking import EPOCH, kind_of, state_of
from preservation.adapters.removing import remove_tree
from preservation.domain.drops import MARKS, MAX_MARK_BYTES, OURS, Dropped, DroppedState, Landing
from preservation.domain.identifiers import is_urn_uuid
from preservation.domain.names import escape, unescape
from preservation.domain.packages import PackageLimits
from preservation.errors import Conflict, Unavailable
from preservation.ports import Progress

_TAKING, _REPORTS, _MARKS, _PACKAGE, _PROBE = "_taking", "_reports", "marks", "package", "clock"
# Where a package of somebody else's may not be renamed out of its place, it is copied.
_COPIED = (errno.EXDEV, errno.EACCES, errno.EPERM)
_MAX_REPORT_BYTES = 1 << 26


class FolderPlace:
    """The folder at a path, which has to be there."""

    def __init__(self, folder: str) -> None:
        self._path = folder

    def now(self) -> datetime:
        """By the file system's own clock, which may be that of another machine."""
        with self._root() as root, ExitStack() as held:
            taking = held.enter_context(_made(_TAKING, root))
            probe = os.open(_PROBE, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=taking)
            try:
                os.utime(probe)
                return EPOCH + timedelta(microseconds=os.fstat(probe).st_mtime_ns // 1000)
            finally:
                os.close(probe)

    def look(self) -> Iterator[Dropped]:
        with self._root() as root:
            names = {os.fsencode(name) for name in os.listdir(root)}
            found = [self._seen(name, names, root) for name in sorted(names)]
        yield from (one for one in found if one is not None)

    def _seen(self, name: bytes, names: set[bytes], root: int) -> Dropped | None:
        if name.startswith(tuple(one.encode() for one in OURS)) or name.endswith(tuple(one.encode() for one in MARKS)):
            return None
        try:
            kind = kind_of(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return None
        marks = {}
        for ending in MARKS:
            beside = name + ending.encode()
            if beside in names:
                with suppress(FileNotFoundError):
                    mark = os.stat(beside, dir_fd=root, follow_symlinks=False)
                    if stat.S_ISREG(mark.st_mode):
                        marks[ending] = f"{mark.st_size}:{mark.st_mtime_ns}"
        return Dropped(escape(name), kind, marks)

    def state(self, dropped: Dropped, limits: PackageLimits) -> DroppedState | None:
        with self._root() as root:
            return state_of(dropped, root, limits)

    def open(self, dropped: Dropped, path: str) -> RawIOBase:
        parts = [unescape(dropped.name), *(unescape(part) for part in path.split("/") if part)]
        with self._root() as root, ExitStack() as held:
            folder = root
            for part in parts[:-1]:
                folder = held.enter_context(_entered(part, folder))
            return _stream(parts[-1], folder)

    def mark(self, dropped: Dropped, ending: str) -> bytes | None:
        with self._root() as root:
            return _content(unescape(dropped.name) + ending.encode(), root, MAX_MARK_BYTES)

    def claim(self, claim: str, dropped: Dropped, seen: DroppedState, limits: PackageLimits) -> bool:
        name = unescape(dropped.name)
        with self._root() as root, ExitStack() as held:
            taking = held.enter_context(_made(_TAKING, root))
            own = held.enter_context(_made(_uuid(claim), taking))
            marks = held.enter_context(_made(_MARKS, own))
            package = held.enter_context(_made(_PACKAGE, own))
            # From here on a crash leaves a claim that says what it is about.
            os.fsync(own)
            os.fsync(taking)
            os.fsync(root)
            for ending in dropped.marks:
                with suppress(FileNotFoundError):
                    move(name + ending.encode(), root, marks)
            os.fsync(marks)
            with suppress(FileNotFoundError):
                move(name, root, package)
            os.fsync(package)
            os.fsync(root)
            after = state_of(dropped, package, limits)
            if after is not None and after.fingerprint == seen.fingerprint and after.fault is None:
                return True
        with suppress(Conflict):
            self.release(claim)
        return False

    def claims(self) -> Sequence[str]:
        with self._root() as root, _made(_TAKING, root) as taking:
            found = [f"urn:uuid:{name}" for name in sorted(os.listdir(taking))]
        return [one for one in found if is_urn_uuid(one)]

    def claimed(self, claim: str) -> str | None:
        with self._root() as root, _made(_TAKING, root) as taking:
            try:
                with _entered(_uuid(claim), taking) as own, _made(_PACKAGE, own) as package:
                    names = os.listdir(package)
            except FileNotFoundError:
                return None
        if len(names) > 1:
            raise Unavailable(f"the claim {claim} holds more than was claimed")
        if names:
            return escape(os.fsencode(names[0]))
        self.release(claim)
        return None

    def carry(self, claim: str, landing: Landing, limits: PackageLimits, progress: Progress) -> None:
        with self._root() as root, ExitStack() as held:
            taking = held.enter_context(_made(_TAKING, root))
            own = held.enter_context(_entered(_uuid(claim), taking))
            package = held.enter_context(_entered(_PACKAGE, own))
            target = held.enter_context(_entered(landing.package))
            names = [os.fsencode(one) for one in os.listdir(package)]
            if len(names) != 1:
                raise Unavailable(f"the claim {claim} does not hold what was claimed")
            name = names[0]
            try:
                move(name, package, target)
                os.fsync(package)
            except OSError as error:
                if error.errno not in _COPIED:
                    raise
                work = held.enter_context(_entered(landing.work))
                TreeCopy(limits, progress).entry(name, package, work)
                flush_file_system(work)
                move(name, work, target)
            # What its producer wrote may not be on the medium yet.
            flush_file_system(target)

    def clear(self, claim: str) -> None:
        with self._root() as root, _made(_TAKING, root) as taking, suppress(FileNotFoundError):
            remove_tree(_uuid(claim), dir_fd=taking)
            os.fsync(taking)

    def release(self, claim: str) -> None:
        with self._root() as root, _made(_TAKING, root) as taking:
            try:
                with (
                    _entered(_uuid(claim), taking) as own,
                    _made(_PACKAGE, own) as package,
                    _made(_MARKS, own) as marks,
                ):
                    for folder in (package, marks):
                        for name in os.listdir(folder):
                            _put_back(os.fsencode(name), folder, root, is_mark=folder == marks)
                    os.fsync(root)
            except FileNotFoundError:
                return
        self.clear(claim)

    def report(self, key: str) -> bytes | None:
        with self._root() as root, _made(_REPORTS, root) as reports:
            return _content(unescape(key), reports, _MAX_REPORT_BYTES)

    def write_report(self, key: str, data: bytes) -> None:
        name = unescape(key)
        temporary = f".{os.getpid()}.new"
        with self._root() as root, _made(_REPORTS, root) as reports:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=reports)
            descriptor = os.open(temporary, NEW, 0o644, dir_fd=reports)
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.rename(temporary, name, src_dir_fd=reports, dst_dir_fd=reports)
            os.fsync(reports)

    def remove_report(self, key: str) -> None:
        with self._root() as root, _made(_REPORTS, root) as reports, suppress(FileNotFoundError):
            os.unlink(unescape(key), dir_fd=reports)

    @contextmanager
    def _root(self) -> Iterator[int]:
        """The folder, open, and everything that goes wrong in it as an exception of ours."""
        with translated(f"the watched folder {self._path}"):
            descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                yield descriptor
            finally:
                os.close(descriptor)


def _uuid(claim: str) -> str:
    return claim.removeprefix("urn:uuid:")


@contextmanager
def _entered(name: str | bytes, parent: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, FOLDER, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _made(name: str, parent: int) -> Iterator[int]:
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=parent)
    with _entered(name, parent) as descriptor:
        yield descriptor


def _stream(name: bytes, folder: int) -> RawIOBase:
    descriptor = os.open(name, READ, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Unavailable("a file of the package became something else while it was looked at")
    return FileIO(descriptor)


def _content(name: bytes, folder: int, most: int) -> bytes | None:
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return None
        with _stream(name, folder) as stream:
            return stream.read(most)
    except (FileNotFoundError, Unavailable):
        return None


def _put_back(name: bytes, folder: int, root: int, *, is_mark: bool) -> None:
    try:
        move(name, folder, root)
    except FileExistsError:
        # A newer mark is what counts now; of a package nothing may be lost.
        if not is_mark:
            raise Conflict("something new has the name of what was claimed") from None
