"""What the bytes of an image say by themselves: enough to be sure that one ends early."""

from collections.abc import Iterator
from typing import Final, Literal

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

_MAX_PAGES: Final = 1000
_MAX_ENTRIES: Final = 4096
_MAX_PARTS: Final = 200_000
_WIDTHS: Final = {3: 2, 4: 4, 16: 8}
# TIFF 6.0, sections 3 and 15: offsets of strips and tiles, and how many bytes each has.
_OFFSETS, _COUNTS = (273, 324), (279, 325)
_JPEG_SCAN: Final = b"\xff\xda"
_HEAD_BYTES: Final = 1 << 20

ByteOrder = Literal["little", "big"]


class _BeyondEnd(Exception):
    """The file ends before something that it points to. Its message says what."""


def judge_header(source: Source, look: Look) -> bool:
    """Whether a header that a decoder does not take is certainly damaged; it is then said."""
    if source.signature == "tiff":
        judge_tiff(source, look)
    elif source.signature == "png" or (source.signature == "jpeg" and _JPEG_SCAN not in source.head(_HEAD_BYTES)):
        # Every PNG that is one can be decoded; a JPEG without a scan is one that ends in its header.
        look.invalid("IMAGE-DAMAGED", "the header cannot be read")
    return look.is_invalid


def judge_tiff(source: Source, look: Look) -> None:
    """Whether directories, strips and tiles lie within the file (TIFF 6.0, section 2; not BigTIFF)."""
    head = source.head(8)
    if head[:4] not in (b"II*\0", b"MM\0*") or len(head) < 8:
        return
    order: ByteOrder = "little" if head[:2] == b"II" else "big"
    try:
        with open(source.path, "rb") as stream:
            seen: set[int] = set()
            offset = int.from_bytes(head[4:8], order)
            while offset and offset not in seen and len(seen) < _MAX_PAGES:
                seen.add(offset)
                offset = _directory(_Bytes(stream.fileno(), source.size, order), offset)
    except _BeyondEnd as problem:
        look.invalid("IMAGE-TRUNCATED", str(problem))


class _Bytes:
    """Numbers of a file, by place."""

    def __init__(self, descriptor: int, size: int, order: ByteOrder) -> None:
        self._descriptor = descriptor
        self.size = size
        self._order: ByteOrder = order

    def read(self, offset: int, count: int, what: str) -> bytes:
        if offset + count > self.size:
            raise _BeyondEnd(f"{what} at {offset} with {count} bytes: the file has {self.size}")
        with open(self._descriptor, "rb", closefd=False) as stream:
            stream.seek(offset)
            return stream.read(count)

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, self._order)


def _directory(file: _Bytes, offset: int) -> int:
    """The next directory's offset."""
    count = file.number(file.read(offset, 2, "a directory"))
    entries = file.read(offset + 2, 12 * min(count, _MAX_ENTRIES), "a directory's entries")
    places: dict[int, list[int]] = {}
    for start in range(0, len(entries), 12):
        tag = file.number(entries[start : start + 2])
        if tag in _OFFSETS or tag in _COUNTS:
            places[tag] = list(_values(file, entries[start : start + 12]))
    for offsets, counts in zip(_OFFSETS, _COUNTS, strict=True):
        for place, length in zip(places.get(offsets, ()), places.get(counts, ()), strict=False):
            if place + length > file.size:
                raise _BeyondEnd(f"image data at {place} with {length} bytes: the file has {file.size}")
    return file.number(file.read(offset + 2 + 12 * count, 4, "the end of a directory"))


def _values(file: _Bytes, entry: bytes) -> Iterator[int]:
    width = _WIDTHS.get(file.number(entry[2:4]))
    count = file.number(entry[4:8])
    if width is None or count > _MAX_PARTS:
        return
    if width * count <= 4:
        data = entry[8 : 8 + width * count]
    else:
        data = file.read(file.number(entry[8:12]), width * count, "a list of strips or tiles")
    for start in range(0, len(data), width):
        yield file.number(data[start : start + width])
