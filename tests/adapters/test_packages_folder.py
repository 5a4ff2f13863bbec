"""A folder as a package: nothing in it is followed, every name is kept."""

import os
import socket
import unicodedata
from pathlib import Path

import pytest

from preservation.adapters.packages import open_package
from preservation.domain.names import unescape
from preservation.domain.packages import PackageLimits
from preservation.errors import NotHere, Unavailable, WrongUse
from tests.package_builders import codes, errors, write_files

LIMITS = PackageLimits()

AWKWARD = [
    b"line\nbreak",
    b"tab\tbell\x07",
    b"\xff\xfe not utf-8",
    "replacement \N{REPLACEMENT CHARACTER} itself".encode(),
    unicodedata.normalize("NFC", "tài liệu").encode(),
    unicodedata.normalize("NFD", "tài liệu").encode(),
    b"n" * 255,
    b"CON",
    b"aux.txt",
    b"back\\slash",
    b"trailing space ",
    b"trailing dot.",
    b"Case",
    b"case",
    b"-rf",
    b"~",
    b"$(touch x)",
    b"quote'\"",
]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    return folder


def test_every_name_is_kept_byte_for_byte(package: Path, work: Path) -> None:
    for name in AWKWARD:
        (package / os.fsdecode(name)).write_bytes(name)

    reader = open_package(package, work, LIMITS)

    assert sorted(unescape(file.path) for file in reader.files) == sorted(AWKWARD)
    assert not errors(reader.findings)
    for file in reader.files:
        with reader.open(file) as stream:
            assert stream.read() == unescape(file.path)
        path = reader.local_path(file)
        assert path is not None
        assert Path(path).read_bytes() == unescape(file.path)
    reader.close()
    assert not work.exists()


def test_files_are_sorted_and_empty_folders_told(package: Path, work: Path) -> None:
    write_files(package, {"b/x": b"1", "a": b"22", "b/a": b""})
    (package / "empty" / "inner").mkdir(parents=True)

    reader = open_package(package, work, LIMITS)

    assert [(file.path, file.size) for file in reader.files] == [("a", 2), ("b/a", 0), ("b/x", 1)]
    assert reader.files[0].modified == (package / "a").stat().st_mtime_ns
    assert reader.empty_directories == ("empty/inner",)
    assert (reader.carrier, reader.name) == ("folder", "package")
    reader.close()


def test_links_devices_pipes_and_sockets_are_errors_and_are_never_opened(
    package: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s").write_bytes(b"secret")
    (package / "link").symlink_to(tmp_path / "secret" / "s")
    (package / "inside").symlink_to("real")
    (package / "real").write_bytes(b"r")
    (package / "folder").symlink_to(tmp_path / "secret")
    (package / "dangling").symlink_to("nowhere")
    os.mkfifo(package / "pipe")
    monkeypatch.chdir(package)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket")

    reader = open_package(package, work, LIMITS)

    assert [file.path for file in reader.files] == ["real"]
    assert {(finding.code, finding.path) for finding in reader.findings} == {
        *(("PKG-LINK", path) for path in ("link", "inside", "folder", "dangling")),
        *(("PKG-DEVICE", path) for path in ("pipe", "socket")),
    }
    reader.close()
    listener.close()


def test_a_file_that_became_a_link_is_not_followed(package: Path, work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"12345")
    (package / "file").write_bytes(b"12345")
    reader = open_package(package, work, LIMITS)
    (package / "file").unlink()
    (package / "file").symlink_to(tmp_path / "secret")

    with pytest.raises(Unavailable):
        reader.open(reader.files[0])
    reader.close()


def test_a_folder_that_became_a_link_leads_nowhere(package: Path, work: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "secret", {"file": b"12345"})
    write_files(package, {"folder/file": b"12345"})
    reader = open_package(package, work, LIMITS)
    os.utime(tmp_path / "secret" / "file", ns=(0, reader.files[0].modified or 0))
    (package / "folder").rename(package / "moved")
    (package / "folder").symlink_to(tmp_path / "secret")

    with pytest.raises(Unavailable, match="changed"):
        reader.open(reader.files[0])
    reader.close()


def test_a_file_that_became_a_pipe_does_not_hang(package: Path, work: Path) -> None:
    (package / "file").write_bytes(b"")
    reader = open_package(package, work, LIMITS)
    (package / "file").unlink()
    os.mkfifo(package / "file")

    with pytest.raises(Unavailable):
        reader.open(reader.files[0])
    reader.close()


def test_a_file_that_grew_is_not_the_one_that_was_examined(package: Path, work: Path) -> None:
    (package / "file").write_bytes(b"12345")
    reader = open_package(package, work, LIMITS)
    (package / "file").write_bytes(b"123456")

    with pytest.raises(Unavailable):
        reader.open(reader.files[0])
    reader.close()


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (PackageLimits(max_files=2), "PKG-TOO-MANY-FILES"),
        (PackageLimits(max_total_bytes=5), "PKG-TOO-LARGE"),
        (PackageLimits(max_file_bytes=2), "PKG-FILE-TOO-LARGE"),
        (PackageLimits(max_depth=2), "PKG-TOO-DEEP"),
        (PackageLimits(max_path_bytes=70), "PKG-PATH-TOO-LONG"),
    ],
)
def test_the_walk_stays_within_its_limits(package: Path, work: Path, limits: PackageLimits, code: str) -> None:
    write_files(package, {"a": b"123", "b": b"123", "c/d/e": b"", "x" * 80: b""})

    reader = open_package(package, work, limits)

    assert code in errors(reader.findings)
    reader.close()


def test_a_single_file_is_a_package_of_its_own(tmp_path: Path, work: Path) -> None:
    source = tmp_path / "báo cáo.docx"
    source.write_bytes(b"PK\x03\x04 not unpacked")

    reader = open_package(os.fsencode(source), work, LIMITS)

    assert (reader.carrier, reader.name) == ("file", "báo cáo.docx")
    assert [file.path for file in reader.files] == ["báo cáo.docx"]
    with reader.open(reader.files[0]) as stream:
        assert stream.read() == b"PK\x03\x04 not unpacked"
    reader.close()


def test_what_is_not_there_or_no_file_is_wrong_use_and_not_a_finding(tmp_path: Path, work: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(NotHere):
        open_package(tmp_path / "absent", work, LIMITS)
    with pytest.raises(WrongUse):
        open_package(tmp_path / "pipe", work, LIMITS)


def test_findings_that_repeat_without_end_are_counted_not_kept(package: Path, work: Path) -> None:
    for number in range(700):
        (package / f"{number}").symlink_to("x")

    reader = open_package(package, work, LIMITS)

    assert len(reader.findings) == 501
    assert codes(reader.findings) == {"PKG-LINK", "FINDINGS-MORE"}
    assert reader.findings[-1].values == {"of": "PKG-LINK", "count": "200"}
    reader.close()
