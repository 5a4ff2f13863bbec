"""Copies that are behind, or on a replica whose repairs are held: what a check finds of them is on record, and once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import CopyState, ReplicaState
from preservation.services.fixity import Selection
from tests.homes import assert_sound, make_home
from tests.package_builders import write_files
from tests.services.fixity_clock import a_slice, at, later
from tests.services.fixity_kit import BadSector, FixityKit, Quiet, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def test_a_copy_that_is_behind_and_gone_is_a_loss(kit: FixityKit) -> None:
    """It was read back once: that it is not there any more is no delay of `replica sync`."""
    catalogue, clock = kit.repository.catalogue, later(kit, days=1)
    with catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(kit.ids[0]), state=CopyState.PENDING, due=AT_ONCE)])
    kit.path("a", "").rename(kit.home / "taken away")
    before = len(kit.events())

    report = at(kit, clock).run(Selection.DUE, Quiet(), replica=kit.ids[0])

    assert (report.missing, report.repaired) == (1, 1)
    told = [(one.type, one.outcome, one.detail.get("outcome")) for one in kit.events()[before:]]
    assert (EventType.FIXITY_CHECK, EventOutcome.FAILURE, "missing") in told
    assert kit.copy(kit.ids[1]).due == AT_ONCE
    assert kit.path("a", "0=ocfl_object_1.1").is_file()


def test_a_first_version_that_is_gone_when_its_replica_comes_back_is_told(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "first", {"a.txt": b"a"}))
    away = tmp_path / "away"
    home.replica("b").rename(away)
    home.run("ingest", str(write_files(tmp_path / "second", {"a.txt": b"b"})), "--aip", aip)
    away.rename(home.replica("b"))
    home.object(aip, "b").rename(tmp_path / "taken away")

    report = home.run("fixity", "run", "--all").json

    assert (report["missing"], report["repaired"]) == (1, 1)
    assert_sound(home)


def test_a_held_copy_that_stays_damaged_is_one_line_among_others(kit: FixityKit) -> None:
    """It is looked at every hour: that must not fill the ledger while nobody has time to look at the disk."""
    catalogue, clock, replica = kit.repository.catalogue, later(kit, days=1), kit.ids[0]
    own = kit.repository.locations.object_root(kit.repository.locations.repository)
    with catalogue.begin() as tx:
        tx.save_replica(replace(kit.repository.replicas.records[replica], state=ReplicaState.HELD))
    damage(kit.content("a", "first.txt"))
    damage(next(one for one in (kit.folder("a") / own / "v1" / "content").rglob("*") if one.is_file()))
    first = at(kit, clock).run(Selection.ALL, Quiet(), replica=replica)
    before, batches = len(kit.events()), len(catalogue.fixity_batches())

    reports = []
    for _ in range(24):
        clock.time += timedelta(minutes=61)
        reports.append(at(kit, clock).run(Selection.DUE, Quiet(), replica=replica, slice=a_slice(clock)))

    assert (first.damaged, len(first.unrepaired)) == (2, 2)
    assert [(one.damaged, len(one.unrepaired)) for one in reports] == [(2, 2)] * 24
    told = kit.events()[before:]
    assert [one.detail["damaged"] for one in told if "batch" in one.detail] == [2] * 24
    assert len(told) == 24
    assert len(catalogue.fixity_batches()) - batches == 24
    assert kit.copy(replica).checked == max(one.checked for one in catalogue.copies(kit.aip) if one.checked)


def test_what_was_found_before_it_is_mended_is_on_record_also_where_it_was_known(kit: FixityKit) -> None:
    catalogue, clock, replica = kit.repository.catalogue, later(kit, days=1), kit.ids[0]
    record = kit.repository.replicas.records[replica]
    with catalogue.begin() as tx:
        tx.save_replica(replace(record, state=ReplicaState.HELD))
    damage(kit.content("a", "first.txt"))
    at(kit, clock).run(Selection.ALL, Quiet(), replica=replica)
    with catalogue.begin() as tx:
        tx.save_replica(record)
    before = len(kit.events())
    clock.time += timedelta(hours=2)

    report = at(kit, clock).run(Selection.DUE, Quiet(), replica=replica)

    outcomes = [one.detail.get("outcome") for one in kit.events()[before:] if one.type is EventType.FIXITY_CHECK]
    assert report.repaired == 1
    assert [one for one in outcomes if one] == ["damaged", "intact"]


def test_a_file_that_stays_unreadable_is_told_once(kit: FixityKit) -> None:
    clock, replica = later(kit, days=1), kit.ids[0]

    def bad(real: Any, key: str) -> Any:
        return BadSector() if key.endswith("third.bin") else real(key)

    kit.stores[replica].calls["open_cold"] = bad
    told = []
    for _ in range(3):
        before = len(kit.events())
        at(kit, clock).run(Selection.DUE, Quiet(), replica=replica)
        told.append([one.detail["outcome"] for one in kit.events()[before:] if "outcome" in one.detail])
        clock.time += timedelta(hours=2)

    assert told == [["unreadable"], [], []]
