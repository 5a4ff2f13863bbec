"""Plain text and what is built on it: CSV, JSON, HTML."""

import codecs
import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from lxml import etree, html

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source
from preservation.adapters.examination.readers.vietnamese import guess_encoding
from preservation.adapters.examination.readers.xml_reading import read_xml

MAX_JSON_BYTES: Final = 64 << 20
MAX_HTML_BYTES: Final = 64 << 20
MAX_ROWS: Final = 5_000_000

_CHUNK: Final = 1 << 18
_GUESS_BYTES: Final = 1 << 16
_BOMS: Final = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32LE"),
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
_CONTROLS: Final = bytes(one for one in range(32) if one not in b"\t\n\r\f\x1a\x1b") + b"\x7f"
_CONTROL_CHARACTERS: Final = dict.fromkeys(_CONTROLS)
_META: Final = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)
_DOCTYPE: Final = re.compile(rb"<!doctype\s+html([^>]{0,300})>", re.IGNORECASE)
_XHTML: Final = ("fmt/102", "fmt/103")


@dataclass(slots=True)
class _Counts:
    characters: int = 0
    controls: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    last: str = ""

    def add(self, text: str) -> None:
        self.characters += len(text)
        pairs = text.count("\r\n") + (self.last == "\r" and text[:1] == "\n")
        self.ends["CRLF"] += pairs
        self.ends["CR"] += text.count("\r") - pairs
        self.ends["LF"] += text.count("\n") - pairs
        self.controls += len(text) - len(text.translate(_CONTROL_CHARACTERS))
        self.last = text[-1:] or self.last


def look_at_text(source: Source, look: Look) -> None:
    encoding = describe_text(source, look)
    if source.size == 0:
        look.note("EMPTY-FILE")
        look.well_formed()
    elif encoding is None:
        look.unsure("TEXT-ENCODING-UNKNOWN", str(look.value("encoding-guess") or "neither UTF-8 nor ASCII"))
    else:
        look.well_formed()


def describe_text(source: Source, look: Look) -> str | None:
    """The encoding, if the whole file is in it: by its mark, else UTF-8 (or ASCII). None: an 8-bit one, perhaps guessed."""
    head = source.head(_GUESS_BYTES)
    bom = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), None)
    encoding = bom[1] if bom else _utf16_without_mark(head) or "UTF-8"
    look.add("byte-order-mark", bom is not None)
    counts = _count(source, encoding)
    if counts is None:
        look.add("encoding-guess", guess_encoding(head))
        counts = _count(source, "latin-1")
        encoding = ""
    elif encoding == "UTF-8" and counts.characters == source.size:
        encoding = "ASCII"
    look.add("encoding", encoding)
    if counts is not None:
        _describe_counts(counts, look)
    return encoding or None


def _describe_counts(counts: _Counts, look: Look) -> None:
    ends = [name for name, count in counts.ends.items() if count > 0]
    look.add("characters", counts.characters, "characters")
    look.add("lines", sum(counts.ends.values()), "lines")
    look.add("line-ends", "mixed" if len(ends) > 1 else ends[0] if ends else "none")
    if counts.controls:
        look.wrong("TEXT-CONTROL-CHARACTERS", f"{counts.controls} of them")


def _utf16_without_mark(head: bytes) -> str | None:
    """Every second byte of Western text is zero there."""
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0) * 2 / len(head), head[1::2].count(0) * 2 / len(head)
    if odd > 0.4 > even:
        return "UTF-16LE"
    return "UTF-16BE" if even > 0.4 > odd else None


def _count(source: Source, encoding: str) -> _Counts | None:
    """None if the bytes are not in this encoding."""
    decoder, counts = codecs.getincrementaldecoder(encoding)(), _Counts()
    with open(source.path, "rb") as stream:
        try:
            while chunk := stream.read(_CHUNK):
                counts.add(decoder.decode(chunk))
            counts.add(decoder.decode(b"", final=True))
        except UnicodeDecodeError:
            return None
    return counts


def look_at_csv(source: Source, look: Look) -> None:
    """RFC 4180: as many fields in each line. The separator is the one of four that gives the first lines the most fields."""
    encoding = describe_text(source, look) or "latin-1"
    if source.size == 0:
        look.note("EMPTY-FILE")
        look.well_formed()
        return
    separator = _separator(source, encoding)
    look.add("separator", {"\t": "tab"}.get(separator, separator))
    widths: Counter[int] = Counter()
    # It holds for the whole process, in which others read as well.
    usual_limit = csv.field_size_limit(_CHUNK)
    try:
        with open(source.path, encoding=encoding, newline="", errors="replace") as stream:
            for number, row in enumerate(csv.reader(stream, delimiter=separator, strict=True)):
                if number >= MAX_ROWS:
                    look.unsure("CSV-TOO-LARGE", f"more than {MAX_ROWS} rows")
                    return
                if row:
                    widths[len(row)] += 1
    except csv.Error as problem:
        look.unsure("CSV-NOT-READ", str(problem))
        return
    finally:
        csv.field_size_limit(usual_limit)
    look.add("rows", sum(widths.values()), "rows")
    look.add("columns", widths.most_common(1)[0][0] if widths else 0, "columns")
    if len(widths) > 1:
        usual = widths.most_common(1)[0][1]
        look.wrong("CSV-RAGGED", f"{sum(widths.values()) - usual} rows have another number of fields")
    look.well_formed()


def _separator(source: Source, encoding: str) -> str:
    head = source.head(_GUESS_BYTES).decode(encoding, "replace")
    lines = head.splitlines()[:20] or [""]
    return max(
        ",;\t|", key=lambda one: (min(line.count(one) for line in lines[: max(1, len(lines) - 1)]), head.count(one))
    )


def _whole_number(_said: str) -> int:
    """Any: Python counts no further than some thousands of digits, and JSON has no such bound."""
    return 0


def _no_number(said: str) -> object:
    """NaN and Infinity, which Python reads; RFC 8259, 6 has none."""
    raise ValueError(f"{said} is no number of JSON")


def look_at_json(source: Source, look: Look) -> None:
    describe_text(source, look)
    if source.size > MAX_JSON_BYTES:
        look.unsure("JSON-TOO-LARGE", f"{source.size} bytes")
        return
    try:
        value = json.loads(source.head(source.size), parse_int=_whole_number, parse_constant=_no_number)
    except (ValueError, UnicodeDecodeError) as problem:
        look.invalid("JSON-NOT-WELL-FORMED", str(problem))
        return
    except RecursionError:
        look.unsure("JSON-TOO-DEEP")
        return
    look.add("root-element", type(value).__name__)
    look.well_formed()


def look_at_html(source: Source, look: Look) -> None:
    """HTML has no file that cannot be parsed; XHTML has, and is held to it where it was identified as such."""
    describe_text(source, look)
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    if source.size > MAX_HTML_BYTES:
        look.unsure("HTML-TOO-LARGE", f"{source.size} bytes")
        return
    data = source.head(source.size)
    declared, doctype = _META.search(data, 0, _GUESS_BYTES), _DOCTYPE.search(data, 0, _GUESS_BYTES)
    look.add("encoding-declared", declared.group(1).decode("ascii") if declared else None)
    look.add("doctype", f"html{doctype.group(1).decode('latin-1')}" if doctype else None)
    if source.puid in _XHTML:
        facts = read_xml(io.BytesIO(data))
        if facts.error and not facts.is_beyond_limits and "ntity" not in facts.error:
            look.invalid("XML-NOT-WELL-FORMED", facts.error)
    look.used("lxml", etree.__version__)
    try:
        tree = html.document_fromstring(data)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as problem:
        look.unsure("HTML-NOT-READ", str(problem))
        return
    look.add("scripts", sum(1 for _ in tree.iter("script")))
    look.add("pictures", sum(1 for _ in tree.iter("img")))
    look.add("title-present", tree.find(".//title") is not None)
    if doctype or re.search(rb"<html[\s>]", data[:_GUESS_BYTES], re.IGNORECASE):
        look.well_formed()
    else:
        look.unsure("HTML-NOT-RECOGNISED", "neither a doctype nor an html element")
