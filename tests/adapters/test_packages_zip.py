"""Zip archives that lie: every lie is a coded finding, nothing is written outside the work folder, and little inside it."""

import itertools
import os
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from preservation.adapters.packages import open_package
from preservation.domain.names import escape
from preservation.domain.packages import PackageLimits
from preservation.errors import Unavailable
from preservation.ports import PackageReader
from tests.package_builders import ZipMember, codes, errors, zip_bytes, zip_file

LIMITS = PackageLimits()
MIB = 1 << 20


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def opened(path: Path, work: Path, limits: PackageLimits = LIMITS) -> PackageReader:
    before = {found for found in path.parent.rglob("*") if work not in found.parents and found != work}
    reader = open_package(path, work, limits)
    after = {found for found in path.parent.rglob("*") if work not in found.parents and found != work}
    assert after == before
    assert all(found.name.isdigit() for folder in work.iterdir() for found in folder.iterdir())
    return reader


def content(reader: PackageReader) -> dict[str, bytes]:
    found = {}
    for file in reader.files:
        with reader.open(file) as stream:
            found[file.path] = stream.read()
    return found


def test_members_are_read_and_closing_leaves_nothing(tmp_path: Path, work: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("a.txt", "alpha", zipfile.ZIP_STORED)
        archive.writestr("folder/b.txt", b"beta" * 1000, zipfile.ZIP_DEFLATED)
        archive.writestr("folder/c.txt", b"gamma" * 1000, zipfile.ZIP_BZIP2)
        archive.writestr("empty/", "")

    reader = opened(tmp_path / "p.zip", work)

    assert content(reader) == {"a.txt": b"alpha", "folder/b.txt": b"beta" * 1000, "folder/c.txt": b"gamma" * 1000}
    assert reader.empty_directories == ("empty",)
    assert (reader.carrier, reader.findings) == ("zip", ())
    reader.close()
    assert list(work.iterdir()) == []


def test_zip64_is_read(tmp_path: Path, work: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive, archive.open("big", "w", force_zip64=True) as member:
        member.write(b"x" * 10)

    reader = opened(tmp_path / "p.zip", work)

    assert content(reader) == {"big": b"x" * 10}
    reader.close()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"../evil", "PKG-PATH-TRAVERSAL"),
        (b"a/../../evil", "PKG-PATH-TRAVERSAL"),
        (b"..\\evil", "PKG-PATH-TRAVERSAL"),
        (b"/etc/evil", "PKG-PATH-ABSOLUTE"),
        (b"\\\\server\\evil", "PKG-PATH-ABSOLUTE"),
        (b"C:\\evil", "PKG-PATH-ABSOLUTE"),
        (b"c:evil", "PKG-PATH-ABSOLUTE"),
        (b"safe.txt\x00.exe", "PKG-PATH-NUL"),
        (b"", "PKG-PATH-EMPTY"),
        (b"n" * 256, "PKG-NAME-TOO-LONG"),
        (b"d/" * 2100 + b"x", "PKG-PATH-TOO-LONG"),
        (b"d/" * 100 + b"x", "PKG-TOO-DEEP"),
    ],
)
def test_a_name_that_must_not_be_used_is_an_error_and_the_rest_is_read(
    tmp_path: Path, work: Path, name: bytes, code: str
) -> None:
    reader = opened(zip_file(tmp_path / "p.zip", ZipMember(b"good"), ZipMember(name)), work)

    assert errors(reader.findings) == {code}
    assert content(reader) == {"good": b"content"}
    reader.close()


@pytest.mark.parametrize(
    ("name", "flags", "extra", "path", "code"),
    [
        ("tài".encode(), 0x800, b"", "tài", None),
        ("tài".encode(), 0, b"", "tài", "PKG-ZIP-NAME-UTF8-UNFLAGGED"),
        (b"\x81ber", 0, b"", "über", "PKG-ZIP-NAME-CP437"),
        (b"\xff\xfe", 0x800, b"", escape(b"\xff\xfe"), None),
        (
            b"\x81",
            0,
            struct.pack("<HHBL", 0x7075, 5 + 4, 1, zlib.crc32(b"\x81")) + "hồ".encode(),
            "hồ",
            "PKG-ZIP-NAME-UNICODE-FIELD",
        ),
        (
            b"\x81",
            0,
            struct.pack("<HHBL", 0x7075, 5 + 4, 1, 1) + "hồ".encode(),
            "ü",
            "PKG-ZIP-NAME-CP437",
        ),
        (b"line\nbreak\x07", 0, b"", "line\nbreak\x07", None),
        (b"n" * 255, 0, b"", "n" * 255, None),
        (b"aux.txt", 0, b"", "aux.txt", None),
        (b"one\\two", 0, b"", "one\\two", None),
    ],
)
def test_names_keep_their_bytes_and_a_guess_is_told(
    tmp_path: Path, work: Path, name: bytes, flags: int, extra: bytes, path: str, code: str | None
) -> None:
    reader = opened(zip_file(tmp_path / "p.zip", ZipMember(name, flags=flags, extra=extra)), work)

    assert [file.path for file in reader.files] == [path]
    assert not errors(reader.findings)
    assert code is None or code in codes(reader.findings)
    if code == "PKG-ZIP-NAME-CP437":
        assert path.encode("cp437") == name
    reader.close()


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (ZipMember(b"x", mode=0o120777, data=b"/etc/passwd"), "PKG-LINK"),
        (ZipMember(b"x", mode=0o020666), "PKG-DEVICE"),
        (ZipMember(b"x", mode=0o010666), "PKG-DEVICE"),
        (ZipMember(b"x", flags=1), "PKG-ENCRYPTED"),
        (ZipMember(b"x", method=9, packed=b"?"), "PKG-UNSUPPORTED-MEMBER"),
        (ZipMember(b"good"), "PKG-DUPLICATE"),
        (ZipMember(b"./good"), "PKG-DUPLICATE"),
        (ZipMember(b"good/inside"), "PKG-DUPLICATE"),
        (ZipMember(b"x", crc=1), "PKG-CORRUPT"),
        (ZipMember(b"x", packed=b"\xff\xff\xff"), "PKG-CORRUPT"),
        (ZipMember(b"x", local_name=b"y"), "PKG-CORRUPT"),
        (ZipMember(b"x", declared_size=3), "PKG-SIZE-MISMATCH"),
        (ZipMember(b"x", declared_size=300), "PKG-SIZE-MISMATCH"),
        (ZipMember(b"x", offset=0, local_name=b"x"), "PKG-CORRUPT"),
        (ZipMember(b"good", offset=0), "PKG-OVERLAP"),
    ],
)
def test_a_member_that_is_not_what_it_should_be_is_an_error(
    tmp_path: Path, work: Path, member: ZipMember, code: str
) -> None:
    reader = opened(zip_file(tmp_path / "p.zip", ZipMember(b"good"), member), work)

    assert errors(reader.findings) == {code}
    reader.close()


def written_bytes(work: Path) -> int:
    return sum(found.stat().st_size for found in work.rglob("*") if found.is_file())


def test_a_bomb_is_stopped_by_what_it_writes_not_by_what_it_declares(tmp_path: Path, work: Path) -> None:
    bomb = ZipMember(b"bomb", data=bytes(64 * MIB), declared_size=0xFFFFFFF0)
    limits = PackageLimits(max_total_bytes=4 * MIB)

    reader = opened(zip_file(tmp_path / "p.zip", bomb), work, limits)

    assert errors(reader.findings) == {"PKG-TOO-LARGE"}
    assert 0 < written_bytes(work) <= 4 * MIB
    reader.close()


def test_a_bomb_is_stopped_by_its_ratio(tmp_path: Path, work: Path) -> None:
    limits = PackageLimits(max_ratio=100)

    reader = opened(zip_file(tmp_path / "p.zip", ZipMember(b"bomb", data=bytes(64 * MIB))), work, limits)

    assert errors(reader.findings) == {"PKG-BOMB"}
    assert written_bytes(work) <= 101 * len(zip_bytes([ZipMember(b"bomb", data=bytes(64 * MIB))])) + MIB
    reader.close()


def test_a_bomb_of_archives_within_archives_is_stored_and_not_unpacked(tmp_path: Path, work: Path) -> None:
    layer = zip_bytes([ZipMember(b"zeros", data=bytes(4 * MIB))])
    for _ in range(3):
        layer = zip_bytes(ZipMember(b"%d.zip" % number, data=layer) for number in range(16))
    (tmp_path / "42.zip").write_bytes(layer)

    reader = opened(tmp_path / "42.zip", work)

    assert len(reader.files) == 16
    assert not errors(reader.findings)
    assert written_bytes(work) < MIB
    reader.close()


def test_overlapping_members_are_refused_before_they_are_written(tmp_path: Path, work: Path) -> None:
    kernel = ZipMember(b"a", data=bytes(MIB))
    copies = [ZipMember(b"a", data=bytes(MIB), offset=0) for _ in range(100)]

    reader = opened(zip_file(tmp_path / "p.zip", kernel, *copies), work)

    assert "PKG-OVERLAP" in errors(reader.findings)
    assert written_bytes(work) <= MIB
    reader.close()


@pytest.mark.parametrize("limit", [3, 20])
def test_the_number_of_members_is_bounded(tmp_path: Path, work: Path, limit: int) -> None:
    members = [ZipMember(b"%d" % number) for number in range(30)]

    reader = opened(zip_file(tmp_path / "p.zip", *members), work, PackageLimits(max_files=limit))

    assert errors(reader.findings) == {"PKG-TOO-MANY-FILES"}
    assert len(reader.files) <= limit
    reader.close()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "PKG-NOT-AN-ARCHIVE"),
        (b"no archive at all", "PKG-NOT-AN-ARCHIVE"),
        (zip_bytes([ZipMember(b"x")])[:-30], "PKG-CORRUPT"),
        (zip_bytes([ZipMember(b"x")]) + b"tail", "PKG-CORRUPT"),
        (b"PK\x03\x04" + zip_bytes([ZipMember(b"x")]), "PKG-CORRUPT"),
    ],
)
def test_what_is_no_whole_zip_archive_is_an_error(tmp_path: Path, work: Path, data: bytes, code: str) -> None:
    (tmp_path / "p.zip").write_bytes(data)

    reader = opened(tmp_path / "p.zip", work)

    assert errors(reader.findings) == {code}
    assert reader.files == ()
    reader.close()


def test_a_single_enclosing_folder_is_the_package_itself(tmp_path: Path, work: Path) -> None:
    members = [ZipMember(b"top/"), ZipMember(b"top/a"), ZipMember(b"top/b/c"), ZipMember(b"top/empty/")]
    members = [ZipMember(member.name, data=b"" if member.name.endswith(b"/") else b"x", method=0) for member in members]

    reader = opened(zip_file(tmp_path / "p.zip", *members), work)

    assert [file.path for file in reader.files] == ["a", "b/c"]
    assert reader.empty_directories == ("empty",)
    assert [(finding.code, finding.path) for finding in reader.findings] == [("PKG-ENCLOSING-FOLDER", "top")]
    reader.close()


def test_an_unpacked_file_that_somebody_replaced_is_not_followed(tmp_path: Path, work: Path) -> None:
    reader = opened(zip_file(tmp_path / "p.zip", ZipMember(b"x")), work)
    path = reader.local_path(reader.files[0])
    assert path is not None
    Path(path).unlink()
    Path(path).symlink_to("/etc/hostname")

    with pytest.raises(Unavailable):
        reader.open(reader.files[0])
    reader.close()


def test_any_damage_gives_a_verdict_and_never_a_wrong_content(tmp_path: Path, work: Path) -> None:
    members = [ZipMember(b"a", data=b"alpha" * 50), ZipMember(b"folder/b", data=os.urandom(300), method=0)]
    truth = {"a": members[0].data, "folder/b": members[1].data}
    whole = zip_bytes(members)
    dice = random.Random(7)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(dice.choice([1, 1, 3])):
            damaged[dice.randrange(4, len(damaged))] ^= 1 << dice.randrange(8)
        (tmp_path / "p.zip").write_bytes(damaged)

        reader = opened(tmp_path / "p.zip", work)

        if not errors(reader.findings):
            assert all(data in truth.values() for data in content(reader).values())
        reader.close()


def test_names_in_the_work_folder_are_numbers_only(tmp_path: Path, work: Path) -> None:
    names = [b"..hidden", b"-rf", b"a b", "日本".encode()]
    reader = opened(zip_file(tmp_path / "p.zip", *(ZipMember(name) for name in names)), work)

    lying = sorted(os.path.basename(reader.local_path(file) or "") for file in reader.files)
    assert lying == [f"{number:07d}" for number in itertools.islice(itertools.count(1), 4)]
    reader.close()
