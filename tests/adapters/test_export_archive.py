"""DIPs as zip files."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from preservation.adapters.export_archive import archive_folder, clear_folder
from preservation.errors import Unavailable


def a_dip(folder: Path) -> Path:
    (folder / "data" / "empty").mkdir(parents=True)
    (folder / "bagit.txt").write_bytes(b"BagIt-Version: 1.0\n")
    (folder / "data" / "hồ sơ\n1.txt").write_bytes(b"x" * 3_000_000)
    (folder / "data" / "nothing").write_bytes(b"")
    return folder


def test_a_folder_comes_out_of_the_archive_as_it_went_in(tmp_path: Path) -> None:
    told: list[int] = []

    made = archive_folder(a_dip(tmp_path / "dip"), tmp_path / "dip.zip", told.append)

    data = made.path.read_bytes()
    assert (made.size, made.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert sum(told) == 3_000_019
    with zipfile.ZipFile(made.path) as archive:
        assert archive.testzip() is None
        files = {one.filename: archive.read(one) for one in archive.infolist()}
    assert files == {
        "bagit.txt": b"BagIt-Version: 1.0\n",
        "data/": b"",
        "data/empty/": b"",
        "data/hồ sơ\n1.txt": b"x" * 3_000_000,
        "data/nothing": b"",
    }


def test_the_same_folder_makes_the_same_archive(tmp_path: Path) -> None:
    dip = a_dip(tmp_path / "dip")

    first = archive_folder(dip, tmp_path / "1.zip", lambda _: None)
    os.utime(dip / "bagit.txt", (0, 0))
    second = archive_folder(dip, tmp_path / "2.zip", lambda _: None)

    assert first.sha256 == second.sha256


def test_links_are_neither_followed_nor_kept(tmp_path: Path) -> None:
    dip = a_dip(tmp_path / "dip")
    (dip / "link").symlink_to("/etc/passwd")
    (dip / "folder").symlink_to("/etc")

    made = archive_folder(dip, tmp_path / "dip.zip", lambda _: None)

    with zipfile.ZipFile(made.path) as archive:
        assert not any(name.startswith(("link", "folder")) for name in archive.namelist())


def test_what_stops_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(_count: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        archive_folder(a_dip(tmp_path / "dip"), tmp_path / "dip.zip", stop)

    assert [one.name for one in tmp_path.iterdir()] == ["dip"]


def test_a_place_that_cannot_be_written_to_is_no_crash(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        archive_folder(a_dip(tmp_path / "dip"), tmp_path / "not-there" / "dip.zip", lambda _: None)


def test_clearing_what_is_not_there_is_no_matter(tmp_path: Path) -> None:
    clear_folder(tmp_path / "nothing")
    clear_folder(a_dip(tmp_path / "dip"))

    assert list(tmp_path.iterdir()) == []
