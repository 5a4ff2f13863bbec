"""Archives: ZIP, tar, gzip. Members are read to their ends and never written anywhere."""

import gzip
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import Any, Final, cast

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source
from preservation.adapters.examination.readers.zips import open_zip, read_members

MAX_TOTAL_BYTES: Final = 64 << 30
MAX_MEMBERS: Final = 2_000_000
MAX_RATIO: Final = 200
FREE_BYTES: Final = 64 << 20

_CHUNK: Final = 1 << 18


def look_at_zip(source: Source, look: Look) -> None:
    archive = open_zip(source, look)
    if archive is None:
        return
    with archive:
        members = [one for one in archive.filelist if not one.is_dir()]
        look.add("members", len(members))
        look.add("uncompressed", sum(one.file_size for one in members), "bytes")
        look.add("comment", len(archive.comment), "bytes")
        _judge_names([one.filename for one in members], look)
        if read_members(archive, look):
            look.well_formed()


def look_at_tar(source: Source, look: Look) -> None:
    """A tar without its end (two empty blocks) is read by everybody; one that ends within a member is not."""
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    members, total, links = 0, 0, 0
    names: list[str] = []
    try:
        with open(source.path, "rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            while (member := archive.next()) is not None:
                members += 1
                total += member.size
                links += member.issym() or member.islnk()
                if members > MAX_MEMBERS:
                    look.unsure("ARCHIVE-TOO-LARGE", f"more than {MAX_MEMBERS} members")
                    return
                # A file with holes is longer than what is stored of it.
                if member.isreg() and not member.issparse() and member.offset_data + member.size > source.size:
                    look.invalid("ARCHIVE-TRUNCATED", member.name)
                    return
                if len(names) < MAX_MEMBERS and _is_unsafe(member.name):
                    names.append(member.name)
                # What was read is not kept: memory must not grow with the number of members.
                cast(Any, archive).members.clear()
            # For tarfile a header behind the first that it cannot read is the end of the list.
            stream.seek(archive.offset)
            if stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
                look.invalid("TAR-DAMAGED", f"no header at {archive.offset}, and no end")
                return
    except (tarfile.TarError, EOFError, ValueError, OSError) as problem:
        look.invalid("TAR-DAMAGED", str(problem))
        return
    look.add("members", members)
    look.add("uncompressed", total, "bytes")
    look.add("links", links)
    _judge_names(names, look)
    look.well_formed()


def look_at_gzip(source: Source, look: Look) -> None:
    """RFC 1952: members one after the other, each with CRC and length."""
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    total = 0
    try:
        with gzip.open(source.path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAX_TOTAL_BYTES or (total > FREE_BYTES and total > MAX_RATIO * source.size):
                    look.unsure("ARCHIVE-BOMB", f"more than {total} bytes out of {source.size}")
                    return
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError) as problem:
        look.invalid("GZIP-DAMAGED", str(problem))
        return
    look.add("uncompressed", total, "bytes")
    look.well_formed()


def _judge_names(names: list[str], look: Look) -> None:
    unsafe = [name for name in names if _is_unsafe(name)]
    if unsafe:
        look.wrong("ARCHIVE-UNSAFE-NAMES", f"{len(unsafe)}, such as {unsafe[0]}")


def _is_unsafe(name: str) -> bool:
    return name.startswith("/") or ".." in PurePosixPath(name.replace("\\", "/")).parts
