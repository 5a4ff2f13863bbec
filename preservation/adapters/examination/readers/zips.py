"""ZIP as a container: opened within bounds, every member read to its end."""

import struct
import zipfile
import zlib
from typing import Final

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_MEMBERS: Final = 200_000
MAX_DIRECTORY_BYTES: Final = 64 << 20
MAX_TOTAL_BYTES: Final = 16 << 30
MAX_RATIO: Final = 200
"""What a member may grow to beside its packed size, once it is larger than `FREE_BYTES`."""
FREE_BYTES: Final = 64 << 20

_CHUNK: Final = 1 << 18
_TAIL: Final = 65_557
_ENCRYPTED_FLAG: Final = 1
_END: Final = struct.Struct("<4s4H2LH")
ZIP_PROBLEMS: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def open_zip(source: Source, look: Look) -> zipfile.ZipFile | None:
    """None where it is no ZIP, is damaged, or has a directory that is too large to be held."""
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return None
    if _directory_bytes(source) > MAX_DIRECTORY_BYTES:
        look.unsure("ARCHIVE-TOO-LARGE", "its directory is too large")
        return None
    try:
        archive = zipfile.ZipFile(source.path)
    except ZIP_PROBLEMS as problem:
        look.invalid("ZIP-DAMAGED", str(problem))
        return None
    if len(archive.filelist) > MAX_MEMBERS:
        look.unsure("ARCHIVE-TOO-LARGE", f"{len(archive.filelist)} members")
        archive.close()
        return None
    return archive


def read_members(archive: zipfile.ZipFile, look: Look) -> bool:
    """Whether all were read, with the CRC that they should have. Encrypted ones cannot be."""
    total, locked = 0, 0
    for member in archive.filelist:
        if member.flag_bits & _ENCRYPTED_FLAG:
            locked += 1
            continue
        total += member.file_size
        if is_bomb(member) or total > MAX_TOTAL_BYTES:
            look.unsure("ARCHIVE-BOMB", f"{member.file_size} bytes out of {member.compress_size}")
            return False
        try:
            _read(archive, member)
        except NotImplementedError as problem:
            look.unsure("ARCHIVE-METHOD-UNKNOWN", str(problem))
            return False
        except ZIP_PROBLEMS as problem:
            look.invalid("ZIP-DAMAGED", f"{member.filename}: {problem}")
            return False
    if locked:
        look.add("members-encrypted", locked)
        look.unsure("ARCHIVE-ENCRYPTED", f"{locked} members cannot be read without their password")
    return locked == 0


def is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > FREE_BYTES and member.file_size > MAX_RATIO * max(1, member.compress_size)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """zipfile gives no more than the directory says, and compares the CRC at the end."""
    with archive.open(member) as stream:
        while stream.read(_CHUNK):
            pass


def _directory_bytes(source: Source) -> int:
    """As the end record says it (APPNOTE.TXT, 4.3.16); 0 where there is none to be seen, which zipfile will say."""
    tail = source.tail(_TAIL)
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < _END.size:
        return 0
    said = int(_END.unpack_from(tail, place)[5])
    return min(source.size, said)
