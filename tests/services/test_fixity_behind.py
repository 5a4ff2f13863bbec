"""Copies that are behind, or on a replica whose repairs are held: what a check finds of them is on record, and once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.holdings import CopyState
from preservation.services.fixity import Selection
from tests.homes import assert_sound, make_home
from tests.package_builders import write_files
from tests.services.fixity_clock import at, later
from tests.services.fixity_kit import FixityKit, Quiet, a_home


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
