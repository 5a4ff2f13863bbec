"""Every kind of package becomes an AIP that other people's validators accept, with every byte and every name that came in."""

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from hashlib import sha512
from pathlib import Path

import pytest

from examples.unicode_traps import EMPTY_FOLDER, TRAPS, write_unicode_traps
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.names import escape
from tests.homes import TestHome, assert_sound, assert_valid_object, make_home, originals, state
from tests.package_builders import bag_files, write_files

PAYLOAD = {
    "báo cáo.txt": "Độc lập".encode(),
    "ảnh/1.bin": bytes(range(256)) * 40,
    "ảnh/rỗng": b"",
    "đôi.bin": b"\0" * 9,
}
BIG = os.urandom((3 << 20) + 17)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("packages") / "home")


@pytest.fixture(scope="module")
def identifying_home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("identified") / "home", identify=True)


def a_folder(where: Path) -> Path:
    return write_files(where / "hồ sơ", PAYLOAD | {"lớn.bin": BIG})


def a_bag(where: Path) -> Path:
    payload = {f"data/{path}": data for path, data in (PAYLOAD | {"lớn.bin": BIG}).items()}
    return write_files(where / "túi", bag_files(payload, algorithms=("md5", "sha512")))


def zipped(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def build(where: Path) -> Path:
        source = make(where / "source")
        with zipfile.ZipFile(where / "gói.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(source.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(source.parent))
        return where / "gói.zip"

    return build


def tarred(make: Callable[[Path], Path], ending: str, mode: str) -> Callable[[Path], Path]:
    def build(where: Path) -> Path:
        source = make(where / "source")
        with tarfile.open(where / f"gói{ending}", mode) as archive:  # type: ignore[call-overload]
            archive.add(source, source.name)
        return where / f"gói{ending}"

    return build


def a_file(where: Path) -> Path:
    return write_files(where, {"bản án.txt": "Tòa án".encode()}) / "bản án.txt"


KINDS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "bag folder": (a_bag, "bag"),
    "bag zip": (zipped(a_bag), "bag"),
    "bag tar": (tarred(a_bag, ".tar", "w"), "bag"),
    "bag tgz": (tarred(a_bag, ".tgz", "w:gz"), "bag"),
    "bag tar.gz": (tarred(a_bag, ".tar.gz", "w:gz"), "bag"),
    "folder": (a_folder, "folder"),
    "zip": (zipped(a_folder), "folder"),
    "tar": (tarred(a_folder, ".tar", "w"), "folder"),
    "file": (a_file, "file"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_package_becomes_a_valid_aip_with_the_same_bytes(
    kind: str, home: TestHome, tmp_path: Path
) -> None:
    """CPP-029 steps 3, 12a, 12b: a valid SIP becomes an AIP on every location. CPP-002 step 3: promised digests are compared."""
    make, package_type = KINDS[kind]
    source = make(tmp_path / "in")

    aip = home.preserved(source)

    expected = {"bản án.txt": "Tòa án".encode()} if kind == "file" else PAYLOAD | {"lớn.bin": BIG}
    for replica in ("a", "b"):
        folder = home.object(aip, replica)
        assert originals(folder) == expected
        assert_valid_object(folder)
    (transfer,) = [one for one in home.transfers() if one.aip == aip]
    assert (transfer.status.value, transfer.package_type, transfer.version) == ("preserved", package_type, 1)
    compared = [event.detail["compared"] for event in home.events(EventType.MESSAGE_DIGEST_CALCULATION)][-1]
    assert (compared != 0) is (package_type == "bag")


def test_a_bags_paperwork_is_kept_beside_its_content(home: TestHome, tmp_path: Path) -> None:
    """CPP-029 step 8: what the producer sent about the content is recorded with it."""
    bag = a_bag(tmp_path)

    held = state(home.object(home.preserved(bag)))

    for name in ("bagit.txt", "bag-info.txt", "manifest-md5.txt", "manifest-sha512.txt", "tagmanifest-sha512.txt"):
        assert held[f"submission/{name}"] == (bag / name).read_bytes()


def test_names_are_kept_byte_for_byte_whatever_they_hold(home: TestHome, tmp_path: Path) -> None:
    write_unicode_traps(tmp_path / "bẫy")

    aip = home.preserved(tmp_path / "bẫy")

    for replica in ("a", "b"):
        folder = home.object(aip, replica)
        assert originals(folder) == {escape(name): data for name, data in TRAPS}
        assert_valid_object(folder)
    recorded = {file["original_name"] for file in home.show(aip)["files"]} - {None}
    assert recorded == {escape(name) for name, _ in TRAPS}


def test_names_in_a_tar_archive_are_kept_byte_for_byte(home: TestHome, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bẫy.tar", "w", errors="surrogateescape", encoding="utf-8") as archive:
        for name, data in TRAPS:
            header = tarfile.TarInfo(os.fsdecode(b"goi/" + name))
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))

    aip = home.preserved(tmp_path / "bẫy.tar")

    assert originals(home.object(aip)) == {escape(name): data for name, data in TRAPS}
    assert_valid_object(home.object(aip))


def test_empty_folders_are_told_and_kept_in_a_list_of_the_aip(home: TestHome, tmp_path: Path) -> None:
    write_unicode_traps(tmp_path / "bẫy")

    (taken,) = home.ingest(tmp_path / "bẫy")

    told = [finding["path"] for finding in taken["findings"] if finding["code"] == "PKG-EMPTY-DIRECTORY"]
    held = state(home.object(taken["aip_id"]))
    document = json.loads(held["metadata/preservation/empty-directories.json"])
    assert told == [EMPTY_FOLDER.decode()]
    assert document == {"empty_directories": [f"representations/rep1/data/{EMPTY_FOLDER.decode()}"]}


def test_empty_folders_of_a_bag_and_of_metadata_are_listed_where_they_stood(home: TestHome, tmp_path: Path) -> None:
    bag = a_bag(tmp_path)
    for place in ("data/trống/sâu", "ghi chú"):
        (bag / place).mkdir(parents=True)
    folder = a_folder(tmp_path)
    (folder / "metadata" / "trống").mkdir(parents=True)

    listed = [
        json.loads(state(home.object(home.preserved(one)))["metadata/preservation/empty-directories.json"])
        for one in (bag, folder)
    ]

    assert listed[0]["empty_directories"] == ["representations/rep1/data/trống/sâu", "submission/ghi chú"]
    assert listed[1]["empty_directories"] == ["metadata/descriptive/trống"]


def test_dublin_core_that_came_along_is_read_for_search_and_kept_as_received(home: TestHome, tmp_path: Path) -> None:
    xml = (
        '<dc xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Tờ trình số 15</dc:title>'
        "<dc:creator>Ủy ban nhân dân xã</dc:creator><dc:date>2001-03-12</dc:date></dc>"
    ).encode()
    folder = write_files(tmp_path / "p", {"a.txt": b"a", "metadata/dc.xml": xml})

    aip = home.preserved(folder)

    shown = home.show(aip)
    assert shown["title"] == "Tờ trình số 15"
    assert {tuple(pair) for pair in shown["description"]} >= {
        ("title", "Tờ trình số 15"),
        ("creator", "Ủy ban nhân dân xã"),
        ("date", "2001-03-12"),
    }
    assert state(home.object(aip))["metadata/descriptive/dc.xml"] == xml


def test_equal_files_of_one_package_are_stored_once_and_listed_each(home: TestHome, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", {f"bản sao {number}.bin": b"same bytes" for number in range(5)})

    aip = home.preserved(folder)

    stored = [path for path in (home.object(aip) / "v1" / "content").rglob("*.bin") if path.is_file()]
    assert len(stored) == 1
    assert set(originals(home.object(aip))) == {f"bản sao {number}.bin" for number in range(5)}
    assert_valid_object(home.object(aip))


def test_both_digests_of_every_file_are_recorded_and_their_making_is_an_event(home: TestHome, tmp_path: Path) -> None:
    """CPP-001 steps 1 to 4: the accepted algorithms, the digests, their record, the event with its time."""
    folder = a_folder(tmp_path)

    aip = home.preserved(folder)

    for file in home.show(aip)["files"]:
        assert len(file["sha512"]) == 128
        assert len(file["sha256"]) == 64
    (event,) = [
        one
        for one in home.events(EventType.MESSAGE_DIGEST_CALCULATION)
        if any(linked.id == aip for linked in one.objects)
    ]
    assert event.detail["algorithms"] == ["sha512", "sha256"]
    assert event.outcome is EventOutcome.SUCCESS
    assert event.time.utcoffset() is not None


@pytest.mark.parametrize("name", ["p.zip", "p.tar.gz", "báo cáo.pdf"])
def test_the_digest_of_the_one_file_that_came_is_in_the_ledger_and_in_the_aips_own_documents(
    home: TestHome, tmp_path: Path, name: str
) -> None:
    carrier = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(carrier, "w") as archive:
            archive.writestr("a.txt", "alpha")
    elif name.endswith(".tar.gz"):
        with tarfile.open(carrier, "w:gz") as tar:
            tar.add(write_files(tmp_path / "content", {"a.txt": b"alpha"}), arcname="content")
    else:
        carrier.write_bytes(b"%PDF-1.4")
    digest = f"sha512:{sha512(carrier.read_bytes()).hexdigest()}"

    aip = home.preserved(carrier)

    events = {one.type: one for one in home.events() if any(linked.id == aip for linked in one.objects)}
    assert events[EventType.MESSAGE_DIGEST_CALCULATION].detail["carrier_digest"] == digest
    assert events[EventType.TRANSFER].detail.get("carrier_digest") == (None if name.endswith(".pdf") else digest)
    assert digest.encode() in state(home.object(aip))["metadata/preservation/premis.xml"]


def test_identifiers_are_new_for_every_transfer_and_aip_and_stand_in_its_own_documents(
    home: TestHome, tmp_path: Path
) -> None:
    """CPP-005 steps 2, 3, 6 and CPP-029 step 9: an identifier is made, assigned, and has a history."""
    folder = a_folder(tmp_path)

    first, second = (home.ingest(folder)[0] for _ in range(2))

    assert len({first["aip_id"], second["aip_id"], first["transfer_id"], second["transfer_id"]}) == 4
    assert all(one["aip_id"].startswith("urn:uuid:") for one in (first, second))
    held = state(home.object(first["aip_id"]))
    assert first["aip_id"].encode() in held["METS.xml"]
    assert first["aip_id"].encode() in held["metadata/preservation/premis.xml"]
    assert first["transfer_id"].encode() in held["metadata/preservation/premis.xml"]


def test_the_engine_that_is_asked_tells_the_format_of_each_file(identifying_home: TestHome, tmp_path: Path) -> None:
    """CPP-029 step 6a: formats are identified, with engine and release of PRONOM, and the act is an event."""
    folder = write_files(tmp_path / "p", {"a.pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "ghi.txt": b"abc\n"})

    aip = identifying_home.preserved(folder)

    by_name = {file["original_name"]: file for file in identifying_home.show(aip)["files"]}
    assert by_name["a.pdf"]["puid"] == "fmt/18"
    assert by_name["ghi.txt"]["puid"] == "x-fmt/111"
    assert by_name["a.pdf"]["signatures"]
    assert identifying_home.events(EventType.FORMAT_IDENTIFICATION)[-1].detail["files"] == 2


def test_the_repository_is_sound_after_all_of_that(home: TestHome, identifying_home: TestHome) -> None:
    assert_sound(home)
    assert_sound(identifying_home)
