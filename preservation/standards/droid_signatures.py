"""DROID signature files of The National Archives: which formats there are, and by which bytes they are recognised.

Read by FFSignatureFile of the namespace SignatureFile, as DROID 6 writes it: `InternalSignature` with its byte sequences,
`FileFormat` with name, version, PUID, extensions, and the formats that it has priority over, by DROID's own numbers. Container
signature files (`ContainerSignatureMapping`) name PUIDs by what lies within ZIP and OLE2 files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

from lxml import etree

from preservation.domain.registered_formats import RegisteredFormat
from preservation.standards.xml_reading import MalformedXML, elements

MOST_FORMATS: Final = 20_000
MOST_SIGNATURES: Final = 50_000
MOST_PARTS: Final = 500_000
MOST_TEXT: Final = 4096

_NS: Final = "{http://www.nationalarchives.gov.uk/pronom/SignatureFile}"
_ROOT: Final = f"{_NS}FFSignatureFile"
_CONTAINER_ROOT: Final = "ContainerSignatureMapping"


@dataclass(frozen=True, slots=True)
class Fragment:
    """Bytes left or right of a sequence, `least` to `most` bytes away from what lies between. Same `position`: alternatives."""

    position: int
    least: int
    most: int
    bytes: str


@dataclass(frozen=True, slots=True)
class SubSequence:
    """Bytes at `least` to `most` from the anchor (`most` None: anywhere beyond), with what surrounds them."""

    position: int
    least: int
    most: int | None
    bytes: str
    left: tuple[Fragment, ...]
    right: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True)
class ByteSequence:
    """`anchor`: "BOF", "EOF", or "" for anywhere."""

    anchor: str
    parts: tuple[SubSequence, ...]


Signature = tuple[ByteSequence, ...]


@dataclass(frozen=True, slots=True)
class DroidRelease:
    """`version` is PRONOM's ("122"), `created` as the file says it. `signatures` are by PUID: any of them is enough.

    `digests` are of what recognises each PUID, for comparison with another release.
    """

    version: str
    created: str
    formats: Sequence[RegisteredFormat]
    signatures: Mapping[str, Sequence[Signature]]
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContainerRelease:
    """A container signature file: its version, and a digest of what recognises each PUID within containers."""

    version: str
    digests: Mapping[str, str]


def read_droid(stream: BinaryIO) -> DroidRelease:
    """A signature file. MalformedXML for anything else, or one beyond the bounds above."""
    signatures: dict[str, Signature] = {}
    digests: dict[str, bytes] = {}
    raw: list[tuple[str, RegisteredFormat, list[str], list[str]]] = []
    version = created = ""
    parts = 0
    for element in elements(stream, _ROOT, f"{_NS}InternalSignature", f"{_NS}FileFormat"):
        if not version:
            root = element.getroottree().getroot()
            version, created = _text(root, "Version"), _text(root, "DateCreated")
        if element.tag == f"{_NS}InternalSignature":
            found = tuple(_sequence(one) for one in element.iterchildren(f"{_NS}ByteSequence"))
            parts += sum(1 + len(part.left) + len(part.right) for one in found for part in one.parts)
            signatures[_text(element, "ID")] = found
            digests[_text(element, "ID")] = sha256(repr(found).encode()).digest()
        else:
            raw.append(_format(element))
        if len(signatures) > MOST_SIGNATURES or len(raw) > MOST_FORMATS or parts > MOST_PARTS:
            raise MalformedXML("more signatures than a release has")
    if not raw or not version.isdigit():
        raise MalformedXML("no release of PRONOM")
    puids = {number: one.puid for number, one, _, _ in raw}
    formats = [_with_priority(one, [puids[each] for each in below if each in puids]) for _, one, _, below in raw]
    return DroidRelease(
        version=version,
        created=created,
        formats=formats,
        signatures={
            one.puid: [signatures[each] for each in known if each in signatures] for _, one, known, _ in raw if known
        },
        digests={
            one.puid: _digest([digests[each] for each in known if each in digests]) for _, one, known, _ in raw if known
        },
    )


def read_containers(stream: BinaryIO) -> ContainerRelease:
    """A container signature file. MalformedXML for anything else."""
    version = ""
    digests: dict[str, bytes] = {}
    by_puid: dict[str, list[bytes]] = {}
    for element in elements(stream, _CONTAINER_ROOT, "ContainerSignature", "FileFormatMapping"):
        if not version:
            version = _text(element.getroottree().getroot(), "signatureVersion")
        if element.tag == "ContainerSignature":
            # Without comments, and with the white space of one line, so that layout is no change.
            text = " ".join(etree.tostring(element, encoding="unicode", with_tail=False).split())
            digests[_text(element, "Id")] = sha256(text.encode()).digest()
        elif _text(element, "signatureId") in digests:
            by_puid.setdefault(_text(element, "Puid"), []).append(digests[_text(element, "signatureId")])
        if len(digests) > MOST_SIGNATURES:
            raise MalformedXML("more signatures than a release has")
    if not by_puid:
        raise MalformedXML("no container signatures")
    return ContainerRelease(version, {puid: _digest(found) for puid, found in by_puid.items()})


def _sequence(element: etree._Element) -> ByteSequence:
    anchor = {"BOFoffset": "BOF", "EOFoffset": "EOF"}.get(_text(element, "Reference"), "")
    found = [_part(one) for one in element.iterchildren(f"{_NS}SubSequence")]
    return ByteSequence(anchor, tuple(sorted(found, key=lambda one: one.position)))


def _part(element: etree._Element) -> SubSequence:
    most = _text(element, "SubSeqMaxOffset")
    return SubSequence(
        position=_number(_text(element, "Position") or "1"),
        least=_number(_text(element, "SubSeqMinOffset") or "0"),
        most=_number(most) if most else None,
        bytes=(element.findtext(f"{_NS}Sequence") or "").strip(),
        left=tuple(_fragment(one) for one in element.iterchildren(f"{_NS}LeftFragment")),
        right=tuple(_fragment(one) for one in element.iterchildren(f"{_NS}RightFragment")),
    )


def _fragment(element: etree._Element) -> Fragment:
    return Fragment(
        position=_number(_text(element, "Position")),
        least=_number(_text(element, "MinOffset") or "0"),
        most=_number(_text(element, "MaxOffset") or _text(element, "MinOffset") or "0"),
        bytes=(element.text or "").strip(),
    )


def _format(element: etree._Element) -> tuple[str, RegisteredFormat, list[str], list[str]]:
    """DROID's number, the format, its signatures, and what it has priority over, both by DROID's numbers."""
    children: dict[str, list[str]] = {"Extension": [], "InternalSignatureID": [], "HasPriorityOverFileFormatID": []}
    for child in element.iterchildren():
        name = etree.QName(child).localname
        if name in children and child.text:
            children[name].append(child.text.strip()[:MOST_TEXT])
    puid = _text(element, "PUID")
    scheme, _, number = puid.partition("/")
    if scheme not in ("fmt", "x-fmt") or not number.isdigit():
        raise MalformedXML(f"not a PUID: {puid[:40]!r}")
    found = RegisteredFormat(
        puid=puid,
        name=_text(element, "Name"),
        version=_text(element, "Version"),
        mimes=tuple(one for part in _text(element, "MIMEType").split(",") if (one := part.strip())),
        extensions=tuple(dict.fromkeys(one.lower() for one in children["Extension"])),
    )
    return _text(element, "ID"), found, children["InternalSignatureID"], children["HasPriorityOverFileFormatID"]


def _with_priority(one: RegisteredFormat, below: Sequence[str]) -> RegisteredFormat:
    return RegisteredFormat(
        puid=one.puid,
        name=one.name,
        version=one.version,
        mimes=one.mimes,
        extensions=one.extensions,
        priority_over=tuple(below),
    )


def _digest(parts: Sequence[bytes]) -> str:
    return sha256(b"".join(sorted(parts))).hexdigest()


def _text(element: etree._Element, name: str) -> str:
    return str(element.get(name) or "").strip()[:MOST_TEXT]


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > 9:
        raise MalformedXML(f"not a number: {text[:40]!r}")
    return int(text)
