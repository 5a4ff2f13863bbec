"""Writes that are still there after the power went: what to flush, in which order, and what the errors mean."""

import ctypes
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from preservation.errors import NotHere, Unavailable, could_not

FILE_MODE = 0o444  # what is stored is never edited in place
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
PLACING_ATTEMPTS = 10
_ABSENT = {errno.ENOENT, errno.ENOTDIR}
_libc = ctypes.CDLL(None, use_errno=True)
_WRITE_BACK = ctypes.c_uint(2)  # SYNC_FILE_RANGE_WRITE
_WRITE_BACK_AND_WAIT = ctypes.c_uint(7)
_NO_SUCH_CALL = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ESPIPE}


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the operating system's errors into ours: NotHere, DiskFull, Unavailable."""
    try:
        yield
    except OSError as error:
        raise translate(error, what) from error


def translate(error: OSError, what: str) -> NotHere | Unavailable:
    """Our exception for an OSError met while doing `what`."""
    if error.errno in _ABSENT:
        return NotHere(what)
    return could_not(what, error)


def flush_file_system(directory: str) -> None:
    """syncfs(2): everything written so far to this file system is durable when it returns.

    One call replaces an fsync for each of thousands of files. It reports write-back errors since Linux 5.8; an error
    is final, because the kernel may already have dropped the pages that it could not write.
    """
    fd = os.open(directory, _FOLDER)
    try:
        flush_file_system_of(fd)
    finally:
        os.close(fd)


def flush_file_system_of(fd: int) -> None:
    """As `flush_file_system`, through a descriptor that was opened before the writing began.

    What the kernel failed to write back in between is then reported too: syncfs tells what happened since the opening.
    """
    if _libc.syncfs(fd) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def start_writing_back(fd: int, offset: int, count: int) -> None:
    """sync_file_range(2): have these bytes on their way to the medium, so that the flush finds less to do.

    Only a hint: where the file system has no such thing nothing is lost, and errors come up in the flush.
    """
    _libc.sync_file_range(ctypes.c_int(fd), ctypes.c_int64(offset), ctypes.c_int64(count), _WRITE_BACK)


def finish_writing_back(fd: int, offset: int, count: int) -> None:
    """Wait until these bytes are written back, and give up their pages. No durability: the flush is still to come.

    Raises OSError where writing back failed; where the file system has no such call, nothing happens.
    """
    if (
        _libc.sync_file_range(ctypes.c_int(fd), ctypes.c_int64(offset), ctypes.c_int64(count), _WRITE_BACK_AND_WAIT)
        != 0
    ):
        number = ctypes.get_errno()
        if number not in _NO_SUCH_CALL:
            raise OSError(number, os.strerror(number))
        return
    os.posix_fadvise(fd, offset, count, os.POSIX_FADV_DONTNEED)


def flush_directory(directory: str) -> None:
    """fsync a folder: names made, renamed or removed in it are durable when it returns."""
    fd = os.open(directory, _FOLDER)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directories(root: str, relative: str, *, beside: str = "") -> None:
    """Make `root/relative` and every missing folder between, each durable in its parent.

    A folder that is there already is flushed in its parent too: whoever made it may not have come to that yet, and a flush
    that has nothing to do is cheap. NotADirectoryError if something else, a link among them, is in the way.

    `beside` is the relative path of something that lies below the root: without it FileNotFoundError, and nothing is made.
    A disk that was unmounted meanwhile leaves an empty folder under its name. What is made is made in the one looked at.
    """
    above = os.open(root, _FOLDER)
    try:
        if beside:
            os.stat(beside, dir_fd=above, follow_symlinks=False)
        for part in relative.split("/") if relative else ():
            try:
                os.mkdir(part, dir_fd=above)
            except FileExistsError:
                if not stat.S_ISDIR(os.stat(part, dir_fd=above, follow_symlinks=False).st_mode):
                    raise NotADirectoryError(errno.ENOTDIR, "in the way of a folder", f"{root}/{relative}") from None
            os.fsync(above)
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
            os.close(above)
            above = below
    finally:
        os.close(above)


def place(source: str, root: str, key: str, move: Callable[[str, str], None], *, made: set[str] | None = None) -> None:
    """Move what was staged at `source` to `root/key`, making the folders; the caller flushes the last of them.

    Somebody who undoes a transaction may remove a folder that is empty still, between our making and our using it:
    then it is made again. `made` remembers folders from call to call. `source` lies below `root`: where it does not any
    more, FileNotFoundError, and no folder is made.
    """
    parent = key.rpartition("/")[0]
    staged = os.path.relpath(source, root)
    for attempt in range(PLACING_ATTEMPTS):
        try:
            if made is None or parent not in made or attempt:
                make_directories(root, parent, beside=staged)
            move(source, f"{root}/{key}")
        except FileNotFoundError:
            if attempt == PLACING_ATTEMPTS - 1 or not os.path.lexists(source):
                raise
            continue
        if made is not None:
            made.add(parent)
        return


def prune_empty(root: str, relative: str) -> None:
    """Remove `root/relative` and its parents below `root` as far up as they are empty (OCFL 1.1 E073)."""
    parts = relative.split("/")
    while parts:
        try:
            os.rmdir("/".join([root, *parts]))
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                return
            raise
        parts.pop()


def remove_empty_folders(path: str) -> None:
    """Remove what is empty of a tree of folders, and nothing else; not durable."""
    for folder, _, _ in os.walk(path, topdown=False):
        with suppress(OSError):
            os.rmdir(folder)


def create_file(path: str) -> int:
    """A descriptor of a new file, for writing. FileExistsError if the name is taken."""
    return os.open(path, _NEW_FILE, FILE_MODE)


def write_file(path: str, data: bytes | memoryview) -> None:
    """Make a new file with these bytes; not yet durable. FileExistsError if the name is taken."""
    fd = create_file(path)
    try:
        written = os.write(fd, data)
        if written != len(data):
            write_all(fd, memoryview(data)[written:])
    finally:
        os.close(fd)


def write_durably(path: str, chunks: Iterable[bytes]) -> None:
    """Make a new file and fsync it; its name is durable once its folder is flushed. FileExistsError if the name is taken."""
    fd = create_file(path)
    try:
        for chunk in chunks:
            write_all(fd, chunk)
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """write(2) until all is written: it may take less than it was given."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def remove_tree(path: str) -> None:
    """Remove a folder of ours with all it holds, or a single file; nothing happens if it is gone already."""
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        if os.path.lexists(path):
            raise
