"""A DROID release in the form that FIDO works with: one element for each format, its signatures as regular expressions.

FIDO 1.6 itself can prepare signatures only from PRONOM's single reports, which no release of DROID contains.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from preservation.domain.registered_formats import RegisteredFormat
from preservation.standards.droid_patterns import UnknownPattern, pattern_of
from preservation.standards.droid_signatures import DroidRelease, Signature, read_droid

_CONTAINERS: Final = {"x-fmt/263": "zip", "x-fmt/265": "tar"}
"""What FIDO looks into; it knows OLE2 (fmt/111) by itself."""


def read_release(path: Path) -> DroidRelease:
    """OSError or MalformedXML (a ValueError) if the file cannot be read."""
    with path.open("rb") as stream:
        return read_droid(stream)


def format_elements(release: DroidRelease) -> Iterator[ET.Element]:
    """An element for each format. A signature that has no counterpart is left out; its format is still known by extension."""
    for one in release.formats:
        yield _element(one, release.signatures.get(one.puid, ()))


def _element(one: RegisteredFormat, signatures: Sequence[Signature]) -> ET.Element:
    element = ET.Element("format")
    _child(element, "puid", one.puid)
    _child(element, "mime", ", ".join(one.mimes))
    _child(element, "name", one.name)
    _child(element, "version", one.version)
    if one.puid in _CONTAINERS:
        _child(element, "container", _CONTAINERS[one.puid])
    for puid in one.priority_over:
        _child(element, "has_priority_over", puid)
    for extension in one.extensions:
        _child(element, "extension", extension)
    for signature in signatures:
        try:
            patterns = [pattern_of(sequence) for sequence in signature]
        except UnknownPattern:
            continue
        holder = ET.SubElement(element, "signature")
        for position, regex in patterns:
            pattern = ET.SubElement(holder, "pattern")
            _child(pattern, "position", position)
            _child(pattern, "regex", regex)
    return element


def _child(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text
