"""Work folders of migrations: what is kept is believed only with the bytes that its line says."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from preservation.adapters.migration_work import WorkFolder, WorkFolders
from preservation.adapters.scratch import Scratch
from preservation.domain.events import Json
from preservation.errors import NotHere


def keep(work: WorkFolder, source: str, *results: bytes) -> None:
    folder = Path(work.fresh())
    paths: list[str] = []
    for number, data in enumerate(results):
        (folder / str(number)).write_bytes(data)
        paths.append(str(folder / str(number)))
    told: list[Json] = [{"sha256": sha256(data).hexdigest(), "size": len(data)} for data in results]
    work.keep(source, {"source": source, "results": told}, paths)
    work.drop(str(folder))


def test_what_was_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    first = WorkFolders(tmp_path / "m", Scratch).open("plan-1")
    keep(first, "b", b"1", b"22")
    keep(first, "đ\n", b"3")
    keep(first, "failed")
    first.fresh()

    second = WorkFolders(tmp_path / "m", Scratch).open("plan-1")

    assert second.sources() == ["b", "failed", "đ\n"]
    with second.open("b", 1) as stream:
        assert stream.read() == b"22"
    assert second.entry("đ\n")["source"] == "đ\n"
    assert not list((tmp_path / "m/plan-1").glob("fresh-*"))
    with pytest.raises(NotHere):
        second.entry("c")


def test_a_line_whose_result_is_gone_or_changed_does_not_count(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    for source in "abc":
        keep(work, source, source.encode() * 10)
    (tmp_path / "kept/0/0/0").write_bytes(b"a" * 9)
    (tmp_path / "kept/0/1/0").unlink()

    again = WorkFolder(tmp_path)
    keep(again, "a", b"new")

    assert again.sources() == ["a", "c"]
    with again.open("a", 0) as stream:
        assert stream.read() == b"new"
    assert WorkFolder(tmp_path).sources() == ["a", "c"]


@pytest.mark.parametrize("torn", [b'{"at": 1, "entry": {"sour', b"\n", b"null\n", b'{"at": "x", "entry": 1}\n'])
def test_a_line_that_was_not_written_to_its_end_is_cut_away(tmp_path: Path, torn: bytes) -> None:
    keep(WorkFolder(tmp_path), "a", b"1")
    journal = tmp_path / "journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole + torn)

    work = WorkFolder(tmp_path)
    keep(work, "b", b"2")

    assert journal.read_bytes().startswith(whole + b'{"at": ')
    assert WorkFolder(tmp_path).sources() == ["a", "b"]
    assert [json.loads(line)["entry"]["source"] for line in journal.read_bytes().splitlines()] == ["a", "b"]


def test_only_a_plain_file_in_its_folder_is_a_result(tmp_path: Path) -> None:
    work = WorkFolders(tmp_path, Scratch).open("w")
    (tmp_path / "outside").write_bytes(b"secret")
    folder = Path(work.fresh())
    (folder / "good").write_bytes(b"result")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "folder").mkdir()
    (folder / "within").symlink_to(tmp_path)

    good = work.look(str(folder), "good")

    assert good is not None
    assert (good.size, good.sha256) == (6, sha256(b"result").digest())
    for path in ("link", "folder", "absent", "../../outside", "within/outside", "", str(tmp_path / "outside")):
        assert work.look(str(folder), path) is None, path


def test_a_cleared_folder_is_gone_and_names_tell_what_is_left(tmp_path: Path) -> None:
    folders = WorkFolders(tmp_path / "m", Scratch)
    assert list(folders.names()) == []
    work = folders.open("plan-1")
    folders.open("plan-2")
    keep(work, "a", b"1")

    work.clear()

    assert list(folders.names()) == ["plan-2"]
    assert folders.open("plan-1").sources() == []
    assert folders.open("plan-1").room() > 0


def test_what_is_forgotten_was_never_tried(tmp_path: Path) -> None:
    work = WorkFolder(tmp_path)
    for source in ("a", "đ\n", "c"):
        keep(work, source, source.encode())

    work.forget("a")
    work.forget("đ\n")
    work.forget("never tried")
    keep(work, "đ\n", b"again")

    assert work.sources() == ["c", "đ\n"]
    assert not (tmp_path / "kept/0/0").exists()
    again = WorkFolder(tmp_path)
    assert again.sources() == ["c", "đ\n"]
    with again.open("đ\n", 0) as stream:
        assert stream.read() == b"again"
