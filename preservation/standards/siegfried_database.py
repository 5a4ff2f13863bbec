"""The table of formats within a siegfried signature database (`.sig`), as siegfried 1.11 writes it.

A database begins with `sf`, a zero, 0xff and two bytes of version, and is DEFLATE from there on. In it, each text is two bytes of
length, the lower first, and so many bytes of UTF-8. The PRONOM identifier keeps its formats as an unbroken run of five texts
each: PUID, name, version, MIME type, kinds. That run is what is read; matchers are left to siegfried.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from preservation.domain.registered_formats import RegisteredFormat, puid_order

MAGIC: Final = b"sf\x00\xff"
HEADER: Final = 6
MOST_BYTES: Final = 64 << 20

_BEGINNING = re.compile(rb"[\x05-\x0a]\x00(?=(?:x-)?fmt/[0-9]{1,6})")
_PUID = re.compile(r"(?:x-)?fmt/[1-9][0-9]{0,5}\Z")
_ANY = re.compile(r"[a-z-]{0,40}fmt/[0-9]{1,6}\Z")
_RELEASE = re.compile(rb"DROID_SignatureFile_V([0-9]{1,5})")
_FIELDS: Final = 5
_FEWEST: Final = 100


class NotADatabase(ValueError):
    """The bytes are not a siegfried signature database with PRONOM's formats."""


@dataclass(frozen=True, slots=True)
class SiegfriedRelease:
    """`version` is PRONOM's ("125"), "" where the database does not say. `formats` in the order of PUIDs."""

    version: str
    formats: Sequence[RegisteredFormat]


def read_database(data: bytes) -> SiegfriedRelease:
    """A database's release and its formats. NotADatabase for anything else, or one beyond the bound above."""
    if not data.startswith(MAGIC):
        raise NotADatabase("it does not begin as a siegfried database does")
    text = _inflated(data[HEADER:])
    longest: dict[str, RegisteredFormat] = {}
    place = 0
    while (found := _BEGINNING.search(text, place)) is not None:
        run, place = _run(text, found.start())
        if len(run) > len(longest):
            longest = run
    if len(longest) < _FEWEST:
        raise NotADatabase("no table of PRONOM's formats is in it")
    release = _RELEASE.search(text)
    return SiegfriedRelease(
        version=release.group(1).decode() if release is not None else "",
        formats=[longest[puid] for puid in sorted(longest, key=puid_order)],
    )


def within(library: bytes) -> bytes | None:
    """The database of a PRONOM release that is built into an engine's library, None without any."""
    place = library.find(MAGIC)
    while place >= 0:
        unpacker = zlib.decompressobj(-15)
        try:
            text = unpacker.decompress(library[place + HEADER : place + HEADER + MOST_BYTES], MOST_BYTES)
        except zlib.error:
            text = b""
        if unpacker.eof and _RELEASE.search(text):
            return library[
                place : place + HEADER + min(MOST_BYTES, len(library) - place - HEADER) - len(unpacker.unused_data)
            ]
        place = library.find(MAGIC, place + 1)
    return None


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(-15)
    try:
        text = unpacker.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise NotADatabase(f"it is damaged: {error}") from error
    if not unpacker.eof:
        raise NotADatabase("it is cut short, or larger than a database is")
    return text


def _run(text: bytes, start: int) -> tuple[dict[str, RegisteredFormat], int]:
    """The records from a place on, and where to look on."""
    found: dict[str, RegisteredFormat] = {}
    place = start
    for fields, end in _records(text, start):
        puid, name, version, mimes, kinds = fields
        if not name or puid in found or _ANY.match(name) or not _ANY.match(puid):
            break
        place = end
        if not _PUID.match(puid):
            # An identifier of somebody's own ("archivematica-fmt/4").
            continue
        found[puid] = RegisteredFormat(
            puid=puid,
            name=name,
            version=version,
            mimes=tuple(one for part in mimes.split(",") if (one := part.strip())),
            types=kinds,
        )
    return found, max(place, start + 1)


def _records(text: bytes, place: int) -> Iterator[tuple[list[str], int]]:
    while True:
        fields: list[str] = []
        while len(fields) < _FIELDS:
            size = int.from_bytes(text[place : place + 2], "little")
            raw = text[place + 2 : place + 2 + size]
            place += 2 + size
            try:
                value = raw.decode("utf-8")
            except UnicodeDecodeError:
                return
            if len(raw) != size or not (value.isprintable() or "\u00a0" in value):
                return
            fields.append(value)
        yield fields, place
