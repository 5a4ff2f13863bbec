"""ports.ExportTarget over a folder of the local file system.

The DIP grows in `.preservation-export-<random>/dip` beside its later place. The outer folder has mode 0700, so that nobody
else can plant a link on the way of a write; the inner one is renamed when everything in it is durable. Each name is opened
relative to its parent's descriptor and follows no link, so paths may be longer than PATH_MAX and never lead outside.
"""

import ctypes
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from preservation.adapters.flushing import flush_folder
from preservation.domain.names import escape
from preservation.errors import Conflict, WrongUse, could_not

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_INNER = b"dip"
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)


class ExportFolder:
    """A folder to be made at `folder`. For the promises see the port."""

    def __init__(self, folder: str | bytes | os.PathLike[str]) -> None:
        self._place = os.path.abspath(os.fsencode(folder))
        self._outer: bytes | None = None
        self._published = False
        self._made: set[bytes] = set()
        # The open folders from the root of the DIP down to the one last written to: neighbours share it.
        self._open: list[tuple[bytes, int]] = []

    @property
    def name(self) -> str:
        return escape(self._place)

    def begin(self) -> None:
        parent = os.path.dirname(self._place)
        if os.path.lexists(self._place):
            raise WrongUse(f"{self.name} is there already; an export never writes over anything")
        if not os.path.isdir(parent):
            raise WrongUse(f"there is no folder {escape(parent)} to export into")
        outer = os.path.join(parent, b".preservation-export-" + secrets.token_hex(8).encode())
        with _translated(self.name):
            os.mkdir(outer, 0o700)
            self._outer = outer
            try:
                inner = os.path.join(outer, _INNER)
                os.mkdir(inner)
                self._open.append((b"", os.open(inner, _FOLDER)))
            except OSError:
                self.abort()
                raise

    def put(self, path: bytes, data: bytes | memoryview) -> None:
        with _translated(escape(path)):
            descriptor = self._create(path)
            try:
                _write(descriptor, data)
            finally:
                os.close(descriptor)

    def create(self, path: bytes) -> "ExportedFile":
        with _translated(escape(path)):
            return ExportedFile(self._create(path), escape(path))

    def discard(self, path: bytes) -> None:
        *folders, name = _parts(path)
        with _translated(escape(path)):
            os.unlink(name, dir_fd=self._folder(folders))

    def make_folder(self, path: bytes) -> None:
        with _translated(escape(path)):
            self._folder(_parts(path))

    def seal(self) -> None:
        with _translated(self.name):
            # The root was opened before anything was written, so a write-back error of any of it is reported here.
            if _libc.syncfs(self._root) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))

    def publish(self) -> None:
        with _translated(self.name):
            _rename_to_free_name(os.path.join(self._outer_folder, _INNER), self._place)
            self._published = True
            flush_folder(os.path.dirname(self._place))

    def abort(self) -> None:
        if self._outer is None:
            return
        with _translated(self.name):
            if self._published:
                self._take_back()
            self._leave_folders(0)
            shutil.rmtree(self._outer)
        self._outer = None

    def close(self) -> None:
        if self._outer is not None:
            self._leave_folders(0)
            # An empty folder left behind costs nothing; the DIP is in its place.
            with suppress(OSError):
                os.rmdir(self._outer)
            self._outer = None

    @property
    def _outer_folder(self) -> bytes:
        if self._outer is None:
            raise WrongUse(f"the export to {self.name} was not begun, or is over")
        return self._outer

    @property
    def _root(self) -> int:
        if not self._open:
            raise WrongUse(f"the export to {self.name} was not begun, or is over")
        return self._open[0][1]

    def _create(self, path: bytes) -> int:
        *folders, name = _parts(path)
        try:
            return os.open(name, _NEW_FILE, 0o666, dir_fd=self._folder(folders))
        except FileExistsError as error:
            raise Conflict(f"{self.name} does not tell {escape(path)} apart from what it holds already") from error

    def _folder(self, names: Sequence[bytes]) -> int:
        """The descriptor of a folder of the DIP, which is made if it is not there."""
        self._leave_folders(1 + _shared(names, [name for name, _ in self._open[1:]]))
        descriptor = self._open[-1][1] if self._open else self._root
        for depth in range(len(self._open) - 1, len(names)):
            self._make(b"/".join(names[: depth + 1]), names[depth], descriptor)
            descriptor = os.open(names[depth], _FOLDER, dir_fd=descriptor)
            self._open.append((names[depth], descriptor))
        return descriptor

    def _make(self, path: bytes, name: bytes, parent: int) -> None:
        if path in self._made:
            return
        try:
            os.mkdir(name, dir_fd=parent)
        except FileExistsError as error:
            # Where case or normalisation is lost, two folders would become one without a word.
            raise Conflict(f"{self.name} does not tell {escape(path)} apart from what it holds already") from error
        self._made.add(path)

    def _leave_folders(self, keep: int) -> None:
        while len(self._open) > keep:
            os.close(self._open.pop()[1])

    def _take_back(self) -> None:
        found = os.lstat(self._place)
        ours = os.fstat(self._root)
        if (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino):
            os.rename(self._place, os.path.join(self._outer_folder, _INNER))
            flush_folder(os.path.dirname(self._place))


class ExportedFile:
    """ports.Sink: a file of the DIP while it is written."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._name = name

    def write(self, data: bytes | memoryview) -> int:
        with _translated(self._name):
            return _write(self._descriptor, data)

    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with _translated(self._name):
                os.close(descriptor)


def _parts(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    if any(part in (b"", b".", b"..") or b"\0" in part for part in parts):
        raise WrongUse(f"{escape(path)!r} is no path within an export")
    return parts


def _shared(first: Sequence[bytes], second: Sequence[bytes]) -> int:
    """How many names two paths have in common at their beginning."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _write(descriptor: int, data: bytes | memoryview) -> int:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    return len(data)


def _rename_to_free_name(source: bytes, target: bytes) -> None:
    """rename(2) would silently take the place of an empty folder; renameat2(2) with RENAME_NOREPLACE does not."""
    rename = getattr(_libc, "renameat2", None)
    if rename is not None and rename(_AT_FDCWD, source, _AT_FDCWD, target, _RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno() if rename is not None else errno.ENOSYS
    if number == errno.EEXIST:
        raise WrongUse(f"{escape(target)} was made by somebody else while the export ran")
    if number not in (errno.ENOSYS, errno.EINVAL):
        raise OSError(number, os.strerror(number))
    # A file system without it (some network ones): take the name exclusively, then rename over that empty folder.
    try:
        os.mkdir(target)
    except FileExistsError as error:
        raise WrongUse(f"{escape(target)} was made by somebody else while the export ran") from error
    os.rename(source, target)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise could_not(f"cannot write {what}", error) from error
