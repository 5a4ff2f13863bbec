"""Rules about fonts (ISO 19005-1, 6.3; -2, 6.2.11; -4, 6.2.10)."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pikepdf

from preservation.adapters.examination.readers.pdf_objects import is_embedded
from preservation.adapters.examination.readers.pdfa_facts import (
    Breach,
    Facts,
    content_of,
    dictionary,
    elements,
    number_of,
)

_SIMPLE: Final = ("/Type1", "/MMType1", "/TrueType")
_SUBSET: Final = re.compile(r"/?[A-Z]{6}\+")
_INVISIBLE: Final = re.compile(rb"(?:^|\s)3\s+Tr(?=\s|$)")
_IDENTITY: Final = ("/Identity-H", "/Identity-V")
_PREDEFINED: Final = re.compile(
    r"/(?:Identity|GB-EUC|GBpc-EUC|GBK-EUC|GBKp-EUC|GBK2K|UniGB-UCS2|UniGB-UTF16|B5pc|HKscs-B5|ETen-B5|ETenms-B5|CNS-EUC|"
    r"UniCNS-UCS2|UniCNS-UTF16|83pv-RKSJ|90ms-RKSJ|90msp-RKSJ|90pv-RKSJ|Add-RKSJ|EUC|Ext-RKSJ|H|V|UniJIS-UCS2|UniJIS-UCS2-HW|"
    r"UniJIS-UTF16|KSC-EUC|KSCms-UHC|KSCms-UHC-HW|KSCpc-EUC|UniKS-UCS2|UniKS-UTF16)(?:-[HV])?"
)
_WRITING: Final = re.compile(rb"/WMode\s+([01])\s+def")
_SYMBOLIC: Final = 4
_NONSYMBOLIC: Final = 32


def embedding(facts: Facts) -> Iterator[Breach]:
    """6.3.4; 6.2.11.4.1; 6.2.10.4.1: every font that is drawn with. A page that draws text invisibly is left out."""
    clause = facts.clause("6.3.4", "6.2.11.4.1", "6.2.10.4.1")
    for owner, content in facts.contents():
        if _INVISIBLE.search(content):
            continue
        fonts = dictionary(dictionary(owner.get("/Resources")).get("/Font"))
        for key in fonts.keys():  # noqa: SIM118 (not a dict)
            font = dictionary(fonts.get(key))
            is_used = re.search(re.escape(key.encode()) + rb"\s+[-+.\d]+\s+Tf", content) is not None
            programs = [font] if font.get("/Subtype") in _SIMPLE else elements(font.get("/DescendantFonts"))
            if is_used and any(not is_embedded(dictionary(one)) for one in programs):
                yield Breach(clause, f"{str(font.get('/BaseFont', 'a font'))[:60]} is not embedded")


def subsets(facts: Facts) -> Iterator[Breach]:
    """6.3.5 of part 1: what a subset holds is listed."""
    if facts.part != 1:
        return
    for font in _fonts(facts):
        described = dictionary(font.get("/FontDescriptor"))
        if not _SUBSET.match(str(font.get("/BaseFont", ""))) or not is_embedded(font):
            continue
        if font.get("/Subtype") in ("/Type1", "/MMType1") and "/CharSet" not in described:
            yield Breach("6.3.5", "a subset of a Type 1 font without CharSet")
        if font.get("/Subtype") in ("/CIDFontType0", "/CIDFontType2") and "/CIDSet" not in described:
            yield Breach("6.3.5", "a subset of a CID font without CIDSet")


def glyph_maps(facts: Facts) -> Iterator[Breach]:
    """6.2.11.3.2; 6.2.10.3.2: CIDToGIDMap of an embedded TrueType font."""
    if facts.part == 1:
        return
    for font in _fonts(facts):
        if font.get("/Subtype") == "/CIDFontType2" and is_embedded(font):
            found = font.get("/CIDToGIDMap")
            if not isinstance(found, pikepdf.Stream) and found != "/Identity":
                yield Breach(facts.clause("", "6.2.11.3.2", "6.2.10.3.2"), "an embedded CID font without CIDToGIDMap")


def composite_fonts(facts: Facts) -> Iterator[Breach]:
    """6.3.3.1 and 6.3.3.3; 6.2.11.3.1 and 6.2.11.3.3; 6.2.10.3.1 and 6.2.10.3.3: CMaps."""
    system, maps = (
        facts.clause("6.3.3.1", "6.2.11.3.1", "6.2.10.3.1"),
        facts.clause("6.3.3.3", "6.2.11.3.3", "6.2.10.3.3"),
    )
    for font in _fonts(facts):
        if font.get("/Subtype") != "/Type0":
            continue
        encoding = font.get("/Encoding")
        if isinstance(encoding, pikepdf.Name):
            if not _PREDEFINED.fullmatch(str(encoding)):
                yield Breach(maps, f"{str(encoding)[:60]} is neither embedded nor predefined")
        elif isinstance(encoding, pikepdf.Stream):
            data = content_of(encoding)
            said = _WRITING.search(data)
            if (int(said.group(1)) if said else 0) != encoding.get("/WMode", 0):
                yield Breach(maps, "WMode is another in the CMap")
            other = encoding.get("/UseCMap")
            if isinstance(other, pikepdf.Name) and not _PREDEFINED.fullmatch(str(other)):
                yield Breach(maps, "a CMap uses one that is not predefined")
            yield from _same_system(font, dictionary(encoding.get("/CIDSystemInfo")), system)


def _same_system(font: pikepdf.Object, mapped: pikepdf.Object, clause: str) -> Iterator[Breach]:
    for one in elements(font.get("/DescendantFonts")):
        own = dictionary(dictionary(one).get("/CIDSystemInfo"))
        for key in ("/Registry", "/Ordering"):
            if key in own and key in mapped and str(own.get(key)) != str(mapped.get(key)):
                yield Breach(clause, f"{key} of a font and of its CMap differ")


def encodings(facts: Facts) -> Iterator[Breach]:
    """6.3.7; 6.2.11.6; 6.2.10.6: TrueType fonts with the encoding that their kind has."""
    clause = facts.clause("6.3.7", "6.2.11.6", "6.2.10.6")
    for font in _fonts(facts):
        if font.get("/Subtype") != "/TrueType":
            continue
        flags = number_of(dictionary(font.get("/FontDescriptor")).get("/Flags"))
        encoding = font.get("/Encoding")
        if flags is None:
            continue
        if flags & _SYMBOLIC and not flags & _NONSYMBOLIC and encoding is not None:
            yield Breach(clause, "a symbolic TrueType font with an encoding")
        if flags & _NONSYMBOLIC and not flags & _SYMBOLIC:
            base = dictionary(encoding).get("/BaseEncoding") if not isinstance(encoding, pikepdf.Name) else encoding
            if base not in ("/MacRomanEncoding", "/WinAnsiEncoding"):
                yield Breach(clause, "a TrueType font of letters without their encoding")


def unicode_maps(facts: Facts) -> Iterator[Breach]:
    """6.3.8; 6.2.11.7.2: levels a and u say which characters are meant."""
    if facts.level not in ("a", "u"):
        return
    clause = facts.clause("6.3.8", "6.2.11.7.2", "")
    for font in _fonts(facts):
        if font.get("/Subtype") == "/Type0" and "/ToUnicode" not in font and font.get("/Encoding") in _IDENTITY:
            orderings = {
                str(dictionary(dictionary(one).get("/CIDSystemInfo")).get("/Ordering", ""))
                for one in elements(font.get("/DescendantFonts"))
            }
            if not orderings & {"GB1", "CNS1", "Japan1", "Korea1", "KR"}:
                yield Breach(clause, "a composite font without ToUnicode")
        if font.get("/Subtype") == "/TrueType" and "/ToUnicode" not in font and "/Encoding" not in font:
            yield Breach(clause, "a symbolic font without ToUnicode")
        found = font.get("/ToUnicode")
        if isinstance(found, pikepdf.Stream) and re.search(
            rb"<(?:0000|FEFF|FFFE)>\s*(?:endbf|\n|\r|<)", content_of(found)
        ):
            yield Breach(clause, "ToUnicode gives U+0000, U+FEFF or U+FFFE")


def _fonts(facts: Facts) -> Iterator[pikepdf.Object]:
    for node in facts.nodes:
        if node.get("/Type") == "/Font" or ("/BaseFont" in node and "/Subtype" in node):
            yield node


FONT_RULES: Final[tuple[Callable[[Facts], Iterator[Breach]], ...]] = (
    embedding, subsets, glyph_maps, composite_fonts, encodings, unicode_maps,
)  # fmt: skip
