"""One file as a package of its own."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import RawIOBase

from preservation.adapters.packages.folder import open_same
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding
from preservation.domain.packages import PackageFile, PackageLimits


@dataclass(slots=True)
class SingleFile:
    """A file that somebody named. It is opened from its folder's descriptor, and only while it is the same inode."""

    name: str
    source: bytes
    folder_fd: int
    device: int
    files: Sequence[PackageFile]
    findings: Sequence[Finding]
    carrier: str = "file"
    carrier_digest: bytes | None = None
    empty_directories: Sequence[str] = ()

    def local_path(self, file: PackageFile) -> str | None:
        return os.fsdecode(self.source) if file in self.files else None

    def open(self, file: PackageFile) -> RawIOBase:
        return open_same(os.path.basename(self.source), self.folder_fd, file, self.device)

    def close(self) -> None:
        if self.folder_fd >= 0:
            os.close(self.folder_fd)
            self.folder_fd = -1


def open_single_file(
    source: bytes, name: str, found: os.stat_result, limits: PackageLimits, notes: FindingLog
) -> SingleFile:
    if found.st_size > limits.max_file_bytes:
        notes.error("PKG-FILE-TOO-LARGE", name, limit=str(limits.max_file_bytes))
    file = PackageFile(name, found.st_size, found.st_mtime_ns, found.st_ino)
    folder_fd = os.open(os.path.dirname(source), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return SingleFile(name, source, folder_fd, found.st_dev, (file,), notes.findings())
