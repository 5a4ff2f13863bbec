"""A plan that is stopped in the middle of an AIP: what failed in it is counted and listed, and nothing of it is left over."""

from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.bootstrap.migrations import clear_migrations, migration_acts, stop_plan
from preservation.domain.events import Event, EventType
from preservation.domain.migration_plans import ItemState, PlanState
from preservation.services.migration_runs import RunEnd
from tests.homes import TestHome, make_home
from tests.migration_kit import LAN, Kill, PillowConverter, killed_after, many_bmps, migrations, spoiled


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("stopping") / "home", identify=True)


def folders(home: TestHome) -> list[str]:
    place = home.root / "migrations"
    return [one.name for one in place.iterdir()] if place.exists() else []


def told(home: TestHome, plan: str) -> list[Event]:
    found = home.events(EventType.MIGRATION, EventType.MODIFICATION)
    return [one for one in found if any(linked.id == plan for linked in one.objects)]


def test_a_plan_that_stops_for_errors_within_an_aip_tells_of_its_failures(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 40))
    with migrations(home.root, aip, converter=PillowConverter(spoiled)) as work:
        plan = work.started()
        report = work.run(plan)
        item, now = work.item(plan), work.now(plan)
        tried = work.repository.catalogue.migration_table().tried(plan.rule.name, [aip])
        bootstrap.publish(work.repository)

    assert (report.end, report.failed, now.state) == (RunEnd.STOPPED, 32, PlanState.STOPPED)
    assert (item.state, item.done, item.failed) == (ItemState.UNCHANGED, 0, 32)
    assert item.reasons == {"RESULT-INVALID": 32}
    assert (now.progress.aips, now.progress.failed) == (1, 32)
    # Eight files were not tried: another plan is to look at the AIP.
    assert tried == {}
    of_aip, stopped = told(home, plan.id)[-2:]
    assert (of_aip.detail["failed"], of_aip.detail["state"]) == (32, "unchanged")
    files = of_aip.private["files"]
    assert isinstance(files, list)
    assert files[0] == {"path": "representations/rep1/data/000.bmp", "code": "RESULT-INVALID", "detail": ""}
    assert len(files) == 32
    assert (stopped.detail["act"], stopped.detail["failed"]) == ("migration stopped", 32)
    assert folders(home) == []


def test_an_aip_that_a_pause_interrupted_ends_when_its_plan_is_stopped(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 20))
    with migrations(home.root, aip) as work:
        plan = work.started()
        acts = migration_acts(work.repository)
        seen = 0

        def pausing(_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == 1:
                acts.pause(plan.id, LAN)

        made: list[Path] = []

        def one_fails(path: Path) -> None:
            made.append(path)
            if path is made[0]:
                spoiled(path)

        work.by(PillowConverter(one_fails, before=pausing)).run(plan)
        paused = work.item(plan)
        stopped = stop_plan(work.repository, plan.id, LAN, "not now")
        item = work.item(plan)

    assert (paused.state, stopped.state) == (ItemState.RUNNING, PlanState.STOPPED)
    assert item.state is ItemState.UNCHANGED
    assert (item.done, item.failed, stopped.progress.failed) == (0, 1, 1)
    assert item.reasons == {"RESULT-INVALID": 1}
    assert home.show(aip)["head"] == 1
    assert folders(home) == []


def test_an_aip_that_a_killed_process_left_ends_when_a_stopped_plan_is_cleared_away(
    home: TestHome, tmp_path: Path
) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 20))
    with migrations(home.root, aip) as work:
        plan = work.started()
        with pytest.raises(Kill):
            work.by(killed_after(17)).run(plan)
        migration_acts(work.repository).stop(plan.id, LAN)
        cleared = clear_migrations(work.repository)
        item = work.item(plan)

    assert cleared == 1
    assert (item.state, item.done, item.failed) == (ItemState.UNCHANGED, 0, 0)
    assert folders(home) == []
