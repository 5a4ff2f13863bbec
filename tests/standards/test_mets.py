import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from preservation.domain.findings import Finding
from preservation.domain.holdings import StoredFile
from preservation.standards.mets.model import (
    CSIP,
    NAMESPACE,
    XLINK,
    Contents,
    FileGroup,
    Header,
    MetadataReference,
    Pointer,
    Reference,
)
from preservation.standards.mets.reader import read_header, read_references
from preservation.standards.mets.writer import media_type, write_mets
from tests.standards.xml_files import AIP, PDF, TEXT, TIME, stored, stored_files
from tests.standards.xml_schemas import csip_schema, mets_schema, parsed

NS = {"m": NAMESPACE, "csip": CSIP, "xlink": XLINK}
HEADER = Header(
    identifier=AIP,
    label='Hồ sơ "1" <&>\n\t\x01',
    created=TIME,
    modified=TIME,
    revised=False,
    software="preservation",
    software_version="0.1.0",
    alternatives={"COLLECTION": "c", "TRANSFER": "t\x02"},
)
CONTENTS = Contents(
    base="representations/rep1/",
    prefix="r1",
    descriptive=[
        MetadataReference(stored("representations/rep1/metadata/descriptive/dc.xml"), "DC"),
        MetadataReference(stored("representations/rep1/metadata/descriptive/a.csv"), 'our "kind"'),
    ],
    provenance=[
        MetadataReference(stored("representations/rep1/metadata/preservation/premis-00001.xml", format=None), "PREMIS")
    ],
    groups=[
        FileGroup(
            "Data", [stored("representations/rep1/data/a b.pdf"), stored("representations/rep1/data/c:d", size=7)]
        ),
        FileGroup("Documentation", [stored("representations/rep1/documentation/readme.txt", modified=None)]),
    ],
    pointers=[Pointer("Data/METS-00001", stored("representations/rep1/METS-00001.xml", format=None, modified=None))],
)


def document(header: Header = HEADER, contents: Contents = CONTENTS) -> bytes:
    return b"".join(write_mets(header, contents))


def found(path: str, written: bytes) -> Sequence[str]:
    result = parsed(written).xpath(path, namespaces=NS)
    assert isinstance(result, list)
    return [str(item) for item in result]


def test_the_header_carries_what_csip_demands() -> None:
    root = parsed(document())

    assert root.get("OBJID") == AIP
    assert root.get("TYPE") == "Mixed"
    assert root.get("PROFILE") == "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
    assert root.get(f"{{{CSIP}}}CONTENTINFORMATIONTYPE") == "MIXED"
    assert found("//m:metsHdr/@csip:OAISPACKAGETYPE", document()) == ["AIP"]
    assert found("//m:metsHdr/@CREATEDATE", document()) == ["2026-03-01T08:30:00.123456Z"]
    assert found("//m:metsHdr/@RECORDSTATUS", document()) == ["NEW"]
    agent = "//m:metsHdr/m:agent[@ROLE='CREATOR'][@TYPE='OTHER'][@OTHERTYPE='SOFTWARE']"
    assert found(f"{agent}/m:name/text()", document()) == ["preservation"]
    assert found(f"{agent}/m:note[@csip:NOTETYPE='SOFTWARE VERSION']/text()", document()) == ["0.1.0"]


def test_a_later_version_says_when_it_was_made() -> None:
    written = document(replace(HEADER, modified=TIME + timedelta(days=1), revised=True))

    assert found("//m:metsHdr/@LASTMODDATE", written) == ["2026-03-02T08:30:00.123456Z"]
    assert found("//m:metsHdr/@RECORDSTATUS", written) == ["REPLACEMENT"]


@given(TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=3), st.datetimes(timezones=st.just(UTC)), st.booleans())
def test_a_header_comes_back(
    label: str, software: str, alternatives: dict[str, str], modified: datetime, revised: bool
) -> None:
    header = replace(
        HEADER, label=label, software=software, alternatives=alternatives, modified=modified, revised=revised
    )

    assert read_header(io.BytesIO(document(header))) == header


def test_every_reference_comes_back_relative_to_the_document() -> None:
    references = list(read_references(io.BytesIO(document())))

    assert references == [
        Reference(path, size, "SHA-256", "00" * 32)
        for path, size in [
            ("metadata/descriptive/dc.xml", 5),
            ("metadata/descriptive/a.csv", 5),
            ("metadata/preservation/premis-00001.xml", 5),
            ("data/a b.pdf", 5),
            ("data/c:d", 7),
            ("documentation/readme.txt", 5),
            ("METS-00001.xml", 5),
        ]
    ]


def test_metadata_of_a_kind_that_mets_does_not_list_is_other() -> None:
    assert found("//m:dmdSec/m:mdRef/@MDTYPE", document()) == ["DC", "OTHER"]
    assert found("//m:dmdSec/m:mdRef/@OTHERMDTYPE", document()) == ['our "kind"']
    assert found("//m:digiprovMD/m:mdRef/@MIMETYPE", document()) == ["application/xml"]


def test_the_structural_map_points_at_groups_metadata_and_documents() -> None:
    written = document()

    main = "/m:mets/m:structMap[@TYPE='PHYSICAL'][@LABEL='CSIP']/m:div"
    assert found(f"{main}/m:div/@LABEL", written) == ["Metadata", "Data", "Documentation", "Data/METS-00001"]
    assert found(f"{main}/m:div[@LABEL='Metadata']/@DMDID", written) == ["r1-d1 r1-d2"]
    assert found(f"{main}/m:div/m:fptr/@FILEID", written) == found("//m:fileGrp/@ID", written)[:2]
    assert found(f"{main}/m:div/m:mptr/@xlink:href", written) == ["METS-00001.xml"]
    assert found(f"{main}/m:div/m:mptr/@xlink:title", written) == found("//m:fileGrp/@ID", written)[2:]


def test_a_file_without_a_time_carries_the_document_s() -> None:
    assert found("//m:fileGrp[@USE='Documentation']/m:file/@CREATED", document()) == ["2026-03-01T08:30:00Z"]
    assert found("//m:fileGrp[@USE='Data']/m:file/@CREATED", document()) == ["2023-11-14T22:13:20Z"] * 2


@pytest.mark.parametrize(
    ("mime", "expected"),
    [
        ("application/pdf", "application/pdf"),
        ("image/jpeg, image/pjpeg", "image/jpeg"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("", "application/octet-stream"),
        ("none", "application/octet-stream"),
        ('"><x', "application/octet-stream"),
    ],
)
def test_a_media_type_is_one_or_unknown(mime: str, expected: str) -> None:
    assert media_type(replace(PDF, mime=mime)) == expected


def test_ids_are_unique() -> None:
    ids = found("//@ID", document())

    assert len(ids) == len(set(ids)) == 18


BAD = {
    "nothing": b"",
    "premis": b'<premis xmlns="http://www.loc.gov/premis/v3"/>',
    "no header": b'<mets xmlns="http://www.loc.gov/METS/"/>',
    "no zone": document().replace(b'123456Z"', b'123456"'),
    "no time": document().replace(b"CREATEDATE", b"CREATEDAT"),
    "wrong escape": document().replace(b"LABEL=", "LABEL='�FF' LABE=".encode(), 1),
    "document type": document().replace(b"\n<mets", b"\n<!DOCTYPE mets [<!ENTITY a 'a'>]><mets", 1),
}


@pytest.mark.parametrize("name", BAD)
def test_a_header_that_cannot_be_had_is_a_finding(name: str) -> None:
    header = read_header(io.BytesIO(BAD[name]))

    assert isinstance(header, Finding)
    assert header.code == "METS-UNREADABLE"


@pytest.mark.parametrize(
    "damage", [(b'SIZE="7"', b'SIZE="-7"'), (b"data/c%3Ad", b"data/c:d"), (b'href="data/c%3Ad"', b'href=""')]
)
def test_a_reference_that_makes_no_sense_is_a_finding_in_its_place(damage: tuple[bytes, bytes]) -> None:
    references = list(read_references(io.BytesIO(document().replace(*damage))))

    assert [type(reference) for reference in references].index(Finding) == 4
    assert len(references) == 7


def test_references_end_with_a_finding_where_the_document_is_cut() -> None:
    *references, last = read_references(io.BytesIO(document()[:-100]))

    assert len(references) == 7
    assert isinstance(last, Finding)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(stored_files("data/"), min_size=1, max_size=4), label=TEXT)
def test_documents_are_valid_by_the_schema(corpora: Path, files: list[StoredFile], label: str) -> None:
    contents = Contents("", "x", [MetadataReference(files[0], label)], groups=[FileGroup("Data", files)])
    header = replace(HEADER, label=label, alternatives={label: label})

    mets_schema(corpora).assertValid(parsed(document(header, contents)).getroottree())


def test_csip_attributes_are_those_of_its_schema(corpora: Path) -> None:
    root = parsed(document())
    mets_schema(corpora).assertValid(root.getroottree())
    declared = {
        f"{{{CSIP}}}{name}"
        for name in (
            "CONTENTINFORMATIONTYPE",
            "OAISPACKAGETYPE",
            "NOTETYPE",
            "OTHERCONTENTINFORMATIONTYPE",
            "OTHERTYPE",
        )
    }
    csip_schema(corpora)

    used = {str(name) for element in root.iter() for name in element.attrib if str(name).startswith(f"{{{CSIP}}}")}

    assert used == {f"{{{CSIP}}}{name}" for name in ("CONTENTINFORMATIONTYPE", "OAISPACKAGETYPE", "NOTETYPE")}
    assert used < declared
    assert etree.QName(root).namespace == NAMESPACE
