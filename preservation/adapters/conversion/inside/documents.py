"""The running text of documents: Office Open XML, OpenDocument, Word 97 to 2003, plain text, PDF."""

import struct
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import olefile
import pypdfium2 as pdfium
from lxml import etree

from preservation.adapters.conversion.inside.packages import Package, Unfit

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_T = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_ODT_ELSEWHERE = (f"{_T}p", f"{_T}h", f"{_T}note-citation", f"{_O}annotation", f"{_T}ruby-text")
# [MS-DOC] 2.5: where the FIB says how long the main text is, in which table stream its pieces are, and where in it.
_FIB_FLAGS, _FIB_CCP_TEXT, _FIB_CLX = 0x0A, 0x4C, 0x01A2
_MOST_TEXT = 64 << 20
# Of a document's text these are marks, not letters: cells, pictures, notes, fields.
_BREAKS = {0x07: "\n", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x1E: "-", 0x1F: "", 0xA0: " "}


def text_of(path: str) -> str:
    """By its suffix. Raises Unfit for what cannot be read."""
    suffix = Path(path).suffix
    if suffix == ".docx":
        return "\n".join(_docx(Package(path)))
    if suffix == ".odt":
        return "\n".join(_odt(Package(path)))
    if suffix == ".doc":
        return "\n".join(_doc(path)[0])
    if suffix == ".pdf":
        return "\n".join(pdf_pages(path))
    return Path(path).read_bytes().decode("utf-8-sig", "replace")


def boxes_of(path: str) -> str:
    """The text of boxes, where a format keeps it for itself, and so not where it is shown. Raises Unfit."""
    return _doc(path)[1] if Path(path).suffix == ".doc" else ""


def pdf_pages(path: str) -> list[str]:
    """The text of each page. Raises Unfit."""
    try:
        document = pdfium.PdfDocument(path)
        return [page.get_textpage().get_text_bounded() for page in document]
    except pdfium.PdfiumError as problem:
        raise Unfit(str(problem)) from problem


def _docx(package: Package) -> Iterator[str]:
    """The body, then what its notes say."""
    for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml"):
        if name == "word/document.xml" or name in package.names():
            # Paragraphs of text boxes lie within others; each is told once, where it ends.
            for paragraph in package.xml(name).iter(f"{_W}p"):
                yield "".join(_docx_runs(paragraph))


def _docx_runs(paragraph: etree._Element) -> Iterator[str]:
    waiting = list(reversed(paragraph))
    while waiting:
        one = waiting.pop()
        if one.tag == f"{_W}t":
            yield one.text or ""
        elif one.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            yield " "
        elif one.tag == f"{_W}noBreakHyphen":
            yield "-"
        elif one.tag not in (f"{_W}p", f"{_MC}Fallback", f"{_W}pPr", f"{_W}rPr", f"{_W}del", f"{_W}moveFrom"):
            waiting += reversed(one)


def _odt(package: Package) -> Iterator[str]:
    body = package.xml("content.xml").find(f"{_O}body/{_O}text")
    if body is None:
        raise Unfit("content.xml has no text")
    notes: list[etree._Element] = []
    for paragraph in body.iter(f"{_T}p", f"{_T}h"):
        above = {one.tag for one in paragraph.iterancestors()}
        if f"{_T}tracked-changes" in above or f"{_O}annotation" in above:
            continue
        if f"{_T}note-body" in above:
            notes.append(paragraph)
        else:
            yield "".join(_odt_runs(paragraph))
    # Notes on the page first, as other formats have them.
    for paragraph in sorted(notes, key=_is_at_the_end):
        yield "".join(_odt_runs(paragraph))


def _is_at_the_end(paragraph: etree._Element) -> bool:
    return any(note.get(f"{_T}note-class") == "endnote" for note in paragraph.iterancestors(f"{_T}note"))


def _odt_runs(element: etree._Element) -> Iterator[str]:
    """Text within, without that of paragraphs within (text boxes, notes), which are told for themselves."""
    waiting: list[etree._Element | str] = [*reversed(element), element.text or ""]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
            continue
        waiting.append(one.tail or "")
        if one.tag in (f"{_T}s", f"{_T}tab", f"{_T}line-break"):
            yield " "
        elif one.tag not in _ODT_ELSEWHERE:
            waiting += [*reversed(one), one.text or ""]


def _doc(path: str) -> tuple[list[str], str]:
    """[MS-DOC] 2.4.1 and 2.5.5: the main text, the notes on the page and those at the end; and the boxes; by the piece table."""
    try:
        with olefile.OleFileIO(path) as ole:
            words = ole.openstream("WordDocument").read(_MOST_TEXT)
            (flags,) = struct.unpack_from("<H", words, _FIB_FLAGS)
            lengths = struct.unpack_from("<7i", words, _FIB_CCP_TEXT)
            at, size = struct.unpack_from("<II", words, _FIB_CLX)
            clx = ole.openstream("1Table" if flags & 0x0200 else "0Table").read(_MOST_TEXT)[at : at + size]
            every = "".join(_pieces(words, clx))
    except (OSError, struct.error, ValueError, IndexError, TypeError) as problem:
        raise Unfit(f"{type(problem).__name__}: {problem}") from problem
    if min(lengths) < 0:
        raise Unfit("a part of the text is less than nothing")
    # In this order: main text, notes on the page, headers, macros, comments, notes at the end, boxes.
    ends = list(accumulate(lengths))
    parts = [_without_fields(every[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
    return [parts[0], parts[1], parts[5]], parts[6]


def _pieces(words: bytes, clx: bytes) -> Iterator[str]:
    at = 0
    while clx[at : at + 1] == b"\x01":
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at : at + 1] != b"\x02":
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    table = clx[at + 5 : at + 5 + size]
    count = (size - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", table)
    for index in range(count):
        characters = ends[index + 1] - ends[index]
        (place,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)
        if place & 0x4000_0000:
            begin = (place & 0x3FFF_FFFF) // 2
            yield words[begin : begin + characters].decode("cp1252", "replace")
        else:
            yield words[place : place + 2 * characters].decode("utf-16-le", "replace")


def _without_fields(text: str) -> str:
    """A field is 0x13, its code, 0x14, its result, 0x15: only the result is text."""
    found: list[str] = []
    codes = 0
    depth: list[bool] = []
    for one in text:
        number = ord(one)
        if number == 0x13:
            depth.append(True)
            codes += 1
        elif number == 0x14 and depth and depth[-1]:
            depth[-1] = False
            codes -= 1
        elif number == 0x15 and depth:
            codes -= depth.pop()
        elif not codes:
            found.append(_BREAKS.get(number, one if number >= 0x20 or one in "\t\n" else ""))
    return "".join(found)
