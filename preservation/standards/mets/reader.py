"""What we need of a METS document of ours: its header, and the files it names."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from preservation.domain.findings import Finding, Severity
from preservation.standards import xml_reading
from preservation.standards.mets.model import NAMESPACE, XLINK, Header, Reference
from preservation.standards.xml_text import path_of, reverse
from preservation.standards.xml_times import utc_time

_NS = f"{{{NAMESPACE}}}"
_HREF = f"{{{XLINK}}}href"

# xs:long has no more.
_SIZE_DIGITS = 19


def read_header(stream: BinaryIO) -> Header | Finding:
    """The header, from the beginning of the document alone; METS-UNREADABLE where it cannot be had."""
    try:
        for element in xml_reading.elements(stream, f"{_NS}mets", f"{_NS}metsHdr"):
            return _header(element)
    except ValueError as error:
        return _unreadable(str(error))
    return _unreadable("no metsHdr")


def read_references(stream: BinaryIO) -> Iterator[Reference | Finding]:
    """Every file that the document names, in its order: metadata (mdRef), other METS documents, content (file).

    A reference that cannot be understood is a finding METS-REFERENCE-INVALID in its place; bytes that are not a METS
    document end the stream with METS-UNREADABLE.
    """
    try:
        for element in xml_reading.elements(stream, f"{_NS}mets", f"{_NS}mdRef", f"{_NS}file"):
            yield _reference(element)
    except xml_reading.MalformedXML as error:
        yield _unreadable(str(error))


def _unreadable(reason: str) -> Finding:
    return Finding("METS-UNREADABLE", Severity.ERROR, values={"reason": reason})


def _header(element: etree._Element) -> Header:
    root = element.getparent()
    if root is None:
        raise ValueError("no root element")
    agent = f"{_NS}agent[@OTHERTYPE='SOFTWARE']/{_NS}"
    return Header(
        identifier=reverse(root.get("OBJID", "")),
        label=reverse(root.get("LABEL", "")),
        created=utc_time(element.get("CREATEDATE", "")),
        modified=utc_time(element.get("LASTMODDATE", "")),
        revised=element.get("RECORDSTATUS") != "NEW",
        software=reverse(element.findtext(f"{agent}name") or ""),
        software_version=reverse(element.findtext(f"{agent}note") or ""),
        alternatives={
            reverse(other.get("TYPE", "")): reverse(other.text or "") for other in element.iterfind(f"{_NS}altRecordID")
        },
    )


def _reference(element: etree._Element) -> Reference | Finding:
    locator = element.find(f"{_NS}FLocat") if element.tag == f"{_NS}file" else element
    href = "" if locator is None else locator.get(_HREF, "")
    size = element.get("SIZE", "")
    if not href or not size.isascii() or not size.isdigit() or len(size) > _SIZE_DIGITS:
        return _invalid(href, "no address or no size")
    try:
        path = path_of(href)
    except ValueError as error:
        return _invalid(href, str(error))
    digest = element.get("CHECKSUM", "").lower()
    return Reference(path=path, size=int(size), algorithm=element.get("CHECKSUMTYPE", ""), digest=digest)


def _invalid(href: str, reason: str) -> Finding:
    return Finding("METS-REFERENCE-INVALID", Severity.ERROR, values={"reference": href[:200], "reason": reason})
