"""Dublin Core as it comes with transfers; bad metadata is a warning and never more."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.domain.finding_log import FindingLog
from preservation.standards.dublin_core import MAX_DOCUMENT_BYTES, MAX_VALUES, collect, from_bag_info, from_document

DC = "http://purl.org/dc/elements/1.1/"


def read(path: str, data: bytes) -> dict[str, tuple[str, ...]]:
    notes = FindingLog()
    found = dict(collect(from_document(path, data, notes)))
    assert notes.findings() == ()
    return found


def test_archivematica_csv_puts_the_whole_transfer_first() -> None:
    data = 'filename,dc.title,dcterms.created,other,type\nobjects/a.tif,Trang 1,,x,y\nobjects,"Hồ sơ, tập 1",1975,x,y\n'

    assert read("metadata/metadata.csv", b"\xef\xbb\xbf" + data.encode()) == {
        "title": ("Hồ sơ, tập 1", "Trang 1"),
        "date": ("1975",),
    }


def test_json_as_records_with_lists() -> None:
    data = json.dumps(
        [{"filename": "objects", "dc.title": ["Một", "Hai"], "dc.date": 1975, "title": "x", "dc.x": None}]
    )

    assert read("metadata/metadata.json", data.encode()) == {"title": ("Một", "Hai"), "date": ("1975",)}


def test_bare_labels_count_where_the_document_is_named_for_dublin_core() -> None:
    assert read("metadata/dc.json", b'{"title": "A"}') == {"title": ("A",)}
    assert read("metadata/dublincore.csv", b"title\nA\n") == {"title": ("A",)}
    assert read("metadata/agents.json", b'{"title": "A"}') == {}


@pytest.mark.parametrize(
    "text",
    [
        f'<dc xmlns="{DC}"><title>Hồ sơ</title></dc>',
        f'<o:dc xmlns:o="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="{DC}"><dc:title>Hồ sơ</dc:title></o:dc>',
        f'<any><deep xmlns:d="{DC}"><d:title> Hồ\n sơ </d:title></deep></any>',
        "<simpledc><title>Hồ sơ</title><maintenance>01</maintenance></simpledc>",
        '<r xmlns:t="http://purl.org/dc/terms/"><t:alternative>Hồ sơ</t:alternative></r>',
    ],
)
def test_xml_in_its_usual_shapes(text: str) -> None:
    assert read("metadata/x.xml", text.encode()) == {"title": ("Hồ sơ",)}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.xml", b"<open>"),
        ("a.xml", b""),
        (
            "a.xml",
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><dc xmlns="'
            + DC.encode()
            + b'"><title>&e;</title></dc>',
        ),
        (
            "a.xml",
            (
                b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
                b"<dc><title>&c;</title></dc>"
            ),
        ),
        ("a.xml", b'<!DOCTYPE dc SYSTEM "http://127.0.0.1:9/x.dtd"><dc><title>x</title></dc>'),
        ("a.json", b"{"),
        ("a.json", b"[" * 100_000),
        ("a.json", b"\xff"),
        ("a.json", b"9" * 10_000),
        ("a.csv", b"\xff\xfe"),
        ("a.csv", b'dc.title\n"open'),
        ("a.csv", b"dc.title\n" + b"x" * 200_000),
    ],
)
def test_what_cannot_be_read_is_a_warning_and_gives_nothing(path: str, data: bytes) -> None:
    notes = FindingLog()

    assert not from_document(path, data, notes)
    assert [finding.code for finding in notes.findings()] == ["META-UNREADABLE"]
    assert not notes.has_errors


def test_a_document_beyond_the_limit_is_not_parsed() -> None:
    notes = FindingLog()

    assert not from_document("a.xml", b"<dc>" + b" " * MAX_DOCUMENT_BYTES, notes)
    assert [finding.code for finding in notes.findings()] == ["META-TOO-LARGE"]


def test_values_are_bounded_in_number_and_not_repeated() -> None:
    data = "filename,dc.title\n" + "".join(f"objects,{number}\nobjects,same\n" for number in range(2 * MAX_VALUES))

    found = read("m.csv", data.encode())

    assert len(found["title"]) == MAX_VALUES
    assert found["title"].count("same") == 1


def test_bag_info_speaks_of_the_content_and_not_of_people() -> None:
    pairs = [
        ("External-Description", "Ảnh"),
        ("external-identifier", "H49.64"),
        ("Contact-Email", "a@b"),
        ("DC-Title", "Tên"),
        ("Bagging-Date", "2026-01-01"),
    ]

    assert collect(from_bag_info(pairs)) == {
        "description": ("Ảnh",),
        "identifier": ("H49.64",),
        "title": ("Tên",),
    }


@settings(deadline=None)
@given(st.sampled_from(["a.xml", "a.json", "a.csv", "dc.csv", "a"]), st.binary())
def test_no_bytes_make_it_fail(path: str, data: bytes) -> None:
    notes = FindingLog()

    collect(from_document(path, data, notes))

    assert not notes.has_errors
