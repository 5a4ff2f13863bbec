"""What a submission is: a folder, an archive by its name and its first bytes, or a single file."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from preservation.adapters.packages.archive import RATIO_GRACE, Unpacking, new_folder
from preservation.adapters.packages.carrier_file import CarrierFile
from preservation.adapters.packages.decompression import COMPRESSED_TARS, decompressed
from preservation.adapters.packages.folder import open_folder
from preservation.adapters.packages.inflow import Inflow
from preservation.adapters.packages.members import Member
from preservation.adapters.packages.refusal import Refused, read_pieces
from preservation.adapters.packages.single_file import open_single_file
from preservation.adapters.packages.tar_headers import BLOCK, looks_like_tar
from preservation.adapters.packages.tar_stream import TarStream
from preservation.adapters.packages.zip_members import zip_members
from preservation.domain.finding_log import FindingLog
from preservation.domain.names import escape
from preservation.domain.packages import PackageLimits
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.ports import PackageReader

_ZIP = (".zip",)
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")

# Headers and padding of a tar archive come on top of its content: a header block and a padding block for each member, and
# for long names two more of each.
_TAR_OVERHEAD = 8 * BLOCK


def open_package(source: str | bytes | os.PathLike[str], work: Path, limits: PackageLimits) -> PackageReader:
    """Open a submission for reading.

    A name that ends like an archive's is one, and is unpacked into a new folder below `work`; every other file is taken as
    it is, a .docx as well. What is wrong with the package is among the reader's findings.

    Raises NotHere if there is nothing of this name, WrongUse for what is neither file nor folder, Unavailable if it cannot
    be read, DiskFull if `work` has no room.
    """
    path = os.path.abspath(os.fsencode(source))
    name = escape(os.path.basename(path) or path)
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotHere(f"no file or folder {name!r}") from error
    except OSError as error:
        raise Unavailable(f"{name!r} cannot be read: {error.strerror}") from error
    if stat.S_ISDIR(found.st_mode):
        return open_folder(path, name, limits, FindingLog())
    if not stat.S_ISREG(found.st_mode):
        raise WrongUse(f"{name!r} is neither a file nor a folder")
    # A link that somebody names is theirs to name; what counts from here on is what it leads to.
    path = os.path.realpath(path)
    lower = name.lower()
    if lower.endswith(_ZIP + _TAR):
        return _open_archive(path, name, Path(os.fsdecode(work)), limits)
    try:
        return open_single_file(path, name, found, limits, FindingLog())
    except OSError as error:
        raise Unavailable(f"{name!r} cannot be read: {error.strerror}") from error


def _open_archive(path: bytes, name: str, work: Path, limits: PackageLimits) -> PackageReader:
    notes = FindingLog()
    folder = new_folder(work)
    try:
        with _open_for_reading(path, name) as stream:
            digest: bytes | None = None
            packed = os.fstat(stream.fileno()).st_size
            unpacking = Unpacking(folder, packed, limits, notes)
            carrier = "zip" if name.lower().endswith(_ZIP) else "tar"
            try:
                carrier, members = _members(stream, carrier, packed, limits, notes)
                unpacking.take(members)
            except Refused as refused:
                notes.add(refused.finding)
            if packed <= limits.max_total_bytes:
                # A file with holes may claim any size, and cost years to read.
                digest = stream.sha512()
        return unpacking.finish(name, carrier, digest)
    except BaseException:
        _remove(folder)
        raise


def _open_for_reading(path: bytes, name: str) -> CarrierFile:
    try:
        return CarrierFile(path)
    except OSError as error:
        raise Unavailable(f"{name!r} cannot be read: {error.strerror}") from error


def _members(
    stream: BinaryIO, family: str, packed: int, limits: PackageLimits, notes: FindingLog
) -> tuple[str, Iterator[Member]]:
    first = b"".join(read_pieces(stream, BLOCK))
    stream.seek(0)
    if family == "zip":
        if not first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            raise Refused("PKG-NOT-AN-ARCHIVE", family=family)
        return "zip", zip_members(stream, limits, notes)
    for magic, (carrier, start) in COMPRESSED_TARS.items():
        if first.startswith(magic):
            pieces = decompressed(read_pieces(stream), start, streams=None)
            return carrier, iter(TarStream(_bounded(pieces, packed, limits), notes))
    if not looks_like_tar(first):
        raise Refused("PKG-NOT-AN-ARCHIVE", family=family)
    return "tar", iter(TarStream(_bounded(read_pieces(stream), packed, limits), notes))


def _bounded(pieces: Iterator[bytes], packed: int, limits: PackageLimits) -> Inflow:
    """Headers and what is skipped are bounded as well, not only what is written."""
    by_ratio = RATIO_GRACE + limits.max_ratio * packed
    by_size = limits.max_total_bytes + _TAR_OVERHEAD * (limits.max_files + 1)
    if by_ratio < by_size:
        return Inflow(pieces, most=by_ratio, excess=Refused("PKG-BOMB", limit=str(limits.max_ratio)))
    return Inflow(pieces, most=by_size, excess=Refused("PKG-TOO-LARGE", limit=str(limits.max_total_bytes)))


def _remove(folder: Path) -> None:
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
