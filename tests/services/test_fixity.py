"""Fixity: four outcomes that are never mixed, what is recorded of them, and which copies are due (CPP-003)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState
from preservation.errors import ReplicaAway, Unavailable
from preservation.services.fixity import Selection
from preservation.services.fixity_batches import batch_key
from preservation.standards.merkle import leaf_hash, peaks, root_of_peaks
from tests.services.fixity_kit import BadSector, FixityKit, Quiet, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path) as kit:
        yield kit


def test_cpp_003_every_file_of_every_copy_is_read_and_found_intact(kit: FixityKit) -> None:
    """CPP-003, steps 1 to 3."""
    before = kit.copy(kit.ids[0]).checked
    held = [path for path in kit.path("a", "").rglob("*") if path.is_file()]

    report = kit.run()

    assert (report.checked, report.intact, report.problems_in_all) == (2, 2, 0)
    assert report.files == 2 * len(held)
    assert report.bytes == 2 * sum(path.stat().st_size for path in held)
    after = kit.copy(kit.ids[0]).checked
    assert before is not None
    assert after is not None
    assert after > before


def test_a_file_on_a_bad_sector_is_unreadable_and_nothing_is_changed(kit: FixityKit) -> None:
    def bad(real: Any, key: str) -> Any:
        return BadSector() if key.endswith("third.bin") else real(key)

    kit.stores[kit.ids[0]].calls["open_cold"] = bad
    before = kit.copy(kit.ids[0])

    report = kit.run()

    assert (report.intact, report.unreadable, report.damaged, report.missing, report.repaired) == (1, 1, 0, 0, 0)
    assert [problem.outcome for problem in report.problems] == ["unreadable"]
    assert not report.unrepaired
    assert kit.copy(kit.ids[0]).state is CopyState.UNREADABLE
    assert kit.copy(kit.ids[0]).checked == before.checked
    assert not kit.kept("a")


def test_a_file_that_may_not_be_read_is_unreadable(kit: FixityKit) -> None:
    def refused(real: Any, key: str) -> Any:
        if key.endswith("third.bin"):
            raise Unavailable("cannot open it: Permission denied")
        return real(key)

    kit.stores[kit.ids[0]].calls["open_cold"] = refused

    report = kit.run()

    assert (report.unreadable, report.problems[0].reason) == (1, "cannot open it: Permission denied")


def test_a_missing_file_beside_an_unreadable_one_is_repaired_and_the_copy_stays_unreadable(kit: FixityKit) -> None:
    def bad(real: Any, key: str) -> Any:
        return BadSector() if key.endswith("third.bin") else real(key)

    kit.stores[kit.ids[0]].calls["open_cold"] = bad
    lost = kit.content("a", "first.txt")
    lost.unlink()

    report = kit.run()

    assert lost.read_bytes() == b"first"
    assert {(problem.outcome, problem.repaired) for problem in report.problems} == {
        ("unreadable", False),
        ("missing", True),
    }
    assert (report.unreadable, report.repaired) == (1, 0)


def test_a_folder_in_place_of_a_file_is_found_and_made_right(kit: FixityKit) -> None:
    path = kit.content("a", "first.txt")
    path.unlink()
    path.mkdir()

    report = kit.run()

    assert (report.missing, report.repaired, path.read_bytes()) == (1, 1, b"first")


def test_an_unmounted_replica_is_told_once_and_nothing_of_it_is_missing(kit: FixityKit) -> None:
    kit.folder("a").rename(kit.folder("gone"))

    report = kit.run(replica=kit.ids[0])

    assert (report.missing, report.damaged, report.repaired) == (0, 0, 0)
    assert (report.checked, report.unreadable) == (1, 1)
    assert list(report.away) == [kit.ids[0]]


def test_an_empty_mount_point_is_away(kit: FixityKit) -> None:
    kit.folder("a").rename(kit.folder("gone"))
    kit.folder("a").mkdir()

    report = kit.run(replica=kit.ids[0])

    assert (report.missing, report.unreadable, len(report.away)) == (0, 1, 1)
    assert list(kit.folder("a").iterdir()) == []


def test_a_replica_that_goes_away_in_the_middle_keeps_what_was_recorded(kit: FixityKit) -> None:
    first, *_ = kit.repository.catalogue.copies_on(kit.ids[0])
    root = kit.repository.locations.object_root(first.aip)

    def goes(real: Any, prefix: str) -> Any:
        # Copies are listed by several threads at once: which of them comes first is not known.
        if prefix != root:
            raise ReplicaAway("unplugged")
        return real(prefix)

    kit.stores[kit.ids[0]].calls["list"] = goes
    before = len(kit.repository.catalogue.fixity_batches())

    report = kit.run(replica=kit.ids[0])

    assert report.away == {kit.ids[0]: "unplugged"}
    assert (report.intact, report.missing) == (1, 0)
    assert len(kit.repository.catalogue.fixity_batches()) == before + 1


def test_an_interrupted_run_keeps_what_was_found(kit: FixityKit) -> None:
    class Interrupted(Quiet):
        def __init__(self) -> None:
            self.told = 0

    # Copies are checked several at a time; the second in the order of recording is the one that is interrupted.
    second = kit.repository.catalogue.copies_on(kit.ids[0])[1].aip
    interrupted = kit.repository.locations.object_root(second)

    def stops(real: Any, prefix: str) -> Any:
        if prefix == interrupted:
            raise KeyboardInterrupt
        return real(prefix)

    kit.stores[kit.ids[0]].calls["list"] = stops
    before = len(kit.repository.catalogue.fixity_batches())

    with pytest.raises(KeyboardInterrupt):
        kit.run(replica=kit.ids[0])

    assert len(kit.repository.catalogue.fixity_batches()) == before + 1


def test_a_mismatch_that_is_gone_on_second_reading_is_a_warning(kit: FixityKit) -> None:
    wrong_once: list[str] = []

    def once(real: Any, key: str) -> Any:
        if key.endswith("first.txt") and not wrong_once:
            wrong_once.append(key)
            return real(key.replace("first.txt", "third.bin"))
        return real(key)

    kit.stores[kit.ids[0]].calls["open_cold"] = once

    report = kit.run()

    assert (report.intact, report.damaged, report.repaired) == (2, 0, 0)
    warning = next(event for event in kit.events() if event.outcome is EventOutcome.WARNING)
    assert (warning.type, warning.detail["transient"]) == (EventType.FIXITY_CHECK, 1)


def test_a_batch_has_the_merkle_root_of_its_lines_and_lies_on_each_replica(kit: FixityKit) -> None:
    kit.run()

    event = [event for event in kit.events() if "batch" in event.detail][-1]
    key = batch_key(str(event.detail["batch"]))
    data = (kit.folder("a") / key).read_bytes()
    root = root_of_peaks(peaks(b"".join(leaf_hash(line) for line in data.splitlines())))
    assert event.detail["root"] == root.hex()
    assert (kit.folder("b") / key).read_bytes() == data
    assert event.outcome is EventOutcome.SUCCESS


def test_only_copies_that_are_due_are_checked_unless_all_are_wanted(kit: FixityKit) -> None:
    assert kit.fixity().run(Selection.DUE, Quiet()).checked == 0

    damage(kit.content("a", "first.txt"))
    damage(kit.content("b", "first.txt"))
    kit.run()

    # The damaged ones, and those that were written beside them; then they are known to be well.
    assert kit.fixity().run(Selection.DUE, Quiet()).checked == 4
    assert kit.fixity().run(Selection.DUE, Quiet()).checked == 2
    assert kit.fixity().run(Selection.ALL, Quiet()).checked == 4


def test_a_copy_is_due_when_its_window_has_passed(kit: FixityKit) -> None:
    now = kit.repository.clock.now()

    class Later:
        def now(self) -> Any:
            return now + timedelta(days=kit.repository.policies.fixity.window_days, minutes=1)

    report = replace(kit.fixity(), clock=Later()).run(Selection.DUE, Quiet())

    assert (report.checked, report.intact) == (4, 4)


def test_the_figures_tell_copies_checked_within_the_window(kit: FixityKit) -> None:
    start = kit.repository.clock.now()
    damage(kit.content("a", "first.txt"))
    damage(kit.content("b", "first.txt"))
    kit.run()

    figures = kit.repository.catalogue.replica_figures(start)

    assert [(one.copies, one.intact, one.damaged, one.within) for one in figures] == [
        (2, 1, 1, 1),
        (2, 1, 1, 1),
    ]


def test_a_version_that_was_committed_but_not_recorded_is_no_damage(kit: FixityKit) -> None:
    copy = kit.copy(kit.ids[0])
    with kit.repository.catalogue.begin() as tx:
        tx.save_copies([replace(copy, version=2)])

    report = kit.run()

    assert (report.intact, report.problems_in_all) == (2, 0)
    assert kit.copy(kit.ids[0]).version == 3
