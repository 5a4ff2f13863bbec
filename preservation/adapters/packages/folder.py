"""A folder as a package: walked by directory file descriptors, nothing in it followed.

Between the walk and the reading a hostile submitter may swap a folder for a link. A file is therefore opened from the
package's own root descriptor without following a last link, never blocking, and is read only if it is the very inode that
the walk found, with the same size and modification time: whatever a swapped folder leads to is another inode.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import RawIOBase
from operator import attrgetter

from preservation.adapters.packages.refusal import Refused
from preservation.adapters.passing_files import opened_for_passing
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding
from preservation.domain.names import escape, unescape
from preservation.domain.package_paths import excess_reason
from preservation.domain.packages import PackageFile, PackageLimits
from preservation.errors import Unavailable

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class FolderPackage:
    """A folder that was walked. A file's handle is its inode, with its device where that is not the root's."""

    name: str
    root: bytes
    root_fd: int
    device: int
    files: Sequence[PackageFile]
    empty_directories: Sequence[str]
    findings: Sequence[Finding]
    carrier: str = "folder"
    carrier_digest: bytes | None = None

    def local_path(self, file: PackageFile) -> str | None:
        return os.fsdecode(os.path.join(self.root, unescape(file.path)))

    def open(self, file: PackageFile) -> RawIOBase:
        path = file.path
        return open_same(path if path.isascii() else unescape(path), self.root_fd, file, self.device)

    def close(self) -> None:
        if self.root_fd >= 0:
            os.close(self.root_fd)
            self.root_fd = -1


def open_same(path: str | bytes, root_fd: int, file: PackageFile, device: int) -> RawIOBase:
    """Open what the walk found, and nothing else. Unavailable if it is no longer there, or no longer the same."""
    try:
        descriptor = os.open(path, _FILE, dir_fd=root_fd)
    except OSError as error:
        raise Unavailable(f"{file.path!r} cannot be read: {error.strerror}") from error
    found = os.fstat(descriptor)
    handle = file.handle if isinstance(file.handle, tuple) else (device, file.handle)
    if (
        (found.st_dev, found.st_ino) != handle
        or found.st_size != file.size
        or found.st_mtime_ns != file.modified
        or not stat.S_ISREG(found.st_mode)
    ):
        os.close(descriptor)
        raise Unavailable(f"{file.path!r} changed while the package was read")
    return opened_for_passing(descriptor, file.size)


def open_folder(source: bytes, name: str, limits: PackageLimits, notes: FindingLog) -> FolderPackage:
    """Walk it. Unavailable where a folder cannot be listed: what we have not seen we cannot judge."""
    try:
        root_fd = os.open(source, _DIRECTORY)
    except OSError as error:
        raise Unavailable(f"{name!r} cannot be listed: {error.strerror}") from error
    try:
        walk = _Walk(limits, notes, os.fstat(root_fd).st_dev)
        try:
            walk.folder(root_fd, "")
        except Refused as refused:
            notes.add(refused.finding)
        except OSError as error:
            raise Unavailable(f"{name!r} cannot be listed: {error.strerror}") from error
    except BaseException:
        os.close(root_fd)
        raise
    walk.files.sort(key=attrgetter("path"))
    return FolderPackage(
        name=name,
        root=source,
        root_fd=root_fd,
        device=walk.device,
        files=tuple(walk.files),
        empty_directories=tuple(sorted(walk.empty)),
        findings=notes.findings(),
    )


@dataclass(slots=True)
class _Walk:
    limits: PackageLimits
    notes: FindingLog
    device: int
    files: list[PackageFile] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    total: int = 0

    def folder(self, descriptor: int, prefix: str) -> None:
        """Everything below an open directory. `prefix` is its path with a final slash, "" for the root."""
        folders: list[str] = []
        count = 0
        with os.scandir(descriptor) as entries:
            for entry in entries:
                count += 1
                name = entry.name if entry.name.isascii() else escape(os.fsencode(entry.name))
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                else:
                    self._file(prefix + name, entry.stat(follow_symlinks=False))
        if count == 0 and prefix:
            self.empty.append(prefix[:-1])
        for name in folders:
            self._subfolder(descriptor, prefix, name)

    def _subfolder(self, descriptor: int, prefix: str, name: str) -> None:
        path = prefix + name
        excess = excess_reason(path, max_bytes=self.limits.max_path_bytes, max_depth=self.limits.max_depth)
        if excess is not None:
            self.notes.error(f"PKG-{excess}", path)
            return
        below = os.open(unescape(name), _DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
        try:
            self.folder(below, path + "/")
        finally:
            os.close(below)

    def _file(self, path: str, found: os.stat_result) -> None:
        mode = found.st_mode
        if not stat.S_ISREG(mode):
            self.notes.error("PKG-LINK" if stat.S_ISLNK(mode) else "PKG-DEVICE", path)
            return
        excess = excess_reason(path, max_bytes=self.limits.max_path_bytes, max_depth=self.limits.max_depth)
        if excess is not None:
            self.notes.error(f"PKG-{excess}", path)
            return
        if len(self.files) >= self.limits.max_files:
            raise Refused("PKG-TOO-MANY-FILES", count=str(len(self.files) + 1), limit=str(self.limits.max_files))
        size = found.st_size
        if size > self.limits.max_file_bytes:
            raise Refused("PKG-FILE-TOO-LARGE", path, limit=str(self.limits.max_file_bytes))
        self.total += size
        if self.total > self.limits.max_total_bytes:
            raise Refused("PKG-TOO-LARGE", limit=str(self.limits.max_total_bytes))
        handle = found.st_ino if found.st_dev == self.device else (found.st_dev, found.st_ino)
        self.files.append(PackageFile(path, size, found.st_mtime_ns, handle))
