"""PRONOM's reports, one XML document for each format, as the FIDO package brings them in a ZIP file.

They are older than what the engines know of signatures, and the only installed data in which formats have relations.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lxml import etree

from preservation.adapters.format_registry.shipped import fido_configuration
from preservation.domain.registered_formats import RegisteredFormat

_NS: Final = "{http://pronom.nationalarchives.gov.uk}"
_FILE: Final = re.compile(r"pronom-xml-v([0-9]{1,5})\.zip\Z")
_MEMBER: Final = re.compile(r"puid\.(?:x-)?fmt\.[0-9]{1,6}\.xml\Z")
_MOST_BYTES: Final = 4 << 20
_MOST_NOTE: Final = 1000
_PUID: Final = re.compile(r"(?:x-)?fmt/[1-9][0-9]{0,5}\Z")

_LATER: Final = "Is previous version of"
_EARLIER: Final = "Is subsequent version of"
_ABOVE: Final = "Is subtype of"
_PRIORITY: Final = "Has priority over"


@dataclass(frozen=True, slots=True)
class Reports:
    """`version` is that of the PRONOM release ("109"), "" where there are no reports."""

    version: str
    formats: Mapping[str, RegisteredFormat]


def read_reports(folder: Path | None = None) -> Reports:
    """The reports in FIDO's configuration folder, or in another one. Empty where there are none, or none that can be read."""
    where = folder if folder is not None else fido_configuration()
    if where is None:
        return Reports("", {})
    found = sorted((int(name.group(1)), path) for path in where.glob("*.zip") if (name := _FILE.search(path.name)))
    if not found:
        return Reports("", {})
    version, path = found[-1]
    raw: dict[str, tuple[RegisteredFormat, Sequence[tuple[str, str]]]] = {}
    numbers: dict[str, str] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if _MEMBER.match(member.filename) and member.file_size <= _MOST_BYTES:
                    number, one, relations = _report(archive.read(member))
                    if _PUID.match(one.puid):
                        raw[one.puid] = one, relations
                        numbers[number] = one.puid
    except (OSError, zipfile.BadZipFile, etree.XMLSyntaxError):
        return Reports("", {})
    return Reports(str(version), {puid: _related(one, relations, numbers) for puid, (one, relations) in raw.items()})


def _report(data: bytes) -> tuple[str, RegisteredFormat, Sequence[tuple[str, str]]]:
    """PRONOM's number of the format, the format, and its relations by those numbers."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    described = etree.fromstring(data, parser).find(f".//{_NS}FileFormat")
    if described is None:
        return "", RegisteredFormat("", ""), ()
    identifiers: dict[str, list[str]] = {"MIME": [], "PUID": []}
    for one in described.iterchildren(f"{_NS}FileFormatIdentifier"):
        identifiers.setdefault(_text(one, "IdentifierType"), []).append(_text(one, "Identifier"))
    extensions = [
        _text(one, "Signature").lower()
        for one in described.iterchildren(f"{_NS}ExternalSignature")
        if _text(one, "SignatureType") == "File extension"
    ]
    found = RegisteredFormat(
        puid=next(iter(identifiers["PUID"]), ""),
        name=_text(described, "FormatName"),
        version=_text(described, "FormatVersion"),
        mimes=tuple(dict.fromkeys(identifiers["MIME"])),
        extensions=tuple(dict.fromkeys(extensions)),
        types=_text(described, "FormatTypes"),
        note=_text(described, "FormatRisk")[:_MOST_NOTE],
    )
    relations = [
        (_text(one, "RelationshipType"), _text(one, "RelatedFormatID"))
        for one in described.iterchildren(f"{_NS}RelatedFormat")
    ]
    return _text(described, "FormatID"), found, relations


def _related(
    one: RegisteredFormat, relations: Sequence[tuple[str, str]], numbers: Mapping[str, str]
) -> RegisteredFormat:
    def of(kind: str) -> tuple[str, ...]:
        return tuple(numbers[number] for relation, number in relations if relation == kind and number in numbers)

    return replace(
        one,
        superseded_by=of(_LATER),
        supersedes=of(_EARLIER),
        supertypes=of(_ABOVE),
        priority_over=of(_PRIORITY),
    )


def _text(element: etree._Element, name: str) -> str:
    return " ".join((element.findtext(f"{_NS}{name}") or "").split())
