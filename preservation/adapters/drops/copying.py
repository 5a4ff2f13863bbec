"""Copying a package as it is, from one open folder into another: nothing followed, everything bounded, durable at the end.

Links stay links and devices become pipes that nobody opens, so that the check of the package says of the copy what it would have
said of the original.
"""

import ctypes
import errno
import os
import stat
from dataclasses import dataclass, field

from preservation.domain.packages import PackageLimits
from preservation.errors import Unavailable
from preservation.ports import Progress

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PIECE = 1 << 20
_RENAME_NOREPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class TreeCopy:
    """One copying. It goes on only while the tree stays within the limits under which it was looked at."""

    limits: PackageLimits
    progress: Progress
    _files: int = field(default=0)
    _bytes: int = field(default=0)

    def entry(self, name: bytes, source: int, target: int, depth: int = 0) -> None:
        """Copy what has this name in the folder `source` into the folder `target`."""
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        self._count(depth)
        if stat.S_ISDIR(found.st_mode):
            os.mkdir(name, 0o700, dir_fd=target)
            inner = os.open(name, FOLDER, dir_fd=source)
            try:
                outer = os.open(name, FOLDER, dir_fd=target)
                try:
                    for each in os.listdir(inner):
                        self.entry(os.fsencode(each), inner, outer, depth + 1)
                finally:
                    os.close(outer)
            finally:
                os.close(inner)
        elif stat.S_ISREG(found.st_mode):
            self._file(name, source, target)
        elif stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
        else:
            os.mkfifo(name, 0o600, dir_fd=target)

    def _file(self, name: bytes, source: int, target: int) -> None:
        reading = os.open(name, READ, dir_fd=source)
        try:
            found = os.fstat(reading)
            if not stat.S_ISREG(found.st_mode):
                raise Unavailable("a file of the package became something else while it was copied")
            writing = os.open(name, NEW, 0o600, dir_fd=target)
            try:
                while piece := os.read(reading, _PIECE):
                    self._bytes += len(piece)
                    if self._bytes > self.limits.max_total_bytes:
                        raise Unavailable("the package grew while it was copied")
                    write_all(writing, piece)
                    self.progress.advance(len(piece))
                os.utime(writing, ns=(found.st_mtime_ns, found.st_mtime_ns))
            finally:
                os.close(writing)
        finally:
            os.close(reading)

    def _count(self, depth: int) -> None:
        self._files += 1
        if self._files > 2 * self.limits.max_files or depth > self.limits.max_depth:
            raise Unavailable("the package grew while it was copied")


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def flush_file_system(descriptor: int) -> None:
    """syncfs(2): all that was written to this file system is durable. One call instead of one for each of many small files."""
    if _libc.syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def move(name: bytes, source: int, target: int) -> None:
    """renameat2(2), never onto something that is there: FileExistsError then."""
    done = _libc.renameat2(source, ctypes.c_char_p(name), target, ctypes.c_char_p(name), _RENAME_NOREPLACE)
    if done == 0:
        return
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number))
    # A file system without that flag (some network ones): the caller holds the lock of the place.
    try:
        os.stat(name, dir_fd=target, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
