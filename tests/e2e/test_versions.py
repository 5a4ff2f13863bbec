"""A second submission to an AIP makes a new version (CPP-021): what is unchanged is stored once, and both can be read."""

import json
import shutil
from pathlib import Path

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState
from tests.homes import TestHome, assert_sound, assert_valid_object, make_home, originals, state
from tests.package_builders import bag_files, write_files

FIRST = {"giữ.txt": b"kept" * 100, "đổi.txt": b"before", "bỏ.txt": b"left out" * 50}
SECOND = {"giữ.txt": b"kept" * 100, "đổi.txt": b"after", "tên mới.txt": b"left out" * 50, "mới.txt": b"new"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("versions") / "home")


@pytest.fixture
def aip(home: TestHome, tmp_path: Path) -> str:
    return home.preserved(write_files(tmp_path / "first", FIRST))


def new_content(folder: Path, version: int) -> set[str]:
    """What a version brought into the first representation, as file names."""
    data = folder / f"v{version}" / "content" / "representations" / "rep1" / "data"
    return {path.name for path in data.rglob("*") if path.is_file()}


def test_a_replacement_has_exactly_the_new_files_and_stores_only_new_bytes(
    home: TestHome, aip: str, tmp_path: Path
) -> None:
    """CPP-021 steps 1, 2, 3c, 6, 7: a full update replaces the content; the version before is kept."""
    (taken,) = home.ingest(write_files(tmp_path / "second", SECOND), "--aip", aip)

    assert (taken["status"], taken["aip_id"], taken["version"]) == ("preserved", aip, 2)
    for replica in ("a", "b"):
        folder = home.object(aip, replica)
        assert originals(folder, 1) == FIRST
        assert originals(folder, 2) == SECOND
        assert new_content(folder, 2) == {"đổi.txt", "mới.txt"}
        assert_valid_object(folder)


def test_a_supplement_adds_to_what_is_there_and_renews_what_it_names(home: TestHome, aip: str, tmp_path: Path) -> None:
    """CPP-021 step 3b: files are added, or replaced by name; the rest stays."""
    addition = {"đổi.txt": b"after", "mới/a.txt": b"new"}

    (taken,) = home.ingest(write_files(tmp_path / "second", addition), "--aip", aip, "--mode", "supplement")

    folder = home.object(aip)
    assert taken["status"] == "preserved"
    assert originals(folder, 1) == FIRST
    assert originals(folder, 2) == FIRST | addition
    assert new_content(folder, 2) == {"đổi.txt", "a.txt"}
    assert_valid_object(folder)
    shown = {file["original_name"] for file in home.show(aip)["files"]} - {None}
    assert shown == set(FIRST | addition)


def test_the_same_package_again_stores_no_content_twice(home: TestHome, aip: str, tmp_path: Path) -> None:
    (taken,) = home.ingest(tmp_path / "first", "--aip", aip)

    assert (taken["status"], taken["version"]) == ("preserved", 2)
    assert new_content(home.object(aip), 2) == set()
    assert originals(home.object(aip), 2) == FIRST
    assert_valid_object(home.object(aip))


def test_documents_that_come_out_the_same_are_stored_once_too(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "bag", bag_files()))

    home.ingest(write_files(tmp_path / "more", {"new.txt": b"x"}), "--aip", aip, "--mode", "supplement")

    inventory = json.loads((home.object(aip) / "inventory.json").read_bytes())
    assert [paths for paths in inventory["manifest"].values() if len(paths) > 1] == []
    assert_valid_object(home.object(aip))


def test_a_supplement_that_makes_a_folder_of_a_file_is_rejected(home: TestHome, aip: str, tmp_path: Path) -> None:
    addition = write_files(tmp_path / "second", {"giữ.txt/below.txt": b"x"})

    answer = home.run("ingest", addition, "--aip", aip, "--mode", "supplement")

    (taken,) = answer.json
    assert (answer.status, taken["status"]) == (1, "rejected")
    assert [finding["code"] for finding in taken["findings"]] == ["PKG-CLASHES-WITH-HELD"]
    assert home.show(aip)["head"] == 1
    assert_valid_object(home.object(aip))


def test_a_version_has_its_own_events_with_transfer_and_number(home: TestHome, aip: str, tmp_path: Path) -> None:
    """CPP-021 steps 4 and 5: the version has its identifier; date, source and extent are recorded."""
    (taken,) = home.ingest(write_files(tmp_path / "second", SECOND), "--aip", aip)

    ingestions = [
        event for event in home.events(EventType.INGESTION) if any(linked.id == aip for linked in event.objects)
    ]
    assert [event.outcome for event in ingestions] == [EventOutcome.SUCCESS] * 2
    versions = [linked.version for event in ingestions for linked in event.objects if linked.kind == "aip"]
    assert versions == [1, 2]
    assert taken["transfer_id"] in {linked.id for linked in ingestions[1].objects}
    inventory = json.loads((home.object(aip) / "inventory.json").read_bytes())
    assert inventory["versions"]["v2"]["message"] == f"transfer {taken['transfer_id']}"


def test_a_rejected_version_leaves_the_head_as_it_was(home: TestHome, aip: str, tmp_path: Path) -> None:
    bag = write_files(tmp_path / "bag", bag_files({"data/a.txt": b"a"}))
    (bag / "data/a.txt").write_bytes(b"b")

    (taken,) = home.ingest(bag, "--aip", aip)

    assert taken["status"] == "rejected"
    assert home.show(aip)["head"] == 1
    assert originals(home.object(aip)) == FIRST
    assert not (home.object(aip) / "v2").exists()


def test_a_version_of_an_unknown_aip_is_wrong_use_and_makes_no_transfer(home: TestHome, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", FIRST)
    before = home.transfers()

    answer = home.run("ingest", folder, "--aip", "urn:uuid:00000000-0000-7000-8000-000000000000")

    assert (answer.status, answer.json["error"]) == (2, "NotHere")
    assert home.transfers() == before


def test_empty_folders_are_carried_by_a_supplement_until_something_is_in_them(home: TestHome, tmp_path: Path) -> None:
    first = write_files(tmp_path / "first", {"a.txt": b"a"})
    for name in ("đầy sau", "mãi rỗng"):
        (first / name).mkdir()
    aip = home.preserved(first)

    home.ingest(write_files(tmp_path / "second", {"đầy sau/b.txt": b"b"}), "--aip", aip, "--mode", "supplement")

    held = json.loads(state(home.object(aip))["metadata/preservation/empty-directories.json"])
    assert held == {"empty_directories": ["representations/rep1/data/mãi rỗng"]}


def test_the_description_of_a_supplement_is_that_of_the_whole(home: TestHome, tmp_path: Path) -> None:
    first = write_files(
        tmp_path / "first", {"a.txt": b"a", "metadata/metadata.csv": b"filename,dc.title\nobjects,One\n"}
    )
    aip = home.preserved(first)

    home.ingest(write_files(tmp_path / "second", {"b.txt": b"b"}), "--aip", aip, "--mode", "supplement")

    assert ["title", "One"] in home.show(aip)["description"]


def test_a_version_is_made_although_one_replicas_copy_is_behind(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "first", FIRST))
    home.replica("b").rename(home.replica("away"))
    (second,) = home.ingest(write_files(tmp_path / "second", SECOND), "--aip", aip)
    home.replica("away").rename(home.replica("b"))

    (third,) = home.ingest(write_files(tmp_path / "third", {"ba.txt": b"3"}), "--aip", aip)

    assert [(one["status"], one["copies"]) for one in (second, third)] == [("stored", 1), ("stored", 1)]
    by_replica = {copy["replica"]: copy for copy in home.show(aip)["copies"]}
    assert (by_replica["a"]["version"], by_replica["a"]["state"]) == (3, "intact")
    assert (by_replica["b"]["version"], by_replica["b"]["state"]) == (1, "pending")
    assert home.run("replica", "sync").status == 0
    for replica in ("a", "b"):
        assert originals(home.object(aip, replica), 2) == SECOND
        assert originals(home.object(aip, replica), 3) == {"ba.txt": b"3"}
        assert_valid_object(home.object(aip, replica))
    assert_sound(home)


def test_a_version_added_to_a_damaged_copy_does_not_hide_the_damage(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "first", FIRST))
    for replica in ("a", "b"):  # both, so that no good copy is left to repair from
        (kept,) = (home.object(aip, replica) / "v1" / "content").rglob("giữ.txt")
        kept.chmod(0o644)
        kept.write_bytes(b"KEPT" * 100)
    assert home.run("fixity", "run", "--all").status == 1

    (taken,) = home.ingest(write_files(tmp_path / "second", {"mới.txt": b"x"}), "--aip", aip, "--mode", "supplement")

    assert (taken["status"], taken["copies"]) == ("stored", 0)
    assert {copy.state for copy in home.copies() if copy.aip == aip} == {CopyState.DAMAGED}


def test_all_of_that_left_a_sound_repository(home: TestHome) -> None:
    assert_sound(home)
    shutil.rmtree(home.root)
