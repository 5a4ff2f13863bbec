"""A package understood: what it is, where its files go, what they promise."""

import hashlib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from preservation.adapters.packages import open_package
from preservation.domain.packages import PackageLimits, PackageType
from preservation.services.submission import Submission, compare, examine
from tests.package_builders import ZipMember, bag_files, codes, errors, manifest, write_files, zip_file

LIMITS = PackageLimits()


@contextmanager
def examined(source: Path, limits: PackageLimits = LIMITS) -> Iterator[Submission]:
    reader = open_package(source, source.parent / "work", limits)
    try:
        yield examine(reader, limits)
    finally:
        reader.close()


def places(submission: Submission) -> dict[str, str]:
    return {placed.file.path: placed.logical_path for placed in submission.files}


def test_a_bag_has_its_payload_as_originals_and_its_tag_files_as_paperwork(tmp_path: Path) -> None:
    files = bag_files({"data/trang/1.tif": b"x"}, algorithms=("md5", "sha256"))
    files["tags/extra.txt"] = b""

    with examined(write_files(tmp_path / "bag", files)) as submission:
        assert submission.package_type is PackageType.BAG
        assert submission.bag_version == "1.0"
        assert submission.findings == ()
        assert places(submission)["data/trang/1.tif"] == "representations/rep1/data/trang/1.tif"
        assert places(submission)["bagit.txt"] == "submission/bagit.txt"
        assert places(submission)["tags/extra.txt"] == "submission/tags/extra.txt"
        assert submission.algorithms == {"md5"}
        assert [placed.payload for placed in submission.files if placed.file.path.startswith("data/")] == [True]
        assert sum(placed.payload for placed in submission.files) == 1


def test_a_folder_has_its_metadata_as_description_and_the_rest_as_originals(tmp_path: Path) -> None:
    dublin_core = b'<dc xmlns="http://purl.org/dc/elements/1.1/"><title>H</title></dc>'
    files = {"objects/a": b"a", "metadata/dc.xml": dublin_core, "b": b"", "deep/metadata/x": b""}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        assert submission.package_type is PackageType.FOLDER
        assert places(submission) == {
            "b": "representations/rep1/data/b",
            "deep/metadata/x": "representations/rep1/data/deep/metadata/x",
            "metadata/dc.xml": "metadata/descriptive/dc.xml",
            "objects/a": "representations/rep1/data/objects/a",
        }
        assert submission.title == "H"
        assert submission.descriptive == {"metadata/descriptive/dc.xml": "DC"}


def test_a_single_file_is_one_original(tmp_path: Path) -> None:
    (tmp_path / "báo cáo.pdf").write_bytes(b"%PDF")

    with examined(tmp_path / "báo cáo.pdf") as submission:
        assert submission.package_type is PackageType.FILE
        assert places(submission) == {"báo cáo.pdf": "representations/rep1/data/báo cáo.pdf"}
        assert submission.title == "báo cáo.pdf"


@pytest.mark.parametrize("prefix", ["", "top/"])
def test_a_serialised_bag_is_a_bag_with_or_without_its_folder(tmp_path: Path, prefix: str) -> None:
    members = [ZipMember(f"{prefix}{path}".encode(), data=data) for path, data in bag_files().items()]

    with examined(zip_file(tmp_path / "Hồ sơ 1.zip", *members)) as submission:
        assert submission.package_type is PackageType.BAG
        assert submission.is_valid
        assert submission.title == "Hồ sơ 1"


def test_an_archive_that_could_not_be_unpacked_is_reported_for_that_alone(tmp_path: Path) -> None:
    members = [ZipMember(path.encode(), data=data) for path, data in bag_files().items()]

    with examined(zip_file(tmp_path / "p.zip", *members[:1], ZipMember(b"../x"), *members[1:])) as submission:
        assert submission.package_type is PackageType.BAG
        assert codes(submission.findings) == {"PKG-PATH-TRAVERSAL"}
        assert not submission.is_valid


def test_a_folder_without_files_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "folder" / "empty").mkdir(parents=True)

    with examined(tmp_path / "folder") as submission:
        assert errors(submission.findings) == {"PKG-EMPTY"}


def test_awkward_names_are_warned_of_and_placed_as_they_are(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "hồ sơ") for form in ("NFC", "NFD"))
    files = {"a\nb": b"", composed: b"", decomposed: b"", "con": b""}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        assert submission.is_valid
        assert codes(submission.findings) == {"PKG-NAME-CONTROL", "PKG-NAME-TWINS", "PKG-NAME-WINDOWS"}
        assert set(places(submission).values()) == {f"representations/rep1/data/{name}" for name in files}


@pytest.mark.parametrize("named", ["../objects/a", "objects/a", "a"])
def test_archivematica_checksum_files_are_promises(tmp_path: Path, named: str) -> None:
    files = {"objects/a": b"a", "metadata/checksum.sha1": manifest({named: b"a"}, "sha1").replace(b"\n", b"\r\n")}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        (placed,) = [placed for placed in submission.files if placed.expected]
        assert placed.file.path == "objects/a"
        assert placed.expected == (("sha1", hashlib.sha1(b"a").digest()),)  # noqa: S324
        assert submission.algorithms == {"sha1"}
        assert compare(submission, placed, {"sha1": placed.expected[0][1]}) == ()
        assert errors(compare(submission, placed, {"sha1": b""})) == {"PKG-DIGEST-MISMATCH"}


def test_a_checksum_for_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    files = {"objects/a": b"a", "metadata/checksum.md5": manifest({"b": b"b"}, "md5")}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        assert errors(submission.findings) == {"PKG-CHECKSUM-MISSING"}


def test_a_checksum_file_that_makes_no_sense_is_a_warning(tmp_path: Path) -> None:
    files = {"objects/a": b"a", "metadata/checksum.md5": b"see the other list\n"}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        assert submission.is_valid
        assert codes(submission.findings) == {"PKG-CHECKSUM-UNREADABLE"}


def test_an_escaped_name_in_a_checksum_file_is_turned_back(tmp_path: Path) -> None:
    line = b"\\" + hashlib.md5(b"a").hexdigest().encode() + b"  objects/a\\nb\\\\c\n"  # noqa: S324
    files = {"objects/a\nb\\c": b"a", "metadata/checksum.md5": line}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        assert [placed.file.path for placed in submission.files if placed.expected] == ["objects/a\nb\\c"]


def test_a_bag_describes_itself(tmp_path: Path) -> None:
    info = "External-Description: Ảnh Đà Nẵng\nExternal-Identifier: H49\n"

    with examined(write_files(tmp_path / "bag", bag_files(info=info))) as submission:
        assert submission.dublin_core == {"description": ("Ảnh Đà Nẵng",), "identifier": ("H49",)}
        assert submission.title == "Ảnh Đà Nẵng"


def test_xml_entities_in_metadata_are_never_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    evil = f'<!DOCTYPE d [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><dc><title>&e;</title></dc>'
    files = {"metadata/dc.xml": evil.encode(), "a": b""}

    with examined(write_files(tmp_path / "folder", files)) as submission:
        assert submission.is_valid
        assert submission.dublin_core == {}
        assert codes(submission.findings) == {"META-UNREADABLE"}
