"""The members of a zip archive: names as bytes, overlaps refused, content checked against its CRC."""

import os
import stat
import zlib
from collections.abc import Iterator
from operator import attrgetter
from typing import BinaryIO

from preservation.adapters.packages.decompression import ZIP_METHODS, decompressed
from preservation.adapters.packages.members import Kind, Member
from preservation.adapters.packages.refusal import Refused, read_pieces
from preservation.adapters.packages.zip_directory import ZipEntry, entries, locate
from preservation.domain.finding_log import FindingLog
from preservation.domain.names import escape
from preservation.domain.packages import PackageLimits

_LOCAL_SIZE = 30
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_DOS_DIRECTORY = 0x10

# Seconds from 1601 (Windows) to 1970, in units of 100 ns.
_WINDOWS_EPOCH = 116_444_736_000_000_000


def zip_members(stream: BinaryIO, limits: PackageLimits, notes: FindingLog) -> Iterator[Member]:
    """Each member, in the order of its bytes. Refused where the archive contradicts itself."""
    directory = locate(stream)
    # Directories are entries as well; an archive needs no more of them than files.
    if directory.count > 2 * limits.max_files:
        raise Refused("PKG-TOO-MANY-FILES", count=str(directory.count), limit=str(limits.max_files))
    ordered = sorted(entries(stream, directory), key=attrgetter("offset"))
    end = 0
    for entry in ordered:
        name = _name(entry, notes)
        if entry.flags & _ENCRYPTED:
            notes.error("PKG-ENCRYPTED", name)
            continue
        start = _content_start(stream, entry, name)
        if entry.offset < end or start + entry.packed > directory.start:
            raise Refused("PKG-OVERLAP", name)
        end = start + entry.packed
        yield _member(stream, entry, name, start)


def _content_start(stream: BinaryIO, entry: ZipEntry, name: str) -> int:
    stream.seek(entry.offset)
    header = b"".join(read_pieces(stream, _LOCAL_SIZE))
    if len(header) < _LOCAL_SIZE or not header.startswith(b"PK\x03\x04"):
        raise Refused("PKG-CORRUPT", name, reason="no local header where the directory points")
    n, m = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    if b"".join(read_pieces(stream, n)) != entry.name:
        raise Refused("PKG-CORRUPT", name, reason="two names for one member")
    return entry.offset + _LOCAL_SIZE + n + m


def _member(stream: BinaryIO, entry: ZipEntry, name: str, start: int) -> Member:
    kind = _kind(entry)
    if kind is Kind.FILE and entry.method != 0 and entry.method not in ZIP_METHODS:
        kind = Kind.UNSUPPORTED
    if kind is Kind.DIRECTORY and entry.size:
        raise Refused("PKG-CORRUPT", name, reason="a folder with bytes of its own")

    def content() -> Iterator[bytes]:
        return _content(stream, entry, name, start)

    return Member(
        name=name,
        kind=kind,
        size=entry.size,
        modified=_modified(entry.extra),
        content=content,
        packed=entry.packed,
        remark=f"method {entry.method}",
    )


def _content(stream: BinaryIO, entry: ZipEntry, name: str, start: int) -> Iterator[bytes]:
    stream.seek(start, os.SEEK_SET)
    pieces = read_pieces(stream, entry.packed)
    if entry.method:
        pieces = decompressed(pieces, ZIP_METHODS[entry.method], streams=1, path=name)
    crc = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
        yield piece
    if crc != entry.crc:
        raise Refused("PKG-CORRUPT", name, reason="its CRC-32 does not match")


def _kind(entry: ZipEntry) -> Kind:
    form = stat.S_IFMT(entry.mode)
    if form == stat.S_IFLNK:
        return Kind.LINK
    if entry.name.endswith(b"/") or form == stat.S_IFDIR or (not entry.mode and entry.dos_attributes & _DOS_DIRECTORY):
        return Kind.DIRECTORY
    return Kind.FILE if form in (0, stat.S_IFREG) else Kind.DEVICE


def _name(entry: ZipEntry, notes: FindingLog) -> str:
    """The name's text: by the UTF-8 flag, by Info-ZIP's Unicode path field, as UTF-8 if it is that, or as code page 437.

    APPNOTE 4.4.4 (bit 11), 4.6.9 (0x7075) and appendix D. Code page 437 gives each byte a character of its own, so the
    bytes can be had back from the text.
    """
    raw = entry.name
    if entry.flags & _UTF8 or raw.isascii():
        return escape(raw)
    unicode_path = entry.extra.get(0x7075, b"")
    if len(unicode_path) > 5 and unicode_path[0] == 1:
        if int.from_bytes(unicode_path[1:5], "little") == zlib.crc32(raw):
            name = escape(unicode_path[5:])
            notes.info("PKG-ZIP-NAME-UNICODE-FIELD", name, raw=raw.hex())
            return name
        notes.warning("PKG-ZIP-NAME-FIELD-STALE", escape(raw))
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        name = escape(raw.decode("cp437").encode("utf-8"))
        notes.warning("PKG-ZIP-NAME-CP437", name, raw=raw.hex())
        return name
    name = escape(raw)
    notes.info("PKG-ZIP-NAME-UTF8-UNFLAGGED", name)
    return name


def _modified(extra: dict[int, bytes]) -> int | None:
    """From the fields that say it in UTC (0x000a of NTFS, 0x5455 of Info-ZIP); the DOS time has no zone and is left out."""
    ntfs = extra.get(0x000A, b"")
    if len(ntfs) >= 32 and ntfs[4:8] == b"\x01\x00\x18\x00":
        return (int.from_bytes(ntfs[8:16], "little") - _WINDOWS_EPOCH) * 100
    unix = extra.get(0x5455, b"")
    if len(unix) >= 5 and unix[0] & 1:
        return int.from_bytes(unix[1:5], "little", signed=True) * 1_000_000_000
    return None
