"""Files of our own making for the examiner, each with one defect at most."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

OOXML_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
ODT = "application/vnd.oasis.opendocument.text"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def image(path: Path, kind: str, *, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: Any) -> Path:
    """Noise, so that every part of the file matters."""
    noise = Image.effect_noise(size, 64).convert(mode)
    noise.save(path, kind, **options)
    return path


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def pdf(path: Path, *, pages: int = 1, **options: Any) -> Path:
    """`pages` pages with a line of text in a font that is not embedded."""
    with pikepdf.new() as made:
        for number in range(pages):
            add_page(made, f"BT /F1 24 Tf 72 700 Td (Page {number + 1}) Tj ET".encode())
        made.save(path, **options)
    return path


def add_page(made: pikepdf.Pdf, content: bytes, **resources: Any) -> pikepdf.Object:
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page = made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, 595, 842],
            Contents=made.make_stream(content),
            Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font), **resources),
        )
    )
    made.pages.append(pikepdf.Page(page))
    return page


def scanned_pdf(
    path: Path, *, pages: int = 2, dpi: int = 200, gray: bool = True, seed_size: tuple[int, int] = (1000, 1400)
) -> Path:
    """Each page one JPEG that fills it, as scanners make them."""
    with pikepdf.new() as made:
        for _ in range(pages):
            add_scan(made, jpeg(seed_size, gray=gray), seed_size, dpi, gray=gray)
        made.save(path)
    return path


def jpeg(size: tuple[int, int], *, gray: bool) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise(size, 40).convert("L" if gray else "RGB").save(stream, "JPEG", quality=30)
    return stream.getvalue()


def add_scan(made: pikepdf.Pdf, data: bytes, size: tuple[int, int], dpi: int, *, gray: bool) -> None:
    width, height = (side * 72 / dpi for side in size)
    picture = made.make_stream(
        data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=size[0],
        Height=size[1],
        ColorSpace=pikepdf.Name.DeviceGray if gray else pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=[0, 0, width, height],
        Contents=made.make_stream(f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im1 Do Q".encode()),
        Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im1=picture)),
    )
    made.pages.append(pikepdf.Page(made.make_indirect(page)))


def package(path: Path, members: Mapping[str, str | bytes], *, stored: str = "") -> Path:
    """A ZIP; the member `stored` comes uncompressed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return path


def docx(path: Path, *, document: str = "<w/>", **more: str) -> Path:
    return package(path, {"[Content_Types].xml": OOXML_TYPES, "word/document.xml": document, **more})


def odt(path: Path, *, content: str = "", entries: tuple[str, ...] = ("content.xml",)) -> Path:
    listed = "".join(f'<m:file-entry m:full-path="{name}" m:media-type="text/xml"/>' for name in entries)
    manifest = (
        f'<m:manifest xmlns:m="{MANIFEST}" m:version="1.3"><m:file-entry m:full-path="/" m:media-type="{ODT}"/>{listed}'
    )
    body = content or f'<o:document-content xmlns:o="{OFFICE}"/>'
    return package(
        path,
        {"mimetype": ODT, "content.xml": body, "META-INF/manifest.xml": manifest + "</m:manifest>"},
        stored="mimetype",
    )


def wave(path: Path, *, frames: int = 800, claimed: int | None = None) -> Path:
    """16 bits, one channel, 8000 Hz; `claimed` is what the data chunk says of its size."""
    data = bytes(range(256)) * (frames * 2 // 256 + 1)
    data = data[: frames * 2]
    size = len(data) if claimed is None else claimed
    form = struct.pack("<4sLHHLLHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16) + struct.pack("<4sL", b"data", size) + data
    path.write_bytes(struct.pack("<4sL4s", b"RIFF", 4 + len(form), b"WAVE") + form)
    return path
