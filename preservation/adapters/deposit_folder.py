"""Deposits in a folder. Keeps the promises of `ports.DepositSpace`.

<transfer uuid>/<upload uuid>.part      an upload under way: its size is its offset
<transfer uuid>/incoming/               a package from a watched place, while it is put together
<transfer uuid>/package/<name>          a package, whole
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from preservation.adapters.flushing import flush_folder
from preservation.adapters.removing import remove_tree
from preservation.domain.deposits import is_package_name
from preservation.domain.drops import Landing
from preservation.domain.identifiers import is_urn_uuid
from preservation.domain.names import unescape
from preservation.errors import Conflict, NotHere, WrongUse, could_not

_PACKAGE = "package"
_WORK = "incoming"
_PIECE = 1 << 20
# What is left free for the repository's own work on the same file system.
_KEPT_FREE = 64 << 20


class DepositFolder:
    """Below one folder, which has to be there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, transfer: str, upload: str) -> None:
        folder = self._folder(transfer)
        with _translated(f"no upload can begin in {folder.name}"):
            is_new = not folder.exists()
            folder.mkdir(mode=0o700, exist_ok=True)
            part = self._part(transfer, upload)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            flush_folder(folder)
            if is_new:
                flush_folder(self._root)

    def offset(self, transfer: str, upload: str) -> int:
        with _translated(f"the upload {upload} cannot be found out about"):
            return self._part(transfer, upload).stat().st_size

    @contextmanager
    def appending(self, transfer: str, upload: str) -> Iterator["_Appending"]:
        with _translated(f"the upload {upload} cannot be continued"):
            descriptor = os.open(self._part(transfer, upload), os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(f"the upload {upload} is being continued by another request") from None
            sink = _Appending(descriptor, os.fstat(descriptor).st_size)
            try:
                yield sink
            finally:
                with _translated(f"the upload {upload} could not be made durable"):
                    os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def chunks(self, transfer: str, upload: str) -> Iterator[bytes]:
        with (
            _translated(f"the upload {upload} cannot be read"),
            self._part(transfer, upload).open("rb", buffering=0) as stream,
        ):
            while data := stream.read(_PIECE):
                yield data

    def finish(self, transfer: str, upload: str, name: str) -> str:
        raw = _file_name(name)
        folder = self._folder(transfer) / _PACKAGE
        target = os.path.join(os.fsencode(folder), raw)
        with _translated(f"the upload {upload} cannot become a package"):
            folder.mkdir(mode=0o700, exist_ok=True)
            try:
                os.rename(self._part(transfer, upload), target)
            except FileNotFoundError:
                os.lstat(target)
            flush_folder(folder)
            flush_folder(folder.parent)
        return f"{folder.parent.name}/{_PACKAGE}/{name}"

    def landing(self, transfer: str) -> Landing:
        folder = self._folder(transfer)
        work, package = folder / _WORK, folder / _PACKAGE
        with _translated(f"nothing can land in {folder.name}"):
            with suppress(FileNotFoundError):
                remove_tree(work)
            for one in (folder, work, package):
                one.mkdir(mode=0o700, exist_ok=True)
            flush_folder(folder)
            flush_folder(self._root)
        return Landing(str(work), str(package))

    def landed(self, transfer: str, name: str) -> str | None:
        folder = self._folder(transfer)
        try:
            os.lstat(os.path.join(os.fsencode(folder / _PACKAGE), _file_name(name)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        with _translated(f"the package of {folder.name} cannot be made durable"):
            flush_folder(folder / _PACKAGE)
        return f"{folder.name}/{_PACKAGE}/{name}"

    def free_bytes(self) -> int:
        with _translated("the space for deposits does not answer"):
            found = os.statvfs(self._root)
        return max(0, found.f_bavail * found.f_frsize - _KEPT_FREE)

    def remove_upload(self, transfer: str, upload: str) -> None:
        with _translated(f"the upload {upload} cannot be removed"):
            self._part(transfer, upload).unlink(missing_ok=True)

    def remove(self, transfer: str) -> None:
        folder = self._folder(transfer)
        with _translated(f"the deposit {folder.name} cannot be removed"), suppress(FileNotFoundError):
            remove_tree(folder)

    def transfers(self) -> Iterator[str]:
        with _translated("the space for deposits cannot be listed"):
            for name in sorted(os.listdir(self._root)):
                if is_urn_uuid(f"urn:uuid:{name}"):
                    yield f"urn:uuid:{name}"

    def local_path(self, place: str) -> str:
        folder, _, name = place.partition(f"/{_PACKAGE}/")
        return os.fsdecode(os.path.join(os.fsencode(self._folder(f"urn:uuid:{folder}") / _PACKAGE), unescape(name)))

    def _folder(self, transfer: str) -> Path:
        return self._root / _uuid(transfer)

    def _part(self, transfer: str, upload: str) -> Path:
        return self._folder(transfer) / f"{_uuid(upload)}.part"


class _Appending:
    def __init__(self, descriptor: int, offset: int) -> None:
        self._descriptor = descriptor
        self.offset = offset

    def write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        with _translated("the upload could not be written"):
            while view:
                written = os.write(self._descriptor, view)
                self.offset += written
                view = view[written:]


def _file_name(name: str) -> bytes:
    if not is_package_name(name):
        raise WrongUse("a package's name is one file name of 255 bytes at most")
    return unescape(name)


def _uuid(urn: str) -> str:
    if not is_urn_uuid(urn):
        raise NotHere(f"not an identifier: {urn!r}")
    return urn.removeprefix("urn:uuid:")


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotHere(what) from error
    except OSError as error:
        raise could_not(what, error) from error
