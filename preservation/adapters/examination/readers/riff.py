"""WAVE and AIFF, chunk by chunk (RIFF: Multimedia Programming Interface 1.0; RF64: EBU Tech 3306; AIFF 1.3)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_CHUNKS: Final = 100_000

_UNKNOWN_SIZE: Final = 0xFFFFFFFF
_CODECS: Final = {
    1: "PCM", 3: "PCM (floating point)", 6: "A-law", 7: "mu-law", 0x11: "IMA ADPCM", 0x50: "MPEG", 0x55: "MP3",
    0xFFFE: "extensible",
}  # fmt: skip
_EXTENSIBLE: Final = 0xFFFE
_AIFF_CODECS: Final = {b"NONE": "PCM", b"sowt": "PCM", b"fl32": "PCM (floating point)", b"fl64": "PCM (floating point)"}


@dataclass(frozen=True, slots=True)
class _Chunk:
    name: bytes
    place: int
    size: int


class _Broken(Exception):
    """A fault of the structure, as code and detail."""


def look_at_wave(source: Source, look: Look) -> None:
    with open(source.path, "rb") as stream:
        head = stream.read(12)
        if source.size == 0:
            look.invalid("EMPTY-FILE")
        elif len(head) < 12 or head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
            look.invalid("RIFF-HEADER", "no RIFF form of type WAVE")
        else:
            try:
                _look_at_wave(stream, head, source, look)
            except _Broken as problem:
                look.invalid(*problem.args)
            except struct.error:
                look.invalid("RIFF-CHUNK-TRUNCATED", "the file ends within a chunk's header")


def _look_at_wave(stream: BinaryIO, head: bytes, source: Source, look: Look) -> None:
    look.add("container", head[:4].decode("ascii"))
    form: int = struct.unpack("<L", head[4:8])[0]
    sizes: dict[bytes, int] = {}
    seen: dict[bytes, _Chunk] = {}
    if head[:4] != b"RIFF":
        form = _ds64(stream, sizes, form)
    for chunk in _chunks(stream, source.size, "<", sizes):
        if chunk.name in (b"fmt ", b"data") and chunk.name in seen:
            raise _Broken("RIFF-CHUNK-TWICE", chunk.name.decode("ascii"))
        seen.setdefault(chunk.name, chunk)
    for name in (b"fmt ", b"data"):
        if name not in seen:
            raise _Broken("RIFF-CHUNK-MISSING", name.decode("ascii"))
    if form + 8 > source.size + 1:
        raise _Broken("RIFF-TRUNCATED", f"{form + 8} bytes are promised, {source.size} are there")
    if form + 8 < source.size:
        look.note("RIFF-BYTES-AFTER-END", f"{source.size - form - 8} bytes")
    _describe_format(stream, seen[b"fmt "], seen[b"data"], look)
    look.add("broadcast-wave", b"bext" in seen)
    look.add("chunks", " ".join(name.decode("latin-1").strip() for name in list(seen)[:20]))
    look.well_formed()


def _ds64(stream: BinaryIO, sizes: dict[bytes, int], form: int) -> int:
    """EBU Tech 3306, 3.4: the sizes that 32 bits do not hold."""
    name, size = struct.unpack("<4sL", stream.read(8))
    if name != b"ds64" or size < 24:
        raise _Broken("RIFF-CHUNK-MISSING", "ds64")
    whole, data, _ = struct.unpack("<QQQ", stream.read(24))
    count = struct.unpack("<L", stream.read(4))[0] if size >= 28 else 0
    sizes[b"data"] = data
    for _ in range(min(count, 1000)):
        one, length = struct.unpack("<4sQ", stream.read(12))
        sizes[one] = length
    stream.seek(12)
    return int(whole) if form == _UNKNOWN_SIZE else form


def _chunks(stream: BinaryIO, total: int, order: str, sizes: dict[bytes, int]) -> Iterator[_Chunk]:
    place, count = stream.tell(), 0
    while place + 8 <= total and count < MAX_CHUNKS:
        stream.seek(place)
        name, size = struct.unpack(f"{order}4sL", stream.read(8))
        if not _is_name(name):
            raise _Broken("RIFF-CHUNK-NAME", repr(name))
        if size == _UNKNOWN_SIZE and name in sizes:
            size = sizes[name]
        if place + 8 + size > total:
            raise _Broken("RIFF-CHUNK-TRUNCATED", f"{name.decode('ascii')} of {size} bytes at {place}")
        yield _Chunk(name, place + 8, size)
        place += 8 + size + size % 2
        count += 1
    if total - place not in (-1, 0):
        raise _Broken("RIFF-CHUNK-TRUNCATED", f"{total - place} bytes at the end are no chunk")


def _is_name(name: bytes) -> bool:
    """Printable ASCII, with spaces at the end only."""
    return all(0x20 <= one <= 0x7E for one in name) and b" " not in name.rstrip(b" ") and name.strip(b" ") != b""


def _describe_format(stream: BinaryIO, form: _Chunk, data: _Chunk, look: Look) -> None:
    stream.seek(form.place)
    content = stream.read(min(form.size, 64))
    if len(content) < 16:
        raise _Broken("RIFF-CHUNK-TRUNCATED", "fmt")
    codec, channels, rate, per_second, block, bits = struct.unpack_from("<HHLLHH", content)
    if codec == _EXTENSIBLE and len(content) >= 26:
        codec = struct.unpack_from("<H", content, 24)[0]
    look.add("audio-codec", _CODECS.get(codec, f"WAVE format {codec:#x}"))
    look.add("channels", channels, "channels")
    look.add("sample-rate", rate, "Hz")
    look.add("bits-per-sample", bits or None, "bits")
    if per_second:
        look.add("duration", f"{data.size / per_second:.3f}", "seconds")
    if codec == 1 and (block == 0 or data.size % block):
        look.wrong("RIFF-DATA-NOT-WHOLE", f"{data.size} bytes are no multiple of {block}")


def look_at_aiff(source: Source, look: Look) -> None:
    with open(source.path, "rb") as stream:
        head = stream.read(12)
        if source.size == 0:
            look.invalid("EMPTY-FILE")
        elif len(head) >= 12 and head[:4] in (b"RF64", b"RIFF"):
            look_at_wave(source, look)
        elif len(head) < 12 or head[:4] != b"FORM" or head[8:] not in (b"AIFF", b"AIFC"):
            look.invalid("AIFF-HEADER", "no IFF form of type AIFF or AIFC")
        else:
            try:
                _look_at_aiff(stream, head, source, look)
            except _Broken as problem:
                look.invalid(*problem.args)
            except struct.error:
                look.invalid("RIFF-CHUNK-TRUNCATED", "the file ends within a chunk's header")


def _look_at_aiff(stream: BinaryIO, head: bytes, source: Source, look: Look) -> None:
    look.add("container", head[8:].decode("ascii"))
    form: int = struct.unpack(">L", head[4:8])[0]
    seen = {chunk.name: chunk for chunk in _chunks(stream, min(source.size, form + 8), ">", {})}
    if form + 8 > source.size + 1:
        raise _Broken("RIFF-TRUNCATED", f"{form + 8} bytes are promised, {source.size} are there")
    if b"COMM" not in seen:
        raise _Broken("RIFF-CHUNK-MISSING", "COMM")
    stream.seek(seen[b"COMM"].place)
    channels, frames, bits, exponent, mantissa = struct.unpack(">hLhHQ", stream.read(18))
    rate = round(mantissa * 2.0 ** ((exponent & 0x7FFF) - 16446))
    look.add("audio-codec", _AIFF_CODECS.get(stream.read(4), "other") if head[8:] == b"AIFC" else "PCM")
    look.add("channels", channels, "channels")
    look.add("sample-rate", rate, "Hz")
    look.add("bits-per-sample", bits, "bits")
    if rate > 0:
        look.add("duration", f"{frames / rate:.3f}", "seconds")
    if frames and b"SSND" not in seen:
        raise _Broken("RIFF-CHUNK-MISSING", "SSND")
    look.well_formed()
