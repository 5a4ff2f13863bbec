"""The central directory of a zip archive (PKWARE APPNOTE.TXT 6.3.10, 4.3 to 4.5), read in order, nothing believed."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from preservation.adapters.packages.refusal import Refused, read_pieces

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")

_FULL32 = 0xFFFFFFFF
_FULL16 = 0xFFFF
# The end record carries a comment of at most 65,535 bytes.
_TAIL = _END.size + _FULL16 + _END64_LOCATOR.size

# zip64 sizes, NTFS times, Info-ZIP's times, Info-ZIP's Unicode path.
_FIELDS = frozenset({0x0001, 0x000A, 0x5455, 0x7075})


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry. `extra` maps header ids to their bytes; `mode` is the Unix mode, 0 where another system made the entry."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int
    dos_attributes: int
    extra: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class ZipDirectory:
    """Where the directory lies, and how many entries it says it has."""

    start: int
    length: int
    count: int


def locate(stream: BinaryIO) -> ZipDirectory:
    """Find the central directory from the end of the file. Refused for what is no single, whole zip archive."""
    total = stream.seek(0, os.SEEK_END)
    tail_at = stream.seek(max(0, total - _TAIL))
    tail = b"".join(read_pieces(stream))
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0 and (len(tail) - at < _END.size or _END.unpack_from(tail, at)[7] != len(tail) - at - _END.size):
        at = tail.rfind(b"PK\x05\x06", 0, at)
    if at < 0:
        raise Refused("PKG-CORRUPT", reason="no end of central directory")
    _, disk, first_disk, here, count, length, start, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if at >= _END64_LOCATOR.size and tail[at - _END64_LOCATOR.size :].startswith(b"PK\x06\x07"):
        end, disk, first_disk, here, count, length, start = _zip64(stream, tail, at)
    if disk or first_disk or here != count:
        raise Refused("PKG-CORRUPT", reason="a part of a split archive")
    if start + length != end:
        raise Refused("PKG-CORRUPT", reason="the central directory is not where the archive says")
    return ZipDirectory(start, length, count)


def _zip64(stream: BinaryIO, tail: bytes, at: int) -> tuple[int, int, int, int, int, int, int]:
    _, _, offset, _ = _END64_LOCATOR.unpack_from(tail, at - _END64_LOCATOR.size)
    if offset > stream.seek(0, os.SEEK_END):
        raise Refused("PKG-CORRUPT", reason="a zip64 record outside the archive")
    stream.seek(offset)
    record = b"".join(read_pieces(stream, _END64.size))
    if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
        raise Refused("PKG-CORRUPT", reason="no zip64 end of central directory")
    _, _, _, _, disk, first_disk, here, count, length, start = _END64.unpack(record)
    return offset, disk, first_disk, here, count, length, start


def entries(stream: BinaryIO, directory: ZipDirectory) -> Iterator[ZipEntry]:
    """Each entry, in the directory's order. Refused at the first that is malformed."""
    stream.seek(directory.start)
    left = directory.length
    for _ in range(directory.count):
        fixed = _exactly(stream, _ENTRY.size)
        if not fixed.startswith(b"PK\x01\x02"):
            raise Refused("PKG-CORRUPT", reason="a malformed central directory")
        (_, _, system, _, _, flags, method, _, _, crc, packed, size, n, m, k, _, _, attributes, offset) = _ENTRY.unpack(
            fixed
        )
        variable = _exactly(stream, n + m + k)
        left -= len(fixed) + len(variable)
        if left < 0:
            raise Refused("PKG-CORRUPT", reason="a malformed central directory")
        extra = _extra(variable[n : n + m])
        size, packed, offset = _wide(extra.get(0x0001, b""), size, packed, offset)
        yield ZipEntry(
            name=variable[:n],
            flags=flags,
            method=method,
            crc=crc,
            packed=packed,
            size=size,
            offset=offset,
            mode=attributes >> 16 if system in (3, 19) else 0,
            dos_attributes=attributes & 0xFF,
            extra=extra,
        )


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = b"".join(read_pieces(stream, count))
    if len(data) < count:
        raise Refused("PKG-CORRUPT", reason="the central directory ends too early")
    return data


def _extra(data: bytes) -> dict[int, bytes]:
    """4.5.1; what does not parse is left out, as readers do, and so is what nobody here asks for."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        tag, length = struct.unpack_from("<2H", data, at)
        if at + 4 + length > len(data):
            break
        if tag in _FIELDS:
            found.setdefault(tag, data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def _wide(data: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """4.5.3: the fields that are full in the entry, in this order, as 64 bits."""
    values = [size, packed, offset]
    at = 0
    for index, value in enumerate(values):
        if value == _FULL32:
            if at + 8 > len(data):
                raise Refused("PKG-CORRUPT", reason="a zip64 size is missing")
            values[index] = int.from_bytes(data[at : at + 8], "little")
            at += 8
    return values[0], values[1], values[2]
