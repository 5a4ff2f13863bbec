"""File objects: written as a stream of bytes, read back as a stream of values."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from lxml import etree

from preservation.domain.findings import Finding, Severity
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.standards import xml_reading
from preservation.standards.premis.formats import format_of, format_xml
from preservation.standards.premis.model import NAMESPACE, SHA256, SHA512, XSI, FileObject
from preservation.standards.xml_text import attribute_text, element_text, path_of, reference, shown_name
from preservation.standards.xml_times import fine_text, nanoseconds

OPENING = f'<?xml version="1.0" encoding="UTF-8"?>\n<premis xmlns="{NAMESPACE}" xmlns:xsi="{XSI}" version="3.0">\n'
CLOSING = "</premis>\n"

DERIVATION = "derivation"

_BATCH = 200

# Equal formats are read once and shared, as long as there are no more than this at a time.
_MAX_SHARED = 4096

_NS = f"{{{NAMESPACE}}}"
_TYPE = f"{{{XSI}}}type"
_CHARACTERISTICS = f"{_NS}objectCharacteristics"
_IDENTIFIER = f"{_NS}objectIdentifier/{_NS}objectIdentifierValue"
_RELATED = f"{_NS}relatedObjectIdentifier/{_NS}relatedObjectIdentifierValue"
_DATE = f"{_CHARACTERISTICS}/{_NS}creatingApplication/{_NS}dateCreatedByApplication"


def write_file_objects(aip: str, included_in: str, files: Iterable[StoredFile]) -> Iterator[bytes]:
    """A PREMIS document of file objects, in pieces. `files` must not be empty (the schema wants an object).

    `aip` is the AIP's URN; `included_in` the logical path of the representation, "" for files of the AIP as such.

    The time of modification stands in dateCreatedByApplication, where the Data Dictionary (3.0, 1.5.5.3) wants the
    date of an object's last change by its maker rather than that of any copy; its type there is free enough for
    nanoseconds, which METS's is not. originalName carries a link only where the name that it shows is not exact. A file that
    was made from another one by a format migration is related to it: derivation, "has source" (1.13.1, 1.13.2).
    """
    whole = f"{aip}#{reference(included_in)}" if included_in else aip
    head = (
        '<object xsi:type="file"><objectIdentifier><objectIdentifierType>URI</objectIdentifierType>'
        f"<objectIdentifierValue>{element_text(aip)}#"
    )
    after_name = (
        "</objectIdentifierValue></objectIdentifier><objectCharacteristics><compositionLevel>0</compositionLevel>"
        f"<fixity><messageDigestAlgorithm>{SHA512}</messageDigestAlgorithm><messageDigest>"
    )
    between = (
        f"</messageDigest></fixity><fixity><messageDigestAlgorithm>{SHA256}</messageDigestAlgorithm><messageDigest>"
    )
    tail = (
        "<relationship><relationshipType>structural</relationshipType>"
        "<relationshipSubType>is included in</relationshipSubType><relatedObjectIdentifier>"
        "<relatedObjectIdentifierType>URI</relatedObjectIdentifierType>"
        f"<relatedObjectIdentifierValue>{element_text(whole)}</relatedObjectIdentifierValue>"
        "</relatedObjectIdentifier></relationship>"
    )
    end = "</object>\n"
    formats: dict[FormatIdentification | None, str] = {}
    batch = [OPENING]
    for file in files:
        known = formats.get(file.format)
        if known is None:
            known = formats[file.format] = format_xml(file.format)
        made = "" if file.modified is None else _made(file.modified)
        name = "" if file.original_path is None else _original_name(file.original_path)
        batch.append(
            f"{head}{reference(file.logical_path)}{after_name}{file.sha512.hex()}{between}{file.sha256.hex()}"
            f"</messageDigest></fixity><size>{file.size}</size>{known}{made}</objectCharacteristics>{name}{tail}"
            f"{'' if file.source is None else _derivation(aip, file.source)}{end}"
        )
        if len(batch) >= _BATCH:
            yield "".join(batch).encode()
            batch.clear()
    batch.append(CLOSING)
    yield "".join(batch).encode()


def read_file_objects(stream: BinaryIO) -> Iterator[FileObject | Finding]:
    """The file objects of a document that `write_file_objects` made, in order, one in memory at a time.

    An object that lacks something, or holds what it cannot hold, is a finding PREMIS-OBJECT-INVALID in its place; bytes
    that are not a PREMIS document end the stream with a finding PREMIS-UNREADABLE. Other objects are passed over.
    """
    formats: dict[bytes, FormatIdentification | None] = {}
    try:
        for element in xml_reading.elements(stream, f"{_NS}premis", f"{_NS}object"):
            if element.get(_TYPE) == "file":
                yield _file_object(element, formats)
    except xml_reading.MalformedXML as error:
        yield Finding("PREMIS-UNREADABLE", Severity.ERROR, values={"reason": str(error)})


def _made(modified: int) -> str:
    return (
        "<creatingApplication><dateCreatedByApplication>"
        f"{fine_text(modified)}</dateCreatedByApplication></creatingApplication>"
    )


def _derivation(aip: str, source: str) -> str:
    return (
        f"<relationship><relationshipType>{DERIVATION}</relationshipType>"
        "<relationshipSubType>has source</relationshipSubType><relatedObjectIdentifier>"
        "<relatedObjectIdentifierType>URI</relatedObjectIdentifierType>"
        f"<relatedObjectIdentifierValue>{element_text(aip)}#{reference(source)}</relatedObjectIdentifierValue>"
        "</relatedObjectIdentifier></relationship>"
    )


def _original_name(original: str) -> str:
    shown = shown_name(original)
    link = "" if shown == original else f' simpleLink="{attribute_text(reference(original))}"'
    return f"<originalName{link}>{element_text(shown)}</originalName>"


def _file_object(element: etree._Element, formats: dict[bytes, FormatIdentification | None]) -> FileObject | Finding:
    identifier = element.findtext(_IDENTIFIER) or ""
    try:
        return _parsed(element, identifier, formats)
    except ValueError as error:
        return Finding(
            "PREMIS-OBJECT-INVALID", Severity.ERROR, values={"object": identifier[:200], "reason": str(error)}
        )


def _parsed(element: etree._Element, identifier: str, formats: dict[bytes, FormatIdentification | None]) -> FileObject:
    characteristics = _required(element.find(_CHARACTERISTICS), "objectCharacteristics")
    digests = {
        fixity.findtext(f"{_NS}messageDigestAlgorithm"): fixity.findtext(f"{_NS}messageDigest") or ""
        for fixity in characteristics.iterfind(f"{_NS}fixity")
    }
    written = _required(characteristics.find(f"{_NS}format"), "format")
    key = etree.tostring(written, with_tail=False)
    if key not in formats:
        if len(formats) >= _MAX_SHARED:
            formats.clear()
        formats[key] = format_of(written)
    name = element.find(f"{_NS}originalName")
    date = element.findtext(_DATE)
    aip, _, path = identifier.partition("#")
    if not aip or not path:
        raise ValueError("the object's name is not that of a file")
    return FileObject(
        logical_path=path_of(path),
        size=_size(characteristics.findtext(f"{_NS}size")),
        sha512=_digest(digests.get(SHA512), 64),
        sha256=_digest(digests.get(SHA256), 32),
        original_path=None if name is None else _name(name),
        modified=None if date is None else nanoseconds(date),
        format=formats[key],
        source=_source(element),
    )


def _source(element: etree._Element) -> str | None:
    for relationship in element.iterfind(f"{_NS}relationship"):
        if relationship.findtext(f"{_NS}relationshipType") == DERIVATION:
            _, _, path = (relationship.findtext(_RELATED) or "").partition("#")
            if not path:
                raise ValueError("the source's name is not that of a file")
            return path_of(path)
    return None


def _required(element: etree._Element | None, name: str) -> etree._Element:
    if element is None:
        raise ValueError(f"no {name}")
    return element


def _size(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 19:
        raise ValueError("no size")
    return int(text)


def _digest(text: str | None, length: int) -> bytes:
    digest = bytes.fromhex(text or "")
    if len(digest) != length:
        raise ValueError("no digest of the right length")
    return digest


def _name(element: etree._Element) -> str:
    link = element.get("simpleLink")
    return (element.text or "") if link is None else path_of(link)
