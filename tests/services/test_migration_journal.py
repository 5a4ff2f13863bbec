"""The work folder of a migration tells of an AIP that may have changed since: only what is still so becomes a version."""

from collections import Counter
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.events import EventType
from preservation.domain.migration_plans import ItemState
from preservation.services.migration_runs import RunEnd
from tests.homes import TestHome, assert_sound, make_home
from tests.migration_kit import Kill, PillowConverter, a_bmp, killed_after, many_bmps, migrations
from tests.package_builders import write_files


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("journal") / "home", identify=True)


def test_a_plan_that_was_cut_off_makes_no_second_results_of_what_another_plan_has_migrated(
    home: TestHome, tmp_path: Path
) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 20))
    with migrations(home.root, aip) as work:
        plan = work.started()
        with pytest.raises(Kill):
            work.by(killed_after(17)).run(plan)
        work.migrated()
        report = work.run(plan)
        item = work.item(plan)
        bootstrap.publish(work.repository)

    shown = home.show(aip)
    results = Counter(one["source"] for one in shown["files"] if one["path"].startswith("representations/rep2/data/"))
    assert (report.end, report.files, report.failed) == (RunEnd.OVER, 0, 0)
    assert (item.state, item.done, item.version) == (ItemState.UNCHANGED, 0, None)
    assert shown["head"] == 2
    assert (len(results), set(results.values())) == (20, {1})
    told = [one for one in home.events(EventType.MIGRATION) if any(linked.id == aip for linked in one.objects)]
    # Of an AIP in which nothing was left to do nothing is told.
    assert len(told) == 1


def test_a_plan_that_was_cut_off_ends_with_an_aip_that_no_longer_has_the_files(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 20))
    with migrations(home.root, aip) as work:
        plan = work.started()
        with pytest.raises(Kill):
            work.by(killed_after(17)).run(plan)
    home.ingest(write_files(tmp_path / "q", {"a.txt": b"x"}), "--aip", aip, "--mode", "replacement")
    with migrations(home.root, aip) as work:
        report = work.run(plan)
        item = work.item(plan)
        bootstrap.publish(work.repository)

    assert report.end is RunEnd.OVER
    assert (item.state, item.done, item.base) == (ItemState.UNCHANGED, 0, 2)
    assert home.show(aip)["head"] == 2
    assert_sound(home)


def test_a_plan_that_was_cut_off_counts_only_what_its_version_has(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 20))
    with migrations(home.root, aip) as work:
        plan = work.started()
        with pytest.raises(Kill):
            work.by(killed_after(17)).run(plan)
    renewed = write_files(tmp_path / "q", {"a.txt": b"x"})
    for number in (0, 1):
        a_bmp(renewed / f"{number:03}.bmp", 100 + number, 8)
    home.ingest(renewed, "--aip", aip, "--mode", "replacement")
    second = PillowConverter()
    with migrations(home.root, aip) as work:
        work.by(second).run(plan)
        item = work.item(plan)
        now = work.now(plan)
        bootstrap.publish(work.repository)

    event = home.events(EventType.MIGRATION)[-1]
    files = {one["path"]: one["size"] for one in home.show(aip)["files"]}
    assert len(second.converted) == 2
    assert (item.state, item.done, item.version) == (ItemState.MIGRATED, 2, 3)
    assert item.done_bytes == sum(size for path, size in files.items() if path.endswith(".bmp"))
    assert item.result_bytes == sum(size for path, size in files.items() if path.endswith(".png"))
    assert (event.detail["files"], event.detail["failed"], event.detail["bytes"]) == (2, 0, item.done_bytes)
    assert (now.progress.files, now.progress.day_bytes) == (2, item.done_bytes)
