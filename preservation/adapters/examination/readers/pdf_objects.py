"""What the objects of a PDF say: fonts, signatures, attachments, JavaScript, and what its metadata claim."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pikepdf
from lxml import etree

from preservation.adapters.examination.look import Look

MAX_OBJECTS: Final = 1_000_000
MAX_XMP_BYTES: Final = 4 << 20

_MAX_NAMES: Final = 10
_FONT_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")
_SUBSET: Final = re.compile(r"^/?[A-Z]{6}\+|^/")
_CLAIMS: Final = {
    "http://www.aiim.org/pdfa/ns/id/": "pdfa",
    "http://www.aiim.org/pdfua/ns/id/": "pdfua",
}


@dataclass(slots=True)
class _Found:
    fonts: int = 0
    missing_fonts: list[str] = field(default_factory=list)
    signatures: int = 0
    attachments: int = 0
    scripts: int = 0
    forms: int = 0
    pictures: int = 0


def look_at_objects(pdf: pikepdf.Pdf, look: Look) -> dict[str, str]:
    """What it claims to be: "pdfa-claimed" ("2b") and "pdfua-claimed", where it does."""
    found = _Found()
    for node in every_dictionary(pdf, look):
        _count(node, found)
    look.add("fonts", found.fonts)
    look.add("fonts-not-embedded", len(found.missing_fonts))
    if found.missing_fonts:
        look.note("PDF-FONTS-NOT-EMBEDDED", ", ".join(sorted(set(found.missing_fonts))[:_MAX_NAMES]))
    look.add("pictures", found.pictures)
    look.add("signatures", found.signatures)
    look.add("attachments", found.attachments)
    look.add("javascript", found.scripts > 0)
    if found.scripts:
        look.note("PDF-JAVASCRIPT", f"{found.scripts} actions")
    root = pdf.trailer.get("/Root")
    if isinstance(root, pikepdf.Dictionary):
        look.add("tagged", _is_tagged(root))
        look.add("form", "/AcroForm" in root)
    claims = _claims(root)
    for name, value in claims.items():
        look.add(name, value)
    return claims


def every_dictionary(pdf: pikepdf.Pdf, look: Look) -> Iterator[pikepdf.Object]:
    """Every dictionary and stream that can be reached from the trailer, direct ones too; each indirect one once."""
    waiting: list[pikepdf.Object] = [pdf.trailer]
    seen: set[tuple[int, int]] = set()
    count = 0
    while waiting:
        node = waiting.pop()
        if node.is_indirect:
            if node.objgen in seen:
                continue
            seen.add(node.objgen)
        count += 1
        if count > MAX_OBJECTS:
            look.unsure("PDF-TOO-LARGE", f"more than {MAX_OBJECTS} objects")
            return
        if isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
            yield node
            inside = [node.get(key) for key in node.keys()]  # noqa: SIM118 (not a dict: iterating gives no keys)
        else:
            inside = list(node)
        waiting.extend(one for one in inside if isinstance(one, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array))


def _count(node: pikepdf.Object, found: _Found) -> None:
    kind, subtype = node.get("/Type"), node.get("/Subtype")
    if kind == "/Font":
        _count_font(node, subtype, found)
    elif subtype == "/Image" and isinstance(node, pikepdf.Stream):
        found.pictures += 1
    elif kind == "/EmbeddedFile" or (kind is None and "/EF" in node):
        found.attachments += 1 if kind == "/EmbeddedFile" else 0
    elif kind in ("/Sig", "/DocTimeStamp") or ("/ByteRange" in node and "/Contents" in node):
        found.signatures += 1
    if node.get("/S") == "/JavaScript":
        found.scripts += 1


def _count_font(node: pikepdf.Object, subtype: object, found: _Found) -> None:
    """ISO 32000-2, 9.9: a composite font's program is its descendant's; Type 3 carries its glyphs itself."""
    if subtype in ("/CIDFontType0", "/CIDFontType2"):
        if not is_embedded(node):
            found.missing_fonts.append(_font_name(node))
    elif subtype == "/Type0":
        found.fonts += 1
    elif subtype is not None:
        found.fonts += 1
        if subtype != "/Type3" and not is_embedded(node):
            found.missing_fonts.append(_font_name(node))


def is_embedded(font: pikepdf.Object) -> bool:
    described = font.get("/FontDescriptor")
    return isinstance(described, pikepdf.Dictionary) and any(key in described for key in _FONT_FILES)


def _font_name(font: pikepdf.Object) -> str:
    return _SUBSET.sub("", str(font.get("/BaseFont", "unnamed")))[:60]


def _is_tagged(root: pikepdf.Object) -> bool:
    marks = root.get("/MarkInfo")
    return isinstance(marks, pikepdf.Dictionary) and is_true(marks.get("/Marked"))


def is_true(value: object) -> bool:
    return value is True


def xmp_of(root: object) -> etree._Element | None:
    """The metadata packet of the catalogue (ISO 16684-1) as XML; None where there is none, or none that can be read."""
    stream = root.get("/Metadata") if isinstance(root, pikepdf.Dictionary) else None
    if not isinstance(stream, pikepdf.Stream):
        return None
    try:
        if len(stream.read_raw_bytes()) > MAX_XMP_BYTES:
            return None
        data = stream.read_bytes()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(data.strip(b"\0 \r\n\t"), parser) if len(data) <= MAX_XMP_BYTES else None
    except (etree.XMLSyntaxError, pikepdf.PdfError, ValueError):
        return None


def _claims(root: object) -> dict[str, str]:
    """ISO 19005-2, 6.6.4 (and its like in the other parts): part and conformance, as elements or as attributes."""
    packet = xmp_of(root)
    if packet is None:
        return {}
    values: dict[str, str] = {}
    for element in packet.iter(etree.Element):
        for name, text in ((element.tag, element.text), *((str(key), str(one)) for key, one in element.attrib.items())):
            space, _, local = str(name)[1:].partition("}")
            if space in _CLAIMS and text:
                values.setdefault(f"{_CLAIMS[space]}:{local}", text.strip()[:8])
    claims = {}
    for what in ("pdfa", "pdfua"):
        if f"{what}:part" in values or f"{what}:conformance" in values:
            claims[f"{what}-claimed"] = values.get(f"{what}:part", "?") + values.get(f"{what}:conformance", "").lower()
    return claims
