"""Unpacking: every member's bytes under a plain number in a folder of ours, within bounds, its name kept beside it."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import FileIO, RawIOBase
from operator import attrgetter
from pathlib import Path

from preservation.adapters.packages.members import Kind, Member, package_path
from preservation.adapters.packages.refusal import Refused
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding
from preservation.domain.packages import PackageFile, PackageLimits
from preservation.errors import DiskFull, Unavailable

# A ratio says little about small things: a page of blanks compresses a thousandfold as well.
RATIO_GRACE = 1 << 20

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class UnpackedPackage:
    """An unpacked archive. A file's handle is the number that it lies under."""

    name: str
    carrier: str
    files: Sequence[PackageFile]
    empty_directories: Sequence[str]
    findings: Sequence[Finding]
    folder: Path
    carrier_digest: bytes | None

    def local_path(self, file: PackageFile) -> str | None:
        return str(self.folder / str(file.handle))

    def open(self, file: PackageFile) -> RawIOBase:
        try:
            stream = FileIO(os.open(self.folder / str(file.handle), _READ), "rb")
        except OSError as error:
            raise Unavailable(f"an unpacked file cannot be read: {error.strerror}") from error
        if os.fstat(stream.fileno()).st_size != file.size:
            stream.close()
            raise Unavailable("an unpacked file changed while it was kept")
        return stream

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(slots=True)
class Unpacking:
    """One archive being unpacked. `packed` is its size in bytes; nothing is written outside `folder`."""

    folder: Path
    packed: int
    limits: PackageLimits
    notes: FindingLog
    written: int = 0
    files: dict[str, PackageFile] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)

    def take(self, members: Iterable[Member]) -> None:
        """Unpack all of them, as far as they can be. Bad members are findings; Refused stops all of it."""
        seen = 0
        for member in members:
            seen += 1
            if seen > 2 * self.limits.max_files or len(self.files) >= self.limits.max_files:
                raise Refused("PKG-TOO-MANY-FILES", count=str(seen), limit=str(self.limits.max_files))
            path = package_path(member.name, self.limits, self.notes)
            if path is None:
                continue
            if member.kind is Kind.DIRECTORY:
                self._take_folder(path)
            elif self._may_take(path, member):
                self._take_file(path, member)

    def _take_folder(self, path: str) -> None:
        if path in self.files:
            self.notes.error("PKG-DUPLICATE", path)
        elif path:
            self._remember_folders(f"{path}/")

    def _may_take(self, path: str, member: Member) -> bool:
        if member.kind is Kind.LINK:
            self.notes.error("PKG-LINK", path)
        elif member.kind is Kind.DEVICE:
            self.notes.error("PKG-DEVICE", path)
        elif member.kind is Kind.UNSUPPORTED:
            self.notes.error("PKG-UNSUPPORTED-MEMBER", path, remark=member.remark)
        elif path == "" or path in self.files or path in self.folders or not self._remember_folders(path):
            self.notes.error("PKG-DUPLICATE", path)
        else:
            return True
        return False

    def _remember_folders(self, path: str) -> bool:
        """The folders above a path, up to the first that is known; false if one of them is a file."""
        parent = path.rpartition("/")[0]
        while parent and parent not in self.folders:
            if parent in self.files:
                return False
            self.folders.add(parent)
            parent = parent.rpartition("/")[0]
        return True

    def _take_file(self, path: str, member: Member) -> None:
        if member.size > self.limits.max_file_bytes:
            raise Refused("PKG-FILE-TOO-LARGE", path, limit=str(self.limits.max_file_bytes))
        number = f"{len(self.files) + 1:07d}"
        try:
            size = self._write(number, path, member)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("no room to unpack the package") from error
            raise Unavailable(f"the package cannot be unpacked: {error.strerror}") from error
        self.files[path] = PackageFile(path, size, member.modified, number)

    def _write(self, number: str, path: str, member: Member) -> int:
        size = 0
        with FileIO(os.open(self.folder / number, _WRITE, 0o600), "wb") as target:
            for piece in member.content():
                size += len(piece)
                self._check_growth(path, size, len(piece), member)
                view = memoryview(piece)
                while view:
                    view = view[target.write(view) :]
        if size != member.size:
            raise Refused("PKG-SIZE-MISMATCH", path, declared=str(member.size), found=str(size))
        return size

    def _check_growth(self, path: str, size: int, grown: int, member: Member) -> None:
        """Before the bytes are written: what counts is what comes out, not what the archive declares."""
        self.written += grown
        if size > member.size:
            raise Refused("PKG-SIZE-MISMATCH", path, declared=str(member.size), found=f"> {member.size}")
        if size > self.limits.max_file_bytes:
            raise Refused("PKG-FILE-TOO-LARGE", path, limit=str(self.limits.max_file_bytes))
        if self.written > self.limits.max_total_bytes:
            raise Refused("PKG-TOO-LARGE", limit=str(self.limits.max_total_bytes))
        ratio = self.limits.max_ratio
        if member.packed is not None and size > RATIO_GRACE + ratio * member.packed:
            raise Refused("PKG-BOMB", path, limit=str(ratio))
        if self.written > RATIO_GRACE + ratio * self.packed:
            raise Refused("PKG-BOMB", path, limit=str(ratio))

    def finish(self, name: str, carrier: str, digest: bytes | None) -> UnpackedPackage:
        """The package, its single enclosing folder taken off if it has one (RFC 8493, 4: a serialised bag has one)."""
        enclosing = self._enclosing_folder()
        files = list(self.files.values())
        parents = {path.rpartition("/")[0] for path in (*self.files, *self.folders)}
        folders = sorted(self.folders - parents)
        if enclosing is not None:
            cut = len(enclosing) + 1
            files = [PackageFile(file.path[cut:], file.size, file.modified, file.handle) for file in files]
            folders = [folder[cut:] for folder in folders if folder != enclosing]
            self.notes.info("PKG-ENCLOSING-FOLDER", enclosing)
        files.sort(key=attrgetter("path"))
        return UnpackedPackage(name, carrier, tuple(files), tuple(folders), self.notes.findings(), self.folder, digest)

    def _enclosing_folder(self) -> str | None:
        tops = {folder.partition("/")[0] for folder in self.folders}
        if len(tops) != 1 or any("/" not in path for path in self.files):
            return None
        top = tops.pop()
        # A lone "metadata" or "data" folder means something by its name.
        return None if top in ("metadata", "data") else top


def new_folder(work: Path) -> Path:
    """A fresh folder below `work`, for one package."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="package-", dir=work))
    except OSError as error:
        raise Unavailable(f"no room to unpack in: {error.strerror}") from error
