"""The digest of an archive as it was received, whatever of it unpacking needed to read, and in whatever order."""

import os
import zipfile
from hashlib import sha512
from pathlib import Path

import pytest

from preservation.adapters.packages import open_package
from preservation.adapters.packages.carrier_file import CarrierFile
from preservation.domain.packages import PackageLimits
from tests.package_builders import errors, tar_file

MIB = 1 << 20
FILES = [("a", b"alpha"), ("b/c", os.urandom(3 * MIB + 17)), ("b/d", b"")]


@pytest.mark.parametrize(
    ("ending", "mode"), [("tar", "w"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")]
)
@pytest.mark.parametrize("trailer", [b"", b"left behind the end" * 100_000])
def test_a_tar_archives_digest_is_that_of_the_whole_file(
    tmp_path: Path, ending: str, mode: str, trailer: bytes
) -> None:
    path = tar_file(tmp_path / f"p.{ending}", *FILES, mode=mode)
    with path.open("ab") as stream:
        stream.write(trailer)

    assert _digest(path, tmp_path) == sha512(path.read_bytes()).digest()


@pytest.mark.parametrize("before", [b"", b"a program that unpacks itself" * 50_000])
def test_a_zip_archives_digest_is_that_of_the_whole_file(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(before)
    with zipfile.ZipFile(path, "a") as archive:
        for name, data in reversed(FILES):
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)

    assert _digest(path, tmp_path) == sha512(path.read_bytes()).digest()


@pytest.mark.parametrize("name", ["p.zip", "p.tar", "p.tar.gz"])
def test_what_is_no_archive_has_a_digest_all_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"no archive at all" * 1000)

    reader = open_package(path, tmp_path / "work", PackageLimits())

    assert errors(reader.findings)
    assert reader.carrier_digest == sha512(path.read_bytes()).digest()
    reader.close()


def test_a_file_that_claims_more_than_a_package_may_have_is_not_read_for_its_digest(tmp_path: Path) -> None:
    path = tar_file(tmp_path / "p.tar", ("a", b"alpha"))
    os.truncate(path, 1 << 40)

    assert _digest(path, tmp_path, PackageLimits(max_total_bytes=1 << 30)) is None


def test_a_folder_and_a_file_carry_themselves(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"alpha")

    assert _digest(tmp_path / "folder", tmp_path) is None
    assert _digest(tmp_path / "folder" / "a", tmp_path) is None


def test_nothing_is_read_twice_that_was_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(MIB))
    whole = sha512(path.read_bytes()).digest()

    with CarrierFile(bytes(path)) as stream:
        first = stream.read(1000)
        stream.seek(500_000)
        stream.read(1000)
        stream.seek(0)
        assert stream.read(2000)[:1000] == first
        stream.seek(0)
        stream.read(MIB // 2)
        before = _bytes_read()

        assert stream.sha512() == whole
        assert _bytes_read() - before < MIB * 3 // 4


def _digest(path: Path, work: Path, limits: PackageLimits = PackageLimits()) -> bytes | None:  # noqa: B008 - it is frozen
    reader = open_package(path, work / "work", limits)
    reader.close()
    return reader.carrier_digest


def _bytes_read() -> int:
    (line,) = [line for line in Path("/proc/self/io").read_text().splitlines() if line.startswith("rchar")]
    return int(line.split()[1])
