"""How a package in a watched folder stands: sizes and times of all that is in it, nothing followed, within bounds."""

import hashlib
import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from preservation.adapters.drops.copying import FOLDER
from preservation.domain.drops import Dropped, DroppedKind, DroppedState
from preservation.domain.names import escape, unescape
from preservation.domain.package_paths import excess_reason
from preservation.domain.packages import PackageLimits

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def kind_of(mode: int) -> DroppedKind:
    if stat.S_ISDIR(mode):
        return DroppedKind.FOLDER
    return DroppedKind.FILE if stat.S_ISREG(mode) else DroppedKind.OTHER


def state_of(dropped: Dropped, folder: int, limits: PackageLimits) -> DroppedState | None:
    """Its state within an open folder; None if it is gone or of another kind. Raises OSError for what cannot be looked at."""
    name = unescape(dropped.name)
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if kind_of(found.st_mode) is not dropped.kind:
            return None
        walk = _Walk(limits)
        if dropped.kind is not DroppedKind.OTHER and not _may_be_moved(name, folder, found):
            raise _Excess("DROP-NOT-PERMITTED", "")
        if dropped.kind is DroppedKind.FOLDER:
            # Its own time of change is that of its last renaming as well.
            walk.changed = max(found.st_mtime_ns, found.st_ctime_ns)
            walk.down(name, folder, "", 1)
        elif dropped.kind is DroppedKind.FILE:
            walk.note("", found)
        else:
            walk.changed, walk.fault = found.st_ctime_ns, ("DROP-NOT-A-PACKAGE", "")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except _Excess as excess:
        walk.fault = (excess.code, excess.path)
        # What is opened to us has the same sizes and times as before.
        walk.fingerprint.update(excess.code.encode())
    return DroppedState(
        files=walk.files,
        changed=EPOCH + timedelta(microseconds=walk.changed // 1000),
        fingerprint=walk.fingerprint.hexdigest(),
        fault=walk.fault,
    )


def _may_be_moved(name: bytes, folder: int, found: os.stat_result) -> bool:
    """Whether it may be renamed into another folder (rename(2)): in a sticky one only by an owner, and a folder that may be
    written to."""
    around, us = os.fstat(folder), os.geteuid()
    if around.st_mode & stat.S_ISVTX and us not in (0, found.st_uid, around.st_uid):
        return False
    wanted = os.R_OK | os.W_OK | os.X_OK if stat.S_ISDIR(found.st_mode) else os.R_OK
    return _may(name, folder, wanted)


def _is_open(name: bytes, folder: int, found: os.stat_result) -> bool:
    """Whether it may be read, and removed in the end: in folders of our own that can be seen to."""
    if stat.S_ISREG(found.st_mode):
        return _may(name, folder, os.R_OK)
    if not stat.S_ISDIR(found.st_mode):
        return True
    is_ours = found.st_uid == os.geteuid()
    return _may(name, folder, os.R_OK | os.X_OK | (0 if is_ours else os.W_OK))


def _may(name: bytes, folder: int, mode: int) -> bool:
    return os.access(name, mode, dir_fd=folder, effective_ids=True, follow_symlinks=False)


class _Excess(Exception):
    def __init__(self, code: str, path: str) -> None:
        self.code, self.path = code, path


@dataclass(slots=True)
class _Walk:
    limits: PackageLimits
    files: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    total: int = 0
    count: int = 0
    fault: tuple[str, str] | None = None
    fingerprint: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def down(self, name: bytes, parent: int, prefix: str, depth: int) -> None:
        descriptor = os.open(name, FOLDER, dir_fd=parent)
        try:
            for each in sorted(os.fsencode(one) for one in os.listdir(descriptor)):
                path = prefix + escape(each)
                found = os.stat(each, dir_fd=descriptor, follow_symlinks=False)
                self.note(path, found)
                if not _is_open(each, descriptor, found):
                    raise _Excess("DROP-NOT-PERMITTED", path)
                if stat.S_ISDIR(found.st_mode):
                    self.down(each, descriptor, path + "/", depth + 1)
        finally:
            os.close(descriptor)

    def note(self, path: str, found: os.stat_result) -> None:
        """Count it in. A change of ctime shows what a copied mtime hides; a fingerprint must outlast a renaming, so has none."""
        self.count += 1
        self.changed = max(self.changed, found.st_mtime_ns, found.st_ctime_ns)
        if stat.S_ISREG(found.st_mode):
            self.files[path] = found.st_size
            self.total += found.st_size
        self.fingerprint.update(
            f"{path}\0{stat.S_IFMT(found.st_mode)} {found.st_size} {found.st_mtime_ns}\n".encode(
                "utf-8", "backslashreplace"
            )
        )
        if excess_reason(path, max_bytes=self.limits.max_path_bytes, max_depth=self.limits.max_depth) is not None:
            raise _Excess("DROP-TOO-DEEP", path)
        if len(self.files) > self.limits.max_files or self.count > 2 * self.limits.max_files:
            raise _Excess("DROP-TOO-MANY-FILES", "")
        if self.total > self.limits.max_total_bytes or found.st_size > self.limits.max_file_bytes:
            raise _Excess("DROP-TOO-LARGE", path)
