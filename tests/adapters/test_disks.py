"""Room on disks."""

from pathlib import Path

from preservation.adapters.disks import disk_spaces


def test_a_file_system_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    found = disk_spaces({"home": tmp_path, "shared memory": Path("/dev/shm"), "replica a": tmp_path / "a"})
    assert [disk.place for disk in found] == ["home, replica a", "shared memory"]


def test_room_is_told_of_places_that_are_there(tmp_path: Path) -> None:
    found = disk_spaces({"home": tmp_path, "replica a": tmp_path / "away"})

    (home,) = found
    assert home.place == "home"
    assert 0 < home.free < home.total
    assert home.free_text.endswith(" GiB")
