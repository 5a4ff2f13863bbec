"""The file that is being looked at, inside the fenced process."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_SNIFF_BYTES: Final = 4096
_SIGNATURES: Final[Sequence[tuple[int, bytes, str]]] = (
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF8", "gif"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "wave"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (4, b"jP  ", "jpeg2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000"),
    (0, b"fLaC", "flac"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"%PDF-", "pdf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"PK\3\4", "zip"),
    (0, b"PK\5\6", "zip"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"WARC/", "warc"),
    (257, b"ustar", "tar"),
    (0, b"{\\rtf", "rtf"),
    (0, b"BM", "bmp"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """`puid` and `mime` as the file was identified; `suffix` is its name's end in small letters, with the dot."""

    path: str
    puid: str | None = None
    mime: str = ""
    suffix: str = ""
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", os.stat(self.path).st_size)

    def head(self, count: int) -> bytes:
        with open(self.path, "rb") as stream:
            return stream.read(count)

    def tail(self, count: int) -> bytes:
        with open(self.path, "rb") as stream:
            stream.seek(max(0, self.size - count))
            return stream.read(count)

    @property
    def signature(self) -> str:
        """A guess by the first bytes, for files that nobody identified; "" for none."""
        head = self.head(_SNIFF_BYTES)
        for offset, magic, name in _SIGNATURES:
            if head[offset : offset + len(magic)] == magic:
                return name
        return "pdf" if b"%PDF-" in head[:1024] else ""
