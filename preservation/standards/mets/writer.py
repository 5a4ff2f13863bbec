"""METS documents as streams of bytes. Clauses are those of the E-ARK CSIP 2.1 (CSIP1 to CSIP119)."""

import re
from collections.abc import Iterator
from datetime import datetime

from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.standards.mets.model import (
    CSIP,
    MIXED,
    NAMESPACE,
    PROFILE,
    XLINK,
    Contents,
    FileGroup,
    Header,
    MetadataReference,
    Pointer,
)
from preservation.standards.xml_text import attribute_text, element_text, reference, reversible
from preservation.standards.xml_times import schema_text, utc_text

_BATCH = 200
_UNKNOWN_TYPE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")

# METS 1.12, MDTYPE, as far as we meet them; other kinds are MDTYPE="OTHER" with their name in OTHERMDTYPE.
_METADATA_TYPES = frozenset(
    {"MARC", "MODS", "EAD", "DC", "VRA", "TEIHDR", "DDI", "FGDC", "LOM", "PREMIS", "METSRIGHTS"}
)


def write_mets(header: Header, contents: Contents) -> Iterator[bytes]:
    """One METS document. Whatever it lists is named relative to its own folder, `contents.base`."""
    yield _opening(header).encode()
    yield _metadata(contents, header.modified).encode()
    if contents.groups or contents.pointers:
        yield f'<fileSec ID="{contents.prefix}-files">\n'.encode()
        for number, group in enumerate(contents.groups, 1):
            yield from _file_group(contents, group, number, header.modified)
        for number, pointer in enumerate(contents.pointers, 1):
            yield _pointer_group(contents, pointer, number, header.modified).encode()
        yield b"</fileSec>\n"
    yield _structural_map(header, contents).encode()
    yield b"</mets>\n"


def media_type(identification: FormatIdentification | None) -> str:
    """An IANA media type (CSIP68), the first where PRONOM names several; application/octet-stream where none is known."""
    match = None if identification is None else _MEDIA_TYPE.match(identification.mime.strip())
    return _UNKNOWN_TYPE if match is None else match[0]


def _quoted(text: str) -> str:
    return attribute_text(reversible(text))


def _opening(header: Header) -> str:
    status = "REPLACEMENT" if header.revised else "NEW"
    alternatives = "".join(
        f'<altRecordID TYPE="{_quoted(kind)}">{element_text(reversible(value))}</altRecordID>\n'
        for kind, value in header.alternatives.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mets xmlns="{NAMESPACE}" xmlns:xlink="{XLINK}" xmlns:csip="{CSIP}"'
        f' OBJID="{_quoted(header.identifier)}" LABEL="{_quoted(header.label)}" TYPE="Mixed"'
        f' csip:CONTENTINFORMATIONTYPE="{MIXED}" PROFILE="{PROFILE}">\n'
        f'<metsHdr CREATEDATE="{utc_text(header.created)}" LASTMODDATE="{utc_text(header.modified)}" RECORDSTATUS="{status}"'
        ' csip:OAISPACKAGETYPE="AIP">\n'
        '<agent ROLE="CREATOR" TYPE="OTHER" OTHERTYPE="SOFTWARE">'
        f"<name>{element_text(reversible(header.software))}</name>"
        f'<note csip:NOTETYPE="SOFTWARE VERSION">{element_text(reversible(header.software_version))}</note></agent>\n'
        f"{alternatives}</metsHdr>\n"
    )


def _metadata(contents: Contents, written: datetime) -> str:
    described = "".join(
        f'<dmdSec ID="{contents.prefix}-d{number}" CREATED="{_created(metadata.file, written)}" STATUS="CURRENT">'
        f"{_metadata_reference(contents.base, metadata, written)}</dmdSec>\n"
        for number, metadata in enumerate(contents.descriptive, 1)
    )
    provenance = "".join(
        f'<digiprovMD ID="{contents.prefix}-p{number}" STATUS="CURRENT">'
        f"{_metadata_reference(contents.base, metadata, written)}</digiprovMD>\n"
        for number, metadata in enumerate(contents.provenance, 1)
    )
    return f'{described}<amdSec ID="{contents.prefix}-amd">\n{provenance}</amdSec>\n' if provenance else described


def _metadata_reference(base: str, metadata: MetadataReference, written: datetime) -> str:
    kind = metadata.kind
    if kind not in _METADATA_TYPES:
        kind = f'OTHER" OTHERMDTYPE="{_quoted(kind)}'
    version = ' MDTYPEVERSION="3.0"' if kind == "PREMIS" else ""
    known = "application/xml" if kind == "PREMIS" else media_type(metadata.file.format)
    return (
        f'<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="{_href(base, metadata.file)}" MDTYPE="{kind}"{version}'
        f"{_described(metadata.file, known, written)}/>"
    )


def _file_group(contents: Contents, group: FileGroup, number: int, written: datetime) -> Iterator[bytes]:
    types: dict[FormatIdentification | None, str] = {}
    start = len(contents.base)
    default = _seconds(written)
    batch = [f'<fileGrp ID="{contents.prefix}-g{number}" USE="{_quoted(group.use)}">\n']
    for position, file in enumerate(group.files, 1):
        known = types.get(file.format)
        if known is None:
            known = types[file.format] = attribute_text(media_type(file.format))
        created = default if file.modified is None else schema_text(file.modified) or default
        batch.append(
            f'<file ID="{contents.prefix}-g{number}-f{position}" MIMETYPE="{known}" SIZE="{file.size}"'
            f' CREATED="{created}" CHECKSUM="{file.sha256.hex()}" CHECKSUMTYPE="SHA-256">'
            f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{reference(file.logical_path[start:])}"/></file>\n'
        )
        if len(batch) >= _BATCH:
            yield "".join(batch).encode()
            batch.clear()
    batch.append("</fileGrp>\n")
    yield "".join(batch).encode()


def _pointer_group(contents: Contents, pointer: Pointer, number: int, written: datetime) -> str:
    return (
        f'<fileGrp ID="{contents.prefix}-m{number}" USE="{_quoted(pointer.label)}"'
        f' csip:CONTENTINFORMATIONTYPE="{MIXED}">\n<file ID="{contents.prefix}-m{number}-f1"'
        f"{_described(pointer.document, 'application/xml', written)}>"
        f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{_href(contents.base, pointer.document)}"/></file>\n'
        "</fileGrp>\n"
    )


def _structural_map(header: Header, contents: Contents) -> str:
    prefix = contents.prefix
    metadata = ""
    if contents.descriptive:
        ids = " ".join(f"{prefix}-d{number}" for number in range(1, len(contents.descriptive) + 1))
        metadata += f' DMDID="{ids}"'
    if contents.provenance:
        metadata += f' ADMID="{prefix}-amd"'
    divisions = [f'<div ID="{prefix}-s-metadata" LABEL="Metadata"{metadata}/>\n']
    for number, group in enumerate(contents.groups, 1):
        divisions.append(
            f'<div ID="{prefix}-s-g{number}" LABEL="{_quoted(group.use)}"><fptr FILEID="{prefix}-g{number}"/></div>\n'
        )
    for number, pointer in enumerate(contents.pointers, 1):
        divisions.append(
            f'<div ID="{prefix}-s-m{number}" LABEL="{_quoted(pointer.label)}"><mptr LOCTYPE="URL" xlink:type="simple"'
            f' xlink:href="{_href(contents.base, pointer.document)}" xlink:title="{prefix}-m{number}"/></div>\n'
        )
    return (
        f'<structMap ID="{prefix}-s" TYPE="PHYSICAL" LABEL="CSIP">\n'
        f'<div ID="{prefix}-s-root" LABEL="{_quoted(header.identifier)}">\n{"".join(divisions)}</div>\n</structMap>\n'
    )


def _href(base: str, file: StoredFile) -> str:
    return reference(file.logical_path[len(base) :])


def _described(file: StoredFile, known: str, written: datetime) -> str:
    return (
        f' MIMETYPE="{attribute_text(known)}" SIZE="{file.size}" CREATED="{_created(file, written)}"'
        f' CHECKSUM="{file.sha256.hex()}" CHECKSUMTYPE="SHA-256"'
    )


def _created(file: StoredFile, written: datetime) -> str:
    return (None if file.modified is None else schema_text(file.modified)) or _seconds(written)


def _seconds(time: datetime) -> str:
    return utc_text(time.replace(microsecond=0))
