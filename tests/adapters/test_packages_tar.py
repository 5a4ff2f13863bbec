"""Tar archives, plain and compressed, that lie or are cut short."""

import bz2
import gzip
import lzma
import os
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from preservation.adapters.packages import open_package
from preservation.domain.names import unescape
from preservation.domain.packages import PackageLimits
from tests.adapters.test_packages_zip import content, opened, written_bytes
from tests.package_builders import codes, errors, tar_file, tar_header

LIMITS = PackageLimits()
MIB = 1 << 20
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("ending", "mode", "carrier"),
    [
        ("tar", "w", "tar"),
        ("tar.gz", "w:gz", "tar.gz"),
        ("tgz", "w:gz", "tar.gz"),
        ("tar.bz2", "w:bz2", "tar.bz2"),
        ("TAR.XZ", "w:xz", "tar.xz"),
    ],
)
def test_members_are_read_and_closing_leaves_nothing(
    tmp_path: Path, work: Path, ending: str, mode: str, carrier: str
) -> None:
    big = os.urandom(3 * MIB + 17)
    path = tar_file(tmp_path / f"p.{ending}", ("./a", b"alpha"), ("b/c", big), ("b/d", b""), mode=mode)

    reader = opened(path, work)

    assert content(reader) == {"a": b"alpha", "b/c": big, "b/d": b""}
    assert (reader.carrier, reader.findings) == (carrier, ())
    reader.close()
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_names_are_kept_byte_for_byte_in_every_tar_format(tmp_path: Path, work: Path, format: int) -> None:
    names = [b"line\nbreak", b"\xff\xfe", "hồ sơ".encode(), b"n" * 100, b"back\\slash", b"d/" * 20 + b"x" * 90]
    if format != tarfile.USTAR_FORMAT:
        names += [b"n" * 255, b"e/" * 30 + b"y" * 250]
    path = tar_file(tmp_path / "p.tar", *((os.fsdecode(name), name) for name in names), format=format)

    reader = opened(path, work)

    assert sorted(unescape(file.path) for file in reader.files) == sorted(names)
    assert {unescape(path): data for path, data in content(reader).items()} == {name: name for name in names}
    assert not errors(reader.findings)
    reader.close()


def test_times_come_from_the_archive(tmp_path: Path, work: Path) -> None:
    header = tarfile.TarInfo("x")
    header.mtime = 1_600_000_000.25
    path = tar_file(tmp_path / "p.tar", header, format=tarfile.PAX_FORMAT)

    reader = opened(path, work)

    assert reader.files[0].modified == 1_600_000_000_250_000_000
    reader.close()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (tar_header("x", tarfile.SYMTYPE, "/etc/passwd"), "PKG-LINK"),
        (tar_header("x", tarfile.SYMTYPE, "good"), "PKG-LINK"),
        (tar_header("x", tarfile.LNKTYPE, "good"), "PKG-LINK"),
        (tar_header("x", tarfile.CHRTYPE), "PKG-DEVICE"),
        (tar_header("x", tarfile.BLKTYPE), "PKG-DEVICE"),
        (tar_header("x", tarfile.FIFOTYPE), "PKG-DEVICE"),
        (tar_header("x", tarfile.GNUTYPE_SPARSE), "PKG-UNSUPPORTED-MEMBER"),
        (tar_header("x", b"Z"), "PKG-UNSUPPORTED-MEMBER"),
        (tar_header("good", tarfile.REGTYPE), "PKG-DUPLICATE"),
        (tar_header("good/x", tarfile.REGTYPE), "PKG-DUPLICATE"),
        (tar_header("good", tarfile.DIRTYPE), "PKG-DUPLICATE"),
        (tar_header("../x", tarfile.REGTYPE), "PKG-PATH-TRAVERSAL"),
        (tar_header("/x", tarfile.REGTYPE), "PKG-PATH-ABSOLUTE"),
    ],
)
def test_a_member_that_must_not_be_unpacked_is_an_error_and_the_rest_is_read(
    tmp_path: Path, work: Path, header: tarfile.TarInfo, code: str
) -> None:
    reader = opened(tar_file(tmp_path / "p.tar", ("good", b"g"), header, ("last", b"l")), work)

    assert errors(reader.findings) == {code}
    assert content(reader) == {"good": b"g", "last": b"l"}
    reader.close()


def test_a_member_below_a_link_cannot_leave(tmp_path: Path, work: Path) -> None:
    (tmp_path / "outside").mkdir()
    link = tar_header("d", tarfile.SYMTYPE, str(tmp_path / "outside"))

    reader = opened(tar_file(tmp_path / "p.tar", link, ("d/x", b"evil")), work)

    assert errors(reader.findings) == {"PKG-LINK"}
    assert list((tmp_path / "outside").iterdir()) == []
    reader.close()


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_bomb_is_stopped(tmp_path: Path, work: Path, compress: Callable[[bytes], bytes]) -> None:
    plain = tar_file(tmp_path / "plain.tar", ("bomb", bytes(64 * MIB))).read_bytes()
    path = tmp_path / "p.tgz"
    path.write_bytes(compress(plain))

    for limits in (PackageLimits(max_total_bytes=4 * MIB), PackageLimits(max_ratio=2)):
        reader = opened(path, work, limits)

        assert errors(reader.findings) <= {"PKG-TOO-LARGE", "PKG-BOMB"}
        assert errors(reader.findings)
        assert written_bytes(work) <= 4 * MIB
        reader.close()


def test_a_header_of_any_size_is_not_read_into_memory(tmp_path: Path, work: Path) -> None:
    for flag in (b"x", b"g", b"L", b"K"):
        header = tar_header("pax", flag)
        header.size = (1 << 33) - 1
        (tmp_path / "p.tar").write_bytes(header.tobuf() + bytes(4096))

        reader = opened(tmp_path / "p.tar", work)

        assert errors(reader.findings) == {"PKG-HEADER-TOO-LARGE"}
        reader.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"no archive at all" * 60, "PKG-NOT-AN-ARCHIVE"),
        (lambda data: b"", "PKG-NOT-AN-ARCHIVE"),
        (lambda data: data[:700], "PKG-CORRUPT"),
        (lambda data: data[: 3 * 512 + 100], "PKG-CORRUPT"),
        (lambda data: data[: 2 * 512] + b"x" * 512 + data[3 * 512 :], "PKG-CORRUPT"),
        (lambda data: gzip.compress(data)[:-20], "PKG-CORRUPT"),
        (lambda data: gzip.compress(data) + b"tail", "PKG-CORRUPT"),
        (lambda data: gzip.compress(b"no tar" * 200), "PKG-CORRUPT"),
        (lambda data: lzma.compress(data)[:-20], "PKG-CORRUPT"),
    ],
)
def test_what_is_no_whole_archive_is_an_error(
    tmp_path: Path, work: Path, change: Callable[[bytes], bytes], code: str
) -> None:
    path = tar_file(tmp_path / "p.tar", ("a", b"a" * 512), ("b", b"b" * 512))
    path.write_bytes(change(path.read_bytes()))

    reader = opened(path, work)

    assert errors(reader.findings) == {code}
    reader.close()


def test_a_missing_end_and_hidden_bytes_after_it_are_told(tmp_path: Path, work: Path) -> None:
    path = tar_file(tmp_path / "p.tar", ("a", b"a" * 512))
    whole = path.read_bytes()

    path.write_bytes(whole[:1024])
    cut = opened(path, work)
    path.write_bytes(whole + b"hidden")
    hiding = opened(path, work)

    assert codes(cut.findings) == {"PKG-TAR-NO-END"}
    assert codes(hiding.findings) == {"PKG-TRAILING-BYTES"}
    assert content(cut) == content(hiding) == {"a": b"a" * 512}
    cut.close()
    hiding.close()


def test_gzip_streams_that_follow_each_other_are_one_archive(tmp_path: Path, work: Path) -> None:
    path = tar_file(tmp_path / "p.tar", ("a", b"a" * 5000))
    data = path.read_bytes()
    path = tmp_path / "p.tar.gz"
    path.write_bytes(gzip.compress(data[:700]) + gzip.compress(data[700:]) + bytes(100))

    reader = opened(path, work)

    assert content(reader) == {"a": b"a" * 5000}
    reader.close()


def test_any_damage_gives_a_verdict(tmp_path: Path, work: Path) -> None:
    members = [("a", b"alpha" * 50), ("folder/" + "n" * 120, b"beta" * 200)]
    dice = random.Random(11)
    for mode in ("w", "w:gz", "w:xz"):
        whole = tar_file(tmp_path / "p.tar", *members, mode=mode, format=tarfile.PAX_FORMAT).read_bytes()
        for _ in range(150):
            damaged = bytearray(whole)
            damaged[dice.randrange(8, len(damaged))] ^= 1 << dice.randrange(8)
            (tmp_path / "p.tar").write_bytes(damaged)

            reader = open_package(tmp_path / "p.tar", work, LIMITS)

            content(reader)
            reader.close()
    assert list(work.iterdir()) == []
