"""Repair: from copies that agree with the ledger, from nothing else, and never at the cost of evidence (CPP-004)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState
from preservation.errors import DiskFull
from preservation.services.fixity_mending import NO_INVENTORY
from tests.services.fixity_kit import FixityKit, a_home, damage


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path) as kit:
        yield kit


def test_cpp_004_a_damaged_file_is_set_aside_fetched_verified_and_each_step_is_an_event(kit: FixityKit) -> None:
    """CPP-004, steps 1a to 8 and 12."""
    path = kit.content("a", "third.bin")
    true = damage(path, b"rotten")
    seen = len(kit.events())

    report = kit.run()

    assert (report.damaged, report.repaired, report.unrepaired) == (1, 1, [])
    assert path.read_bytes() == true
    assert kit.kept("a") == [b"rotten"]
    steps = [(event.type, event.outcome) for event in kit.events()[seen:] if "batch" not in event.detail]
    assert steps == [
        (EventType.FIXITY_CHECK, EventOutcome.FAILURE),
        (EventType.QUARANTINE, EventOutcome.SUCCESS),
        (EventType.RECOVERY, EventOutcome.SUCCESS),
        (EventType.FIXITY_CHECK, EventOutcome.SUCCESS),
    ]
    assert kit.copy(kit.ids[0]).state is CopyState.INTACT


def test_two_copies_that_agree_with_each_other_but_not_with_the_ledger_are_both_damaged(kit: FixityKit) -> None:
    """CPP-004, step 2: the ledger says which copy is authoritative, not the majority."""
    for name in ("a", "b"):
        damage(kit.content(name, "third.bin"), b"the same on both")

    report = kit.run()

    assert (report.damaged, report.repaired, len(report.unrepaired)) == (2, 0, 2)
    assert {reason for _, _, reason in report.unrepaired} == {"no other copy has the logged digest"}
    assert [kit.content(name, "third.bin").read_bytes() for name in ("a", "b")] == [b"the same on both"] * 2
    assert not kit.kept("a")
    assert not kit.kept("b")


def test_files_damaged_on_different_replicas_mend_each_other(kit: FixityKit) -> None:
    first = damage(kit.content("a", "first.txt"))
    third = damage(kit.content("b", "third.bin"))

    report = kit.run()

    assert (report.damaged, report.repaired) == (2, 2)
    assert (kit.content("a", "first.txt").read_bytes(), kit.content("b", "third.bin").read_bytes()) == (first, third)


@pytest.mark.parametrize("path", ["inventory.json", "v3/inventory.json", "inventory.json.sha512", "0=ocfl_object_1.1"])
def test_what_is_no_content_is_made_again_though_it_is_damaged_on_both_replicas(kit: FixityKit, path: str) -> None:
    true = damage(kit.path("a", path))
    damage(kit.path("b", path))

    report = kit.run()

    assert (report.damaged, report.repaired) == (2, 2)
    assert kit.path("a", path).read_bytes() == kit.path("b", path).read_bytes() == true


def test_an_older_inventory_that_is_intact_nowhere_costs_nothing_but_itself(kit: FixityKit) -> None:
    for name in ("a", "b"):
        damage(kit.path(name, "v1/inventory.json"))
    true = damage(kit.content("a", "first.txt"))

    report = kit.run()

    assert kit.content("a", "first.txt").read_bytes() == true
    left = {problem.key.removeprefix(f"{kit.root}/") for problem in report.problems if not problem.repaired}
    assert left == {"v1/inventory.json"}
    assert len(report.unrepaired) == 2


def test_a_head_inventory_that_is_intact_nowhere_is_said_and_nothing_is_touched(kit: FixityKit) -> None:
    for name in ("a", "b"):
        for path in ("inventory.json", "v3/inventory.json"):
            damage(kit.path(name, path))

    report = kit.run()

    assert (report.damaged, report.repaired) == (2, 0)
    assert {reason for _, _, reason in report.unrepaired} == {NO_INVENTORY}
    assert not kit.kept("a")


def test_a_copy_that_is_gone_as_a_whole_is_made_again(kit: FixityKit) -> None:
    whole = {path.relative_to(kit.folder("a")): path.read_bytes() for path in _files(kit, "a")}
    kit.path("a", "").rename(kit.home / "elsewhere")

    report = kit.run()

    assert (report.missing, report.repaired) == (1, 1)
    assert {path.relative_to(kit.folder("a")): path.read_bytes() for path in _files(kit, "a")} == whole


def test_a_file_where_the_way_to_a_copy_should_be_is_set_aside(kit: FixityKit) -> None:
    top = kit.folder("a") / "/".join(kit.root.split("/")[:2])
    top.rename(kit.home / "elsewhere")
    top.write_bytes(b"rubble")

    report = kit.run()

    assert (report.missing, report.repaired) == (1, 1)
    assert kit.kept("a") == [b"rubble"]


def test_a_link_in_place_of_a_version_folder_is_set_aside_and_the_folder_made_again(kit: FixityKit) -> None:
    kit.path("a", "v1").rename(kit.home / "elsewhere")
    kit.path("a", "v1").symlink_to(kit.path("b", "v1"))

    report = kit.run()

    assert (report.damaged, report.repaired) == (1, 1)
    assert not kit.path("a", "v1").is_symlink()
    assert kit.content("a", "first.txt").read_bytes() == b"first"


def test_a_file_that_does_not_belong_is_set_aside(kit: FixityKit) -> None:
    kit.path("a", "v1/content/Thumbs.db").write_bytes(b"a stranger")

    report = kit.run()

    assert (report.damaged, report.repaired) == (1, 1)
    assert kit.kept("a") == [b"a stranger"]


def test_a_full_disk_leaves_the_copy_to_be_repaired_later_and_the_evidence_is_kept(kit: FixityKit) -> None:
    def full(_real: Any, key: str, *_rest: Any) -> None:
        raise DiskFull(f"cannot restore {key}: No space left on device")

    path = kit.content("a", "third.bin")
    true = damage(path, b"rotten")
    kit.stores[kit.ids[0]].calls["restore"] = full

    report = kit.run()

    assert (report.damaged, report.repaired, len(report.unrepaired)) == (1, 0, 1)
    assert kit.kept("a") == [b"rotten"]
    failed = [event for event in kit.events() if event.type is EventType.RECOVERY]
    assert [event.outcome for event in failed] == [EventOutcome.FAILURE]
    del kit.stores[kit.ids[0]].calls["restore"]
    assert kit.run().repaired == 1
    assert path.read_bytes() == true


def test_a_process_killed_in_a_repair_leaves_it_to_the_next_run(kit: FixityKit) -> None:
    def killed(_real: Any, *_arguments: Any) -> None:
        raise Killed

    path = kit.content("a", "third.bin")
    true = damage(path, b"rotten")
    kit.stores[kit.ids[0]].calls["restore"] = killed
    with pytest.raises(Killed):
        kit.run()
    del kit.stores[kit.ids[0]].calls["restore"]

    report = kit.run()

    assert (report.missing, report.repaired) == (1, 1)
    assert (path.read_bytes(), kit.kept("a")) == (true, [b"rotten"])


def test_a_source_that_changes_while_it_is_copied_is_never_written_in(kit: FixityKit) -> None:
    def changes(real: Any, key: str) -> Any:
        return real(key.replace("third.bin", "first.txt"))

    path = kit.content("a", "third.bin")
    damage(path, b"rotten")
    kit.stores[kit.ids[1]].calls["open"] = changes

    report = kit.run()

    assert (report.repaired, len(report.unrepaired)) == (0, 1)
    assert not path.exists()
    assert kit.kept("a") == [b"rotten"]


def _files(kit: FixityKit, name: str) -> list[Path]:
    return [path for path in kit.path(name, "").rglob("*") if path.is_file()]
