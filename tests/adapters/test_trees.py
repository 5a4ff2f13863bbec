"""A folder as a tree: names are kept, links are never followed."""

import os
from pathlib import Path

import pytest

from preservation.adapters.trees import FolderTree
from preservation.errors import NotHere, Unavailable
from preservation.standards.ocfl.validation.tree import Entry, EntryKind


def test_entries_are_sorted_and_tell_their_kind(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "c").mkdir()
    (tmp_path / "a").symlink_to(tmp_path / "c")
    os.mkfifo(tmp_path / "d")

    assert FolderTree(tmp_path).entries("") == [
        Entry("a", EntryKind.LINK),
        Entry("b", EntryKind.FILE),
        Entry("c", EntryKind.FOLDER),
        Entry("d", EntryKind.OTHER),
    ]


def test_a_name_that_is_no_utf_8_is_escaped_and_can_be_opened(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9", "wb") as stream:
        stream.write(b"bytes")
    tree = FolderTree(tmp_path)

    (entry,) = tree.entries("")

    assert entry.name == "caf\ufffdE9"
    with tree.open(entry.name) as opened:
        assert opened.read() == b"bytes"


@pytest.mark.parametrize("path", ["link", "folder-link/file", "pipe", "folder", "nothing"])
def test_what_is_no_regular_file_in_real_folders_is_not_opened(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"secret")
    (tmp_path / "folder-link").symlink_to(tmp_path / "folder")
    (tmp_path / "link").symlink_to(tmp_path / "folder/file")
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Unavailable):
        FolderTree(tmp_path).open(path)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"x")
    tree = FolderTree(tmp_path)
    before = len(os.listdir("/proc/self/fd"))

    tree.entries("a/b")
    with tree.open("a/b/file") as stream:
        stream.read()
    with pytest.raises(Unavailable):
        tree.open("a/b")

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_tree_that_is_no_folder_is_not_here(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    for name in ("file", "nothing"):
        with pytest.raises(NotHere):
            FolderTree(tmp_path / name).entries("")
