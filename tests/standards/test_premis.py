import io
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.findings import Finding
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.standards.premis.files import read_file_objects, write_file_objects
from preservation.standards.premis.model import NAMESPACE, Agent, FileObject, Package, Representation
from preservation.standards.premis.package import read_package, write_package
from tests.standards.xml_files import AIP, COLLECTION, PDF, TEXT, TIME, TRANSFER, stored, stored_files
from tests.standards.xml_schemas import parsed, premis_schema

REP1 = "representations/rep1"
SOFTWARE = Agent("preservation", "preservation", version="0.1.0", note="the repository")
EVENT = Event(
    id="urn:uuid:01890000-0000-7000-8000-00000000000a",
    type=EventType.VALIDATION,
    time=TIME,
    outcome=EventOutcome.SUCCESS,
    agents=(LinkedAgent("preservation"), LinkedAgent("someone", role="authorizer")),
    objects=(
        LinkedObject(AIP, "aip", role="outcome"),
        LinkedObject(TRANSFER, "transfer"),
        LinkedObject("rep1", "representation"),
        LinkedObject("representations/rep1/data/bài\n1.txt", "file"),
        LinkedObject("urn:uuid:01890000-0000-7000-8000-00000000000b", "file"),
    ),
    detail={"files": 3, "codes": ["BAG-X"], "ok": True, "of": None},
    private={"name": "never in an AIP"},
    policy="intake@3",
)
PACKAGE = Package(
    aip=AIP,
    collection=COLLECTION,
    collection_code="H49.64 <Bộ & ban>",
    transfer=TRANSFER,
    representations=(Representation("rep1", 3, 60_000), Representation("rep 2", 0, 0)),
    events=(EVENT,),
    agents=(SOFTWARE, Agent("someone", "Nguyễn Văn A", type="person")),
)


def written(*files: StoredFile) -> bytes:
    return b"".join(write_file_objects(AIP, REP1, files))


def read(document: bytes) -> list[FileObject | Finding]:
    return list(read_file_objects(io.BytesIO(document)))


def described(file: StoredFile) -> FileObject:
    return FileObject(
        **{name: value for name, value in asdict(file).items() if name not in {"content_path", "format"}},
        format=file.format,
    )


def codes(items: list[FileObject | Finding]) -> list[str]:
    return [item.code for item in items if isinstance(item, Finding)]


@given(st.lists(stored_files(f"{REP1}/data/"), min_size=1, max_size=5))
def test_files_come_back_exactly_as_they_were_stored(files: list[StoredFile]) -> None:
    assert read(written(*files)) == [described(file) for file in files]


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "a\r\nb",
        "\x01",
        "�",
        "�0A",
        "�EF�BF�BD",
        "\ufffe",
        " ",
        "  a  ",
        "nul\x00",
        "a&<b>",
        "e\u0301",
        "\u00e9",
        "x" * 4096,
        "a\ud800b",
    ],
)
def test_a_difficult_name_comes_back(name: str) -> None:
    file = stored(f"{REP1}/data/{name}", original_path=name)

    assert read(written(file)) == [described(file)]


def test_the_name_of_a_file_is_its_aip_and_its_percent_encoded_logical_path() -> None:
    root = parsed(written(stored(f"{REP1}/data/bài 1.pdf")))

    assert root.findtext(f".//{{{NAMESPACE}}}objectIdentifierValue") == f"{AIP}#{REP1}/data/b%C3%A0i%201.pdf"


def test_a_newline_in_an_original_name_is_shown_and_its_exact_name_linked() -> None:
    root = parsed(written(stored(f"{REP1}/data/x", original_path="a\nb")))

    name = root.find(f".//{{{NAMESPACE}}}originalName")

    assert name is not None
    assert (name.text, name.get("simpleLink")) == ("a�0Ab", "a%0Ab")


def test_a_file_that_was_never_identified_is_not_one_that_no_engine_knows() -> None:
    unknown = FormatIdentification(None, "", "", "", Basis.NONE, "siegfried", "1.11", "PRONOM v120")
    files = stored("a", format=None), stored("b", format=unknown)

    assert [item.format for item in read(written(*files)) if isinstance(item, FileObject)] == [None, unknown]


def test_equal_formats_are_one_value_after_reading() -> None:
    items = read(written(stored("a"), stored("b")))

    formats = [item.format for item in items if isinstance(item, FileObject)]
    assert formats == [PDF, PDF]
    assert formats[0] is formats[1]


def test_the_same_files_give_the_same_bytes() -> None:
    files = [stored(f"{REP1}/data/{number}") for number in range(450)]

    assert written(*files) == written(*files)
    assert all(len(chunk) < 1 << 20 for chunk in write_file_objects(AIP, REP1, files))


def test_a_document_over_ten_megabytes_is_read() -> None:
    files = [stored(f"{REP1}/data/{'n' * 200}{number:05d}") for number in range(9000)]
    document = written(*files)

    assert len(document) > 10 << 20
    assert len(read(document)) == 9000


def test_an_event_and_an_agent_come_back_without_what_is_private() -> None:
    package = read_package(io.BytesIO(b"".join(write_package(PACKAGE))))

    assert isinstance(package, Package)
    assert package.events[0].private == {}
    assert package == Package(
        **{
            **{name: getattr(PACKAGE, name) for name in PACKAGE.__slots__},
            "events": (Event(**{**{name: getattr(EVENT, name) for name in EVENT.__slots__}, "private": {}}),),
        }
    )
    assert b"never in an AIP" not in b"".join(write_package(PACKAGE))


@given(TEXT, TEXT, st.none() | TEXT)
def test_any_text_of_a_package_comes_back(code: str, agent: str, policy: str | None) -> None:
    event = Event("e", EventType.INGESTION, TIME, EventOutcome.SUCCESS, detail={"code": code}, policy=policy)
    package = Package(AIP, COLLECTION, code, None, (), (event,), (Agent("a", agent, note=agent),))

    assert read_package(io.BytesIO(b"".join(write_package(package)))) == package


ENTITY = b'<!DOCTYPE premis [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
BAD = {
    "nothing": b"",
    "text": b"hello",
    "cut": written(stored("a"), stored("b"))[:-200],
    "another root": b"<mets/>",
    "our root inside another": b'<x><premis xmlns="http://www.loc.gov/premis/v3"></premis></x>',
    "document type": written(stored("a")).replace(b"\n<premis", b"\n" + ENTITY + b"<premis", 1),
    "external entity": written(stored("a")).replace(
        b"\n<premis", b'\n<!DOCTYPE premis SYSTEM "file:///etc/passwd"><premis', 1
    ),
    "an object without end": written(stored("a"))[:1000] + b"<format>" * 20 + b"x" * (3 << 20),
}


@pytest.mark.parametrize("name", BAD)
def test_bytes_that_are_no_premis_are_a_finding(name: str) -> None:
    assert codes(read(BAD[name]))[-1] == "PREMIS-UNREADABLE"
    assert isinstance(read_package(io.BytesIO(BAD[name])), Finding)


@pytest.mark.parametrize("damage", [b"", b"\0\0\0\0", b"<a><b></a>", b"&undefined;", b"\xff"])
def test_what_stands_before_the_damage_is_still_read(damage: bytes) -> None:
    document = written(stored("a"), stored("b"))
    cut = document.rindex(b"<object ") + 100

    items = read(document[:cut] + damage + (document[cut:] if damage else b""))

    assert items[0] == described(stored("a"))
    assert codes(items) == ["PREMIS-UNREADABLE"]
    assert len(items) == 2


DAMAGED_EVENT = {
    "no JSON": (b'{"codes"', b"{codes"),
    "nested": (b'{"codes"', b'{"codes":' + b"[" * 200_000 + b',"'),
    "a list": (b'{"codes":["BAG-X"],"files":3,"of":null,"ok":true}', b"[]"),
    "an unknown type": (b">validation<", b">conjuring<"),
    "an unknown outcome": (b">success<", b">perhaps<"),
    "no time": (b"2026-03-01", b"2026-03-51"),
    "a time before all times": (b"2026-03-01T08:30:00.123456Z", b"0001-01-01T00:00:00+14:00"),
    "a number of files": (b"PropertiesValue>3<", b"PropertiesValue>three<"),
    "no entity": (b"intellectualEntity", b"representation"),
}


@pytest.mark.parametrize("name", DAMAGED_EVENT)
def test_a_damaged_package_is_a_finding(name: str) -> None:
    document = b"".join(write_package(PACKAGE))
    damaged = document.replace(*DAMAGED_EVENT[name])

    finding = read_package(io.BytesIO(damaged))

    assert damaged != document
    assert isinstance(finding, Finding)
    assert finding.code == "PREMIS-UNREADABLE"


DAMAGE = {
    "no digest": (b"SHA-512", b"SHA-384"),
    "short digest": (b"<messageDigest>00", b"<messageDigest>"),
    "digest that is no hex": (b"<messageDigest>00", b"<messageDigest>zz"),
    "negative size": (b"<size>5", b"<size>-5"),
    "no size": (b"<size>5</size>", b""),
    "name of another thing": (b"#representations", b"representations"),
    "name that is not encoded": (b"rep1/data/a", b"rep1/data/a b"),
    "time": (b"2023-11-14", b"2023-13-14"),
    "basis": (b"basis: byte", b"basis: guess"),
    "escape": (b"siegfried", "sieg�FFfried".encode()),
    "no characteristics": (b"objectCharacteristics", b"objectQualities"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_object_is_a_finding_between_good_ones(name: str) -> None:
    good = stored(f"{REP1}/data/b")
    one, other = written(stored(f"{REP1}/data/a")), written(good)
    body = slice(one.index(b"<object"), one.index(b"</premis>"))
    document = one[: body.stop].replace(*DAMAGE[name]) + other[other.index(b"<object") :]

    items = read(document)

    assert codes(items) == ["PREMIS-OBJECT-INVALID"]
    assert items[1] == described(good)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(stored_files(f"{REP1}/data/"), min_size=1, max_size=4))
def test_file_objects_are_valid_by_the_schema(corpora: Path, files: list[StoredFile]) -> None:
    schema = premis_schema(corpora)

    schema.assertValid(parsed(written(*files)).getroottree())


def test_a_package_is_valid_by_the_schema(corpora: Path) -> None:
    premis_schema(corpora).assertValid(parsed(b"".join(write_package(PACKAGE))).getroottree())


def test_reading_takes_one_object_at_a_time() -> None:
    served: list[int] = []

    class Served(io.RawIOBase):
        def __init__(self) -> None:
            super().__init__()
            self._pieces: Iterator[bytes] = write_file_objects(AIP, REP1, (stored(f"a{n}") for n in range(2000)))

        def read(self, size: int = -1) -> bytes:
            piece = next(self._pieces, b"")
            served.append(len(piece))
            return piece

    items = read_file_objects(Served())  # type: ignore[arg-type]

    next(items)
    assert len(served) == 1
