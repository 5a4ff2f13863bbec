import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from posixpath import dirname, join

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.findings import Finding
from preservation.domain.holdings import StoredFile
from preservation.errors import WrongUse
from preservation.standards.aip_description import AIPDescription, read_aip
from preservation.standards.aip_documents import AIPFacts, write_documents
from preservation.standards.aip_layout import is_document
from preservation.standards.mets.model import Reference
from preservation.standards.mets.reader import read_references
from preservation.standards.premis.model import Agent, FileObject
from tests.standards.xml_files import AIP, COLLECTION, TEXT, TIME, TRANSFER, stored, stored_files
from tests.standards.xml_schemas import mets_schema, parsed, premis_schema

FACTS = AIPFacts(
    aip=AIP,
    title="Hồ sơ <1>\n\x01�",
    version=1,
    created=TIME,
    version_created=TIME,
    collection=COLLECTION,
    collection_code="H49.64",
    transfer=TRANSFER,
    software="preservation",
    software_version="0.1.0",
    agreement="A-1",
)
SOFTWARE = Agent("software", "preservation", version="0.1.0")
IDENTIFIED = Event(
    id="urn:uuid:01890000-0000-7000-8000-00000000000a",
    type=EventType.FORMAT_IDENTIFICATION,
    time=TIME,
    outcome=EventOutcome.SUCCESS,
    agents=(LinkedAgent("software"),),
    objects=(LinkedObject(AIP, "aip"),),
    detail={"files": 3},
)
FILES = [
    stored("representations/rep1/data/b.pdf"),
    stored("representations/rep1/data/a\nb.pdf"),
    stored("representations/rep2/data/b.pdf", original_path=None),
    stored("metadata/descriptive/dc.xml"),
    stored("submission/bagit.txt", format=None, modified=None),
]


class Shelf:
    """Documents in memory."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}

    def write(self, path: str, chunks: Iterator[bytes]) -> StoredFile:
        data = b"".join(chunks)
        self.documents[path] = data
        sha512, sha256 = hashlib.sha512(data).digest(), hashlib.sha256(data).digest()
        return StoredFile(path, f"v1/content/{path}", len(data), sha512, sha256)

    def open(self, path: str) -> io.BytesIO:
        return io.BytesIO(self.documents[path])


def state(files: Sequence[StoredFile], made: Sequence[StoredFile]) -> list[str]:
    return [file.logical_path for file in files] + [file.logical_path for file in made]


def facts_of(file: StoredFile) -> FileObject:
    return FileObject(
        file.logical_path,
        file.size,
        file.sha512,
        file.sha256,
        original_path=file.original_path,
        modified=file.modified,
        format=file.format,
        source=file.source,
    )


def read(shelf: Shelf, paths: Sequence[str]) -> AIPDescription:
    description = read_aip(shelf.open, paths)
    assert isinstance(description, AIPDescription)
    return description


def test_a_small_package_has_one_document_of_each_kind() -> None:
    shelf = Shelf()

    made = write_documents(FACTS, FILES, shelf.write)

    assert [row.logical_path for row in made] == list(shelf.documents)
    assert set(shelf.documents) == {
        "METS.xml",
        "metadata/preservation/premis.xml",
        "metadata/preservation/premis-files-00001.xml",
        "representations/rep1/METS.xml",
        "representations/rep1/metadata/preservation/premis-00001.xml",
        "representations/rep2/METS.xml",
        "representations/rep2/metadata/preservation/premis-00001.xml",
    }
    assert all(is_document(path) for path in shelf.documents)


@given(
    st.lists(stored_files("representations/rep1/data/") | stored_files("submission/"), max_size=8),
    st.builds(replace, st.just(FACTS), title=TEXT, collection_code=TEXT, agreement=st.none() | TEXT),
    st.integers(1, 3),
)
def test_an_aip_is_known_again_from_its_documents(files: list[StoredFile], facts: AIPFacts, part: int) -> None:
    files = list({file.logical_path: file for file in files}.values())
    shelf = Shelf()
    made = write_documents(facts, files, shelf.write, events=[IDENTIFIED], agents=[SOFTWARE], part=part)

    description = read(shelf, state(files, made))

    assert description.facts == facts
    assert description.agents == (SOFTWARE,)
    assert list(description.files) == sorted(map(facts_of, [*files, *made]), key=lambda item: item.logical_path)


def test_many_files_are_split_into_parts_that_the_documents_above_point_to() -> None:
    files = [stored(f"representations/rep1/data/{number:03d}") for number in range(25)]
    files += [stored(f"submission/{number:03d}") for number in range(12)]
    shelf = Shelf()

    write_documents(FACTS, files, shelf.write, part=10)

    parts = [f"representations/rep1/METS-0000{number}.xml" for number in (1, 2, 3)]
    parts += [f"representations/rep1/metadata/preservation/premis-0000{number}.xml" for number in (1, 2, 3)]
    parts += ["METS-00001.xml", "METS-00002.xml", "metadata/preservation/premis-files-00002.xml"]
    assert set(parts) < set(shelf.documents)
    assert all(data.count(b"<FLocat") <= 10 for data in shelf.documents.values())
    assert all(data.count(b"<object ") <= 10 for data in shelf.documents.values())


@pytest.mark.parametrize("part", [2, 100])
def test_every_file_is_reached_from_the_root_with_its_size_and_digest(part: int) -> None:
    shelf = Shelf()
    made = write_documents(FACTS, FILES, shelf.write, part=part)
    rows = {row.logical_path: row for row in [*FILES, *made]}

    reached = set()
    waiting = ["METS.xml"]
    while waiting:
        path = waiting.pop()
        for item in read_references(shelf.open(path)):
            assert isinstance(item, Reference)
            target = join(dirname(path), item.path)
            row = rows[target]
            assert (item.size, item.digest) == (row.size, row.sha256.hex())
            assert target not in reached
            reached.add(target)
            if "METS" in target:
                waiting.append(target)

    assert reached == rows.keys() - {"METS.xml"}


def test_ids_are_unique_in_the_whole_package() -> None:
    shelf = Shelf()
    write_documents(FACTS, FILES, shelf.write, part=1)

    documents = [parsed(data) for path, data in shelf.documents.items() if "METS" in path]
    ids = [element.get("ID") for root in documents for element in root.iter() if element.get("ID") is not None]

    assert len(ids) == len(set(ids))
    assert len(ids) > 60


def test_the_same_state_gives_the_same_documents_in_whatever_order_it_comes() -> None:
    one, other = Shelf(), Shelf()

    write_documents(FACTS, FILES, one.write, events=[IDENTIFIED], agents=[SOFTWARE])
    write_documents(FACTS, FILES[::-1], other.write, events=[IDENTIFIED], agents=[SOFTWARE])

    assert one.documents == other.documents


def test_a_second_version_has_new_documents_at_the_same_paths() -> None:
    first, second = Shelf(), Shelf()
    made = write_documents(FACTS, FILES, first.write)
    facts = replace(FACTS, version=2, version_created=TIME + timedelta(days=1))

    write_documents(facts, [*FILES, *made], second.write)

    assert second.documents.keys() == first.documents.keys()
    assert read(second, state(FILES, made)).facts == facts
    assert second.documents["METS.xml"].count(b"premis-files-00001.xml") == 1


def test_an_event_about_every_file_is_linked_to_the_representations_touched() -> None:
    shelf = Shelf()
    made = write_documents(FACTS, FILES, shelf.write, events=[IDENTIFIED], agents=[SOFTWARE], touched=["rep2"])

    description = read(shelf, state(FILES, made))

    assert description.events[0].objects == (LinkedObject(AIP, "aip"), LinkedObject("rep2", "representation"))
    assert [(held.name, held.file_count) for held in description.representations] == [("rep1", 2), ("rep2", 1)]


def test_what_descriptive_metadata_is_can_be_told() -> None:
    shelf = Shelf()

    write_documents(FACTS, FILES, shelf.write, descriptive={"metadata/descriptive/dc.xml": "DC"})

    assert b'xlink:href="metadata/descriptive/dc.xml" MDTYPE="DC"' in shelf.documents["METS.xml"]


def test_a_package_of_nothing_but_itself_is_described() -> None:
    shelf = Shelf()
    made = write_documents(replace(FACTS, transfer=None, agreement=None), [], shelf.write)

    description = read(shelf, state([], made))

    assert description.facts.transfer is None
    assert [row.logical_path for row in made] == ["metadata/preservation/premis.xml", "METS.xml"]


def test_a_submitted_file_in_the_place_of_a_document_is_refused() -> None:
    with pytest.raises(WrongUse):
        write_documents(FACTS, [stored("metadata/preservation/premis.xml")], Shelf().write)


def test_two_files_at_one_path_are_refused() -> None:
    with pytest.raises(WrongUse):
        write_documents(FACTS, [stored("submission/a"), stored("submission/a")], Shelf().write)


def test_an_agent_that_nobody_describes_is_refused() -> None:
    with pytest.raises(WrongUse):
        write_documents(FACTS, FILES, Shelf().write, events=[IDENTIFIED])


@pytest.mark.parametrize("fault", ["unread", "size", "path"])
def test_a_writer_that_did_not_store_what_it_was_given_is_refused(fault: str) -> None:
    def write(path: str, chunks: Iterator[bytes]) -> StoredFile:
        size = len(next(chunks)) if fault == "unread" else sum(map(len, chunks)) + (fault == "size")
        return stored("x" if fault == "path" else path, size=size)

    with pytest.raises(WrongUse):
        write_documents(FACTS, FILES, write)


@pytest.mark.parametrize("path", ["METS.xml", "metadata/preservation/premis.xml"])
def test_a_package_without_its_main_documents_is_a_finding(path: str) -> None:
    shelf = Shelf()
    made = write_documents(FACTS, FILES, shelf.write)
    damaged = Shelf()
    damaged.documents = shelf.documents | {path: b"\0\0\0"}

    missing = read_aip(shelf.open, [row.logical_path for row in made if row.logical_path != path])
    unreadable = read_aip(damaged.open, state(FILES, made))

    assert isinstance(missing, Finding)
    assert isinstance(unreadable, Finding)
    assert (missing.code, missing.path) == ("AIP-DOCUMENT-MISSING", path)
    assert unreadable.code in {"METS-UNREADABLE", "PREMIS-UNREADABLE"}
    assert unreadable.path == path


def test_documents_of_different_aips_are_a_finding() -> None:
    shelf, other = Shelf(), Shelf()
    made = write_documents(FACTS, FILES, shelf.write)
    write_documents(replace(FACTS, aip=COLLECTION), FILES, other.write)
    shelf.documents["METS.xml"] = other.documents["METS.xml"]

    finding = read_aip(shelf.open, state(FILES, made))

    assert isinstance(finding, Finding)
    assert finding.code == "AIP-DOCUMENTS-DISAGREE"


def test_a_damaged_list_of_files_is_a_finding_among_the_others() -> None:
    shelf = Shelf()
    made = write_documents(FACTS, FILES, shelf.write)
    path = "representations/rep1/metadata/preservation/premis-00001.xml"
    shelf.documents[path] = shelf.documents[path][:-400]

    items = list(read(shelf, state(FILES, made)).files)

    findings = [item for item in items if isinstance(item, Finding)]
    described = [item.logical_path for item in items if isinstance(item, FileObject)]
    assert [(finding.code, finding.path) for finding in findings] == [("PREMIS-UNREADABLE", path)]
    assert described == sorted(set(state(FILES, made)) - {"representations/rep1/data/b.pdf"})


def test_all_documents_are_valid_by_their_schemas(corpora: Path) -> None:
    shelf = Shelf()
    write_documents(FACTS, FILES, shelf.write, events=[IDENTIFIED], agents=[SOFTWARE], part=1)
    mets, premis = mets_schema(corpora), premis_schema(corpora)

    for path, data in shelf.documents.items():
        (mets if "METS" in path else premis).assertValid(parsed(data).getroottree())

    assert len(shelf.documents) == 13
