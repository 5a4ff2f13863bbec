"""A folder of exports stays within itself, writes over nothing, and appears whole or not at all."""

import os
from pathlib import Path

import pytest

from preservation.adapters.export_folder import ExportFolder
from preservation.errors import Conflict, Unavailable, WrongUse


@pytest.fixture
def target(tmp_path: Path) -> ExportFolder:
    folder = ExportFolder(tmp_path / "dip")
    folder.begin()
    return folder


def test_nothing_is_seen_before_it_is_published(target: ExportFolder, tmp_path: Path) -> None:
    target.put(b"a/b.txt", b"beta")
    target.seal()
    seen = (tmp_path / "dip").exists()

    target.publish()
    target.close()

    assert not seen
    assert [path.name for path in tmp_path.iterdir()] == ["dip"]
    assert (tmp_path / "dip/a/b.txt").read_bytes() == b"beta"


def test_names_are_raw_bytes_and_paths_may_be_longer_than_the_system_takes_at_once(
    target: ExportFolder, tmp_path: Path
) -> None:
    deep = b"/".join([b"\xff" + b"x" * 250] * 20)

    target.put(deep + b"/a", b"alpha")
    target.put(deep + b"/b", b"beta")
    target.put(b"near", b"near")
    target.put(deep + b"/c", b"gamma")
    target.publish()
    target.close()

    folder = os.open(tmp_path / "dip", os.O_RDONLY)
    for name in deep.split(b"/"):
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    names = os.listdir(folder)
    os.close(folder)
    assert len(deep) > 4096
    assert sorted(names) == ["a", "b", "c"]


@pytest.mark.parametrize("path", [b"", b"/etc/passwd", b"../x", b"a/../../x", b"a//b", b"./a", b"a/", b"a\0b"])
def test_a_path_that_would_leave_the_folder_is_refused(target: ExportFolder, tmp_path: Path, path: bytes) -> None:
    with pytest.raises(WrongUse):
        target.put(path, b"evil")
    with pytest.raises(WrongUse):
        target.create(path)
    with pytest.raises(WrongUse):
        target.make_folder(path)
    target.abort()
    assert list(tmp_path.iterdir()) == []


def test_a_link_on_the_way_is_not_followed(target: ExportFolder, tmp_path: Path) -> None:
    (hidden,) = tmp_path.iterdir()
    (tmp_path / "elsewhere").mkdir()
    (hidden / "dip/link").symlink_to(tmp_path / "elsewhere")
    (hidden / "dip/file").symlink_to(tmp_path / "elsewhere/file")

    for path in (b"link/x", b"file"):
        with pytest.raises((Conflict, Unavailable)):
            target.put(path, b"evil")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_nothing_is_written_over(target: ExportFolder) -> None:
    target.put(b"a", b"first")

    with pytest.raises(Conflict):
        target.put(b"a", b"second")
    with pytest.raises(Conflict):
        target.put(b"a/b", b"below a file")


def test_a_file_taken_back_can_be_written_again(target: ExportFolder, tmp_path: Path) -> None:
    sink = target.create(b"a/b")
    sink.write(b"wrong")
    sink.close()
    target.discard(b"a/b")

    sink = target.create(b"a/b")
    sink.write(b"ri")
    sink.write(memoryview(b"ght"))
    sink.close()
    sink.close()
    target.publish()
    target.close()

    assert (tmp_path / "dip/a/b").read_bytes() == b"right"


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_name_that_is_taken_is_refused_at_the_start_and_at_the_end(tmp_path: Path, kind: str) -> None:
    def occupy() -> None:
        if kind == "file":
            (tmp_path / "dip").touch()
        elif kind == "folder":
            (tmp_path / "dip").mkdir()
        else:
            (tmp_path / "dip").symlink_to("nowhere")

    late = ExportFolder(tmp_path / "dip")
    late.begin()
    occupy()

    with pytest.raises(WrongUse):
        ExportFolder(tmp_path / "dip").begin()
    with pytest.raises(WrongUse):
        late.publish()
    late.abort()
    assert [path.name for path in tmp_path.iterdir()] == ["dip"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        ExportFolder(tmp_path / "no/dip").begin()
    assert list(tmp_path.iterdir()) == []


def test_undoing_takes_back_a_publication_too_until_it_is_closed(tmp_path: Path) -> None:
    for name, close in (("one", False), ("two", True)):
        target = ExportFolder(tmp_path / name)
        target.begin()
        target.put(b"a", b"alpha")
        target.publish()
        if close:
            target.close()
        target.abort()
        target.abort()

    assert [path.name for path in tmp_path.iterdir()] == ["two"]


def test_a_failure_to_write_is_unavailable(target: ExportFolder) -> None:
    with pytest.raises(Unavailable):
        target.put(b"x" * 256, b"a name that is too long")
