"""Rules about the file, its trailer, filters, attachments and metadata.

ISO 19005-1, 6.1 and 6.7; -2 and -3, 6.1, 6.6 and 6.8; -4, 6.1, 6.7 and 6.9.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pikepdf
from lxml import etree

from preservation.adapters.examination.readers.pdf_objects import xmp_of
from preservation.adapters.examination.readers.pdfa_facts import Breach, Facts, dictionary, elements, names_in

_HEADERS: Final = {
    1: re.compile(rb"%PDF-[0-9]\.[0-9](?:\r\n|\r|\n)"),
    2: re.compile(rb"%PDF-1\.[0-7](?:\r\n|\r|\n)"),
    4: re.compile(rb"%PDF-2\.[0-9](?:\r\n|\r|\n)"),
}
_TABLE: Final = re.compile(rb"[\r\n]xref(\s+)[0-9]+(\s+)[0-9]+\s")
_MAX_TEXT_BYTES: Final = 64 << 20
_FILTERS: Final = frozenset(
    [
        "/ASCIIHexDecode",
        "/ASCII85Decode",
        "/FlateDecode",
        "/RunLengthDecode",
        "/CCITTFaxDecode",
        "/JBIG2Decode",
        "/DCTDecode",
        "/JPXDecode",
        "/Crypt",
    ]
)
_PDFA: Final = "{http://www.aiim.org/pdfa/ns/id/}"
_WINDOW: Final = 1024
_PACKET: Final = re.compile(rb"<\?xpacket[^>]*?\s(bytes|encoding)\s*=")
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC, _XMP, _PDF = (
    "{http://purl.org/dc/elements/1.1/}",
    "{http://ns.adobe.com/xap/1.0/}",
    "{http://ns.adobe.com/pdf/1.3/}",
)
_SAME: Final = {
    "/Title": f"{_DC}title",
    "/Author": f"{_DC}creator",
    "/Subject": f"{_DC}description",
    "/Keywords": f"{_PDF}Keywords",
    "/Creator": f"{_XMP}CreatorTool",
    "/Producer": f"{_PDF}Producer",
}
_YEAR: Final = re.compile(r"[0-9]{4}")


def header(facts: Facts) -> Iterator[Breach]:
    """6.1.2: at byte 0, and then a comment of at least four bytes above 127."""
    head = facts.source.head(_WINDOW)
    found = _HEADERS.get(facts.part, _HEADERS[2]).match(head)
    if found is None:
        yield Breach("6.1.2", "the header is not at the first byte, or not of this part")
        return
    line = re.split(rb"[\r\n]", head[found.end() :], maxsplit=1)[0]
    if line[:1] != b"%" or len(line) < 5 or any(one < 128 for one in line[1:5]):
        yield Breach("6.1.2", "the comment of binary characters behind the header is missing")


def trailer(facts: Facts) -> Iterator[Breach]:
    """6.1.3: an identifier, no encryption, nothing behind the end."""
    identifiers = elements(facts.pdf.trailer.get("/ID"))
    if len(identifiers) != 2 or any(bytes(one) == b"" for one in identifiers if isinstance(one, pikepdf.String)):
        yield Breach("6.1.3", "the trailer has no ID")
    if facts.pdf.is_encrypted:
        yield Breach("6.1.3", "the file is encrypted")
    tail = facts.source.tail(_WINDOW)
    after = tail[tail.rfind(b"%%EOF") + 5 :]
    if facts.part != 4 and after not in (b"", b"\n", b"\r", b"\r\n"):
        yield Breach("6.1.3", "bytes behind the end of the file")
    if facts.part == 4 and "/Info" in facts.pdf.trailer and "/PieceInfo" not in facts.root:
        yield Breach("6.1.3", "an Info dictionary without PieceInfo")


def cross_references(facts: Facts) -> Iterator[Breach]:
    """6.1.4: one end of line behind xref, one space in a subsection's header; in part 1 no cross-reference streams."""
    if facts.part == 4:
        return
    if facts.part == 1 and any(node.get("/Type") == "/XRef" for node in [facts.pdf.trailer]):
        yield Breach("6.1.4", "cross-reference streams")
    for found in _TABLE.finditer(facts.source.head(_MAX_TEXT_BYTES)):
        if found.group(1) not in (b"\r\n", b"\r", b"\n") or found.group(2) != b" ":
            yield Breach("6.1.4", "a cross-reference table's header has other spaces than it may")


def streams(facts: Facts) -> Iterator[Breach]:
    """No content elsewhere, and none packed by LZW (6.1.7 and 6.1.10; 6.1.7.1 and 6.1.7.2; 6.1.6)."""
    for node in facts.nodes:
        if not isinstance(node, pikepdf.Stream):
            continue
        if any(key in node for key in ("/F", "/FFilter", "/FDecodeParms")):
            yield Breach(facts.clause("6.1.7", "6.1.7.1", "6.1.6.1"), "a stream's content is in another file")
        used = names_in(node.get("/Filter"))
        if "/LZWDecode" in used:
            yield Breach(facts.clause("6.1.10", "6.1.7.2", "6.1.6.2"), "LZW")
        if "/Crypt" in used and dictionary(node.get("/DecodeParms")).get("/Name", "/Identity") != "/Identity":
            yield Breach(facts.clause("6.1.10", "6.1.7.2", "6.1.6.2"), "a Crypt filter")
        if any(one not in _FILTERS and one != "/LZWDecode" for one in used):
            yield Breach(facts.clause("6.1.10", "6.1.7.2", "6.1.6.2"), "a filter that PDF does not have")


def information(facts: Facts) -> Iterator[Breach]:
    """6.1.5 and 6.7.3 of part 1: Info holds texts, dates and Trapped alone."""
    about = facts.pdf.trailer.get("/Info")
    if facts.part != 1 or not isinstance(about, pikepdf.Dictionary):
        return
    for key in about.keys():  # noqa: SIM118 (not a dict)
        value = about.get(key)
        if key != "/Trapped" and (not isinstance(value, pikepdf.String) or str(value) == ""):
            yield Breach("6.1.5", f"Info has {key} that is no text")


def permissions(facts: Facts) -> Iterator[Breach]:
    """6.1.12 of part 2: of the rights only DocMDP and UR3, and no digests in what they refer to."""
    rights = facts.root.get("/Perms")
    if facts.part == 1 or not isinstance(rights, pikepdf.Dictionary):
        return
    clause = facts.clause("", "6.1.12", "6.1.11")
    if any(key not in ("/DocMDP", "/UR3") for key in rights.keys()):  # noqa: SIM118 (not a dict)
        yield Breach(clause, "other permissions than UR3 and DocMDP")
    for reference in elements(dictionary(rights.get("/DocMDP")).get("/Reference")):
        if any(key in dictionary(reference) for key in ("/DigestLocation", "/DigestMethod", "/DigestValue")):
            yield Breach(clause, "a signature reference with a digest")


def catalogue(facts: Facts) -> Iterator[Breach]:
    """6.1.12 of part 4: a Version is 2.n."""
    said = facts.root.get("/Version")
    if facts.part == 4 and said is not None and not re.fullmatch(r"/2\.[0-9]", str(said)):
        yield Breach("6.1.12", f"the catalogue's Version is {said}")


def attachments(facts: Facts) -> Iterator[Breach]:
    """None in part 1 (6.1.11); named twice in the others (6.8; 6.9), with their relation in parts 3 and 4."""
    clause = facts.clause("6.1.11", "6.8", "6.9")
    specifications = [node for node in facts.nodes if "/EF" in node]
    listed = dictionary(facts.root.get("/Names")).get("/EmbeddedFiles")
    if facts.part == 1 and (specifications or listed is not None):
        yield Breach(clause, "embedded files")
        return
    for one in specifications:
        if "/F" not in one or "/UF" not in one:
            yield Breach(clause, "a file specification without F and UF")
        if facts.part >= 3 and "/AFRelationship" not in one:
            yield Breach(clause, "a file specification without AFRelationship")
        if facts.part == 3:
            embedded = dictionary(one.get("/EF"))
            files = [dictionary(embedded.get(key)) for key in ("/F", "/UF") if key in embedded]
            if any(not isinstance(file.get("/Subtype"), pikepdf.Name) for file in files):
                yield Breach(clause, "an embedded file without its media type")
    if facts.part == 4 and facts.level == "f" and listed is None:
        yield Breach(clause, "4f without embedded files")


def metadata(facts: Facts) -> Iterator[Breach]:
    """A packet that can be read, and that claims what it should (6.7.2, 6.7.5 and 6.7.11; 6.6.2 and 6.6.4; 6.7.2 and 6.7.3)."""
    stream = facts.root.get("/Metadata")
    if not isinstance(stream, pikepdf.Stream):
        yield Breach(facts.clause("6.7.2", "6.6.2.1", "6.7.2.1"), "the catalogue has no metadata")
        return
    if facts.part == 1 and "/Filter" in stream:
        yield Breach("6.7.2", "the metadata are packed")
    packet = xmp_of(facts.root)
    if packet is None:
        yield Breach(facts.clause("6.7.9", "6.6.2.1", "6.7.2.1"), "the metadata are not well-formed")
        return
    if _PACKET.search(stream.read_bytes()[:_WINDOW]):
        yield Breach(facts.clause("6.7.5", "6.6.2.1", "6.7.2.1"), "the packet's header has bytes or encoding")
    yield from _identification(facts, packet)
    if facts.part == 1:
        yield from _same_as_information(facts, packet)


def _same_as_information(facts: Facts, packet: etree._Element) -> Iterator[Breach]:
    """6.7.3: what Info says, the metadata say too."""
    about = dictionary(facts.pdf.trailer.get("/Info"))
    for key, name in _SAME.items():
        said = about.get(key)
        if not isinstance(said, pikepdf.String):
            continue
        values = {
            text.rstrip("\0")
            for element in packet.iter(etree.Element)
            for text in (_text(element) if element.tag == name else element.get(name),)
            if text is not None
        }
        if str(said).rstrip("\0") not in values:
            yield Breach("6.7.3", f"{key} is another in the metadata, or missing there")


def _text(element: etree._Element) -> str:
    """Of a property, or of the first of its values."""
    item = element.find(f".//{_RDF}li")
    return (element.text if item is None else item.text) or ""


def _identification(facts: Facts, packet: etree._Element) -> Iterator[Breach]:
    clause = facts.clause("6.7.11", "6.6.4", "6.7.3")
    values: dict[str, str] = {}
    for element in packet.iter(etree.Element):
        for name, text in (
            (str(element.tag), element.text),
            *((str(key), str(one)) for key, one in element.attrib.items()),
        ):
            if name.startswith(_PDFA):
                values.setdefault(name.removeprefix(_PDFA), (text or "").strip())
        if element.prefix != "pdfaid" and str(element.tag).startswith(_PDFA):
            yield Breach(clause, "another prefix than pdfaid")
    if values.get("part") != str(facts.part):
        yield Breach(clause, "part is missing, or not the one that it was identified as")
    level = values.get("conformance", "")
    if facts.part != 4 and (level == "" or level != level.upper()):
        yield Breach(clause, "conformance is missing, or not in capitals")
    if facts.part == 4 and not _YEAR.fullmatch(values.get("rev", "")):
        yield Breach(clause, "rev is missing, or no year")
    if facts.part == 4 and "conformance" in values and level not in ("E", "F"):
        yield Breach(clause, f"conformance {level}")


FILE_RULES: Final[tuple[Callable[[Facts], Iterator[Breach]], ...]] = (
    header, trailer, cross_references, streams, information, permissions, catalogue, attachments, metadata,
)  # fmt: skip
