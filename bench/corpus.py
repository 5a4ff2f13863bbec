"""Material for benches: many small, valid, different files of the kinds an archive receives, the same for the same seed."""

import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

FILES_PER_FOLDER: Final = 500
SIDE: Final = 140
"""Pixels along each side of the images, so that an uncompressed grey one is about 20 KiB."""

_VOCABULARY: Final = (
    "hồ sơ lưu trữ công văn quyết định nghị quyết ủy ban nhân dân tỉnh huyện xã biên bản hội nghị báo cáo tổng kết năm kế "
    "hoạch phông mục lục tài liệu vĩnh viễn thời hạn bảo quản archive record letter minutes report annex page series"
)
_WORDS: Final = tuple(_VOCABULARY.split())


def _words(rng: random.Random, size: int) -> str:
    """About `size` characters of running text, a line break every twelve words."""
    parts: list[str] = []
    length = 0
    while length < size:
        line = " ".join(rng.choices(_words_of(rng), k=12))
        parts.append(line)
        length += len(line) + 1
    return "\n".join(parts)


def _words_of(rng: random.Random) -> list[str]:
    return [*_WORDS, f"{rng.getrandbits(40):x}", str(rng.getrandbits(30))]


def _text(rng: random.Random) -> bytes:
    return _words(rng, 16_000).encode() + b"\n"


def _xml(rng: random.Random) -> bytes:
    records = "".join(
        f'<record id="{rng.getrandbits(48):x}"><dc:title>{_words(rng, 200)}</dc:title><dc:date>19{n:02d}</dc:date></record>\n'
        for n in range(48)
    )
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<records xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
    return (text + records + "</records>\n").encode()


def _png(rng: random.Random) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + rng.randbytes(SIDE) for _ in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def _tiff(rng: random.Random) -> bytes:
    pixels = rng.randbytes(SIDE * SIDE)
    entries = (
        (256, 4, 1, SIDE),
        (257, 4, 1, SIDE),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, SIDE),
        (279, 4, 1, len(pixels)),
        (282, 5, 1, 8 + len(pixels)),
        (283, 5, 1, 8 + len(pixels)),
    )
    resolution = struct.pack("<II", 300, 1)
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHIHH", tag, kind, count, value, 0)
        if kind == 3
        else struct.pack("<HHII", tag, kind, count, value)
        for tag, kind, count, value in entries
    )
    offset = 8 + len(pixels) + len(resolution)
    return b"II*\0" + struct.pack("<I", offset) + pixels + resolution + directory + struct.pack("<I", 0)


_UP: Final = bytes(0x30 | ((4 | (b & 3)) << 1) for b in range(256))
_DOWN: Final = bytes(0x30 | ((3 & ~(b & 3)) << 1) for b in range(256))


def _jpeg(rng: random.Random) -> bytes:
    """Baseline grey JPEG (ITU-T T.81) whose Huffman tables make every 8 by 8 block exactly one byte.

    The DC table gives each of the categories 0 to 11 a code of four bits, the AC table the end of block one bit: category
    three (0011), three bits of difference, end of block (0). Differences come in pairs that cancel, so values stay in range.
    """
    blocks = 142
    noise = rng.randbytes(blocks * blocks // 2)
    scan = bytearray(blocks * blocks)
    scan[0::2] = noise.translate(_UP)
    scan[1::2] = noise.translate(_DOWN)

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\x01\x01\x2c\x01\x2c\0\0"),
            segment(0xDB, b"\0" + b"\x01" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, blocks * 8, blocks * 8, 1, 1, 0x11, 0)),
            segment(0xC4, b"\0" + bytes((0, 0, 0, 12)) + bytes(12) + bytes(range(12))),
            segment(0xC4, b"\x10" + bytes((1,)) + bytes(15) + b"\0"),
            segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            bytes(scan),
            b"\xff\xd9",
        )
    )


def _pdf(rng: random.Random) -> bytes:
    """One page with a grey image, as a scanner's software writes it: header, objects, cross-reference table, trailer."""
    image = rng.randbytes(SIDE * SIDE)
    content = f"q 420 0 0 420 60 300 cm /Im0 Do Q\nBT /F1 9 Tf 60 280 Td ({rng.getrandbits(64):x}) Tj ET\n".encode()
    picture = f"/Type /XObject /Subtype /Image /Width {SIDE} /Height {SIDE} /ColorSpace /DeviceGray /BitsPerComponent 8"
    resources = b"<< /XObject << /Im0 5 0 R >> /Font << /F1 6 0 R >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % resources,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< %s /Length %d >>\nstream\n%s\nendstream" % (picture.encode(), len(image), image),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = bytearray(b"%%PDF-1.%d\n%%\xe2\xe3\xcf\xd3\n" % rng.randint(4, 7))
    offsets: list[int] = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


_TYPES: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)


def _docx(rng: random.Random) -> bytes:
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in _words(rng, 4_000).split("\n"))
    document = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document xmlns:w='
        f'"http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{paragraphs}</w:body></w:document>'
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, data in (
            ("[Content_Types].xml", _TYPES.encode()),
            ("_rels/.rels", _RELATIONS.encode()),
            ("word/document.xml", document.encode()),
            ("word/media/image1.png", _png(rng)),
        ):
            package.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


KINDS: Final[tuple[tuple[str, int, Callable[[random.Random], bytes]], ...]] = (
    ("pdf", 30, _pdf),
    ("jpg", 20, _jpeg),
    ("tif", 15, _tiff),
    ("png", 10, _png),
    ("xml", 10, _xml),
    ("docx", 8, _docx),
    ("txt", 7, _text),
)
"""(extension, share in per cent, writer)."""


def make_mix(folder: Path, count: int, seed: int) -> list[Path]:
    """Write `count` files of about 20 KiB below `folder` (made if need be) and return their paths, in order of writing."""
    rng = random.Random(seed)
    weights = [share for _, share, _ in KINDS]
    paths: list[Path] = []
    for number in range(count):
        extension, _, write = rng.choices(KINDS, weights)[0]
        place = folder / f"{number // FILES_PER_FOLDER:04d}"
        if number % FILES_PER_FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        path = place / f"{number:06d}.{extension}"
        path.write_bytes(write(rng))
        paths.append(path)
    return paths
