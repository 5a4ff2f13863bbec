"""The walk through the folders that somebody asks about."""

import os
from pathlib import Path

from preservation.adapters.format_identification.tree import walk_files


def test_a_walk_yields_every_file_in_order_and_enters_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    for folder in (outside, inside / "b", inside / "a" / "deep"):
        folder.mkdir(parents=True)
    for file in (outside / "secret", inside / "z", inside / "b" / "1", inside / "a" / "deep" / "2"):
        file.touch()
    (inside / "link").symlink_to(outside)
    odd = os.path.join(os.fsencode(inside), b"\xff\n")
    with open(odd, "wb"):
        pass

    found = list(walk_files(os.fsencode(inside)))

    names = [os.path.relpath(each, os.fsencode(inside)) for each in found if isinstance(each, bytes)]
    assert names == [b"link", b"z", b"\xff\n", b"a/deep/2", b"b/1"]


def test_a_file_a_link_or_nothing_is_yielded_as_itself(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    for name in ("file", "link", "missing"):
        path = os.fsencode(tmp_path / name)

        assert list(walk_files(path)) == [path]


def test_a_folder_that_becomes_a_link_while_we_walk_is_not_entered(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (inside / "b").mkdir(parents=True)
    outside.mkdir()
    (inside / "a").touch()
    (outside / "secret").touch()
    walk = walk_files(os.fsencode(inside))
    first = next(walk)

    (inside / "b").rmdir()
    (inside / "b").symlink_to(outside)
    rest = list(walk)

    assert first == os.fsencode(inside / "a")
    assert rest == [(os.fsencode(inside / "b"), "The folder cannot be looked into: Not a directory.")]
