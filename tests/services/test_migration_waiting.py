"""AIPs that cannot be read or written: they wait while others go on, and are not given up because of what may come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from preservation.adapters.migration_work import WorkFolder
from preservation.bootstrap.migration_jobs import REST, queue_lanes, run_lane
from preservation.bootstrap.migrations import migration_acts, run_plan, running_plans
from preservation.domain.events import EventType
from preservation.domain.migration_plans import ItemState, MigrationLimits, PlanState, put_off_until
from preservation.errors import DiskFull, Unavailable
from preservation.services.migration_item import PATIENCE
from preservation.services.migration_runs import RunEnd, RunReport
from tests.contracts.catalogue_builders import NOON
from tests.homes import Quiet, TestHome, make_home
from tests.migration_kit import LAN, Migrations, PillowConverter, a_bmp, many_bmps, migrations

ONE_LANE = MigrationLimits(lanes=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("waiting") / "home", identify=True)


@contextmanager
def away(home: TestHome, *names: str) -> Iterator[None]:
    """These replicas are not mounted."""
    for name in names:
        home.replica(name).rename(home.root / f"away-{name}")
    yield
    for name in names:
        (home.root / f"away-{name}").rename(home.replica(name))


def damage(home: TestHome, aip: str, file: str) -> None:
    """Other bytes in both copies."""
    for name in ("a", "b"):
        path = home.object(aip, name) / file
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b" ")


def test_pauses_and_slices_use_no_patience_up(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(many_bmps(tmp_path / "p", 40))
    with migrations(home.root, aip) as work:
        plan = work.started()
        acts = migration_acts(work.repository)
        seen = 0

        def pausing(_: object) -> None:
            nonlocal seen
            seen += 1
            if seen in (1, 17):
                acts.pause(plan.id, LAN)

        for _ in range(2):
            assert work.by(PillowConverter(before=pausing)).run(plan).end is RunEnd.PAUSED
            acts.resume(plan.id, LAN)
        begun = work.item(plan)
    damage(home, aip, "v1/content/representations/rep1/data/039.bmp")
    with migrations(home.root, aip) as work:
        first = work.run(plan)
        item = work.item(plan)

    assert (begun.attempts, begun.unread) == (2, 0)
    assert (first.end, first.waiting, first.left) == (RunEnd.REST, 1, 0)
    assert (item.state, item.unread, item.waits) == (ItemState.WAITING, 1, 1)
    assert "039.bmp" in item.reason
    with migrations(home.root, aip) as work:
        for _ in range(PATIENCE - 1):
            last = work.run(plan)
        item = work.item(plan)
    assert (last.end, last.files, last.left) == (RunEnd.OVER, 39, 1)
    assert (item.state, item.reasons, item.due) == (ItemState.MIGRATED, {"SOURCE-UNREADABLE": 1}, None)


def test_a_file_is_not_given_up_while_a_replica_is_away(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(a_bmp(tmp_path / "p/a.bmp", 1).parent)
    file = "v1/content/representations/rep1/data/a.bmp"
    good = (home.object(aip) / file).read_bytes()
    damage(home, aip, file)
    with away(home, "b"), migrations(home.root, aip) as work:
        plan = work.started()
        for _ in range(PATIENCE + 2):
            report = work.run(plan)
        waiting = work.item(plan)
    (home.object(aip, "b") / file).write_bytes(good)
    with migrations(home.root, aip) as work:
        done = work.run(plan)

    assert (report.end, report.waiting, report.left) == (RunEnd.REST, 1, 0)
    assert (waiting.state, waiting.unread, waiting.waits) == (ItemState.WAITING, 0, PATIENCE + 2)
    assert (done.end, done.files) == (RunEnd.OVER, 1)


def test_an_aip_that_cannot_be_written_waits_while_others_go_on(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", identify=True)
    aips = [home.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number).parent) for number in range(3)]
    with migrations(home.root) as work:
        plan = work.started(limits=ONE_LANE)
        blocked = work.item(plan, 1).aip
    inventory = home.object(blocked) / "inventory.json"
    good = inventory.read_bytes()
    damage(home, blocked, "inventory.json")
    with migrations(home.root) as work:
        report = work.run(plan)
        soon = background(work, plan.id)
        told = len(home.events(EventType.INGESTION))
        still = [background(work, plan.id) for _ in range(3)]
        item = work.item(plan, 1)
        now = work.repository.clock.now()
        (lane,) = queue_lanes(work.repository, plan)
        job = work.repository.catalogue.job_table().job(lane)
        assert job is not None
        # No slice follows that would keep what comes in meanwhile waiting.
        assert run_lane(work.repository, work.tools, job, Quiet())["more"] is False
        assert running_plans(work.repository) == []

    assert (report.end, report.files, report.waiting) == (RunEnd.REST, 2, 1)
    assert blocked in report.reasons[0]
    assert sorted(home.show(aip)["head"] for aip in aips) == [1, 2, 2]
    assert {(one.end, one.waiting, one.again) for one in (soon, *still)} == {(RunEnd.REST, 1, item.due)}
    assert item.due is not None
    assert item.due > now + 2 * REST
    # Nobody tries, so nothing is told.
    assert len(home.events(EventType.INGESTION)) == told
    shown = home.run("migration", "show", plan.id).json["items"][0]
    assert (shown["state"], shown["waits_until"]) == ("waiting", item.due.isoformat())
    assert "no replica" in shown["waits_for"]
    for name in ("a", "b"):
        (home.object(blocked, name) / "inventory.json").write_bytes(good)
    with migrations(home.root) as work:
        again = work.run(plan)
    assert (again.end, again.files) == (RunEnd.OVER, 1)


def background(work: Migrations, plan: str) -> RunReport:
    """A run as a worker does it."""
    return run_plan(work.repository, work.tools, plan, Quiet(), at_once=False)


def test_an_aip_waits_ever_longer() -> None:
    waits = [(put_off_until(number, NOON) - NOON) / timedelta(minutes=1) for number in (0, 1, 2, 5, 6, 7, 1000)]

    assert waits == [5, 10, 20, 160, 320, 360, 360]


def test_where_one_aip_after_the_other_cannot_be_written_the_run_could_not_find_out(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", identify=True)
    aips = [home.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number).parent) for number in range(5)]
    with migrations(home.root) as work:
        plan = work.started()
    for aip in aips:
        damage(home, aip, "inventory.json")
    with migrations(home.root) as work:
        with pytest.raises(Unavailable, match="one AIP after the other"):
            work.run(plan)
        states = [(one.state, one.waits) for one in work.repository.catalogue.migration_table().items(plan.id)]

    assert states.count((ItemState.WAITING, 1)) == 3
    assert states.count((ItemState.WAITING, 0)) == 2


def test_a_full_disk_ends_the_run_and_no_aip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_home(tmp_path / "home", identify=True)
    aips = [home.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number).parent) for number in range(2)]
    with migrations(home.root) as work:
        plan = work.started()
        monkeypatch.setattr(WorkFolder, "room", lambda _: 0)
        with pytest.raises(DiskFull):
            work.run(plan)
        monkeypatch.undo()
        assert work.now(plan).state is PlanState.RUNNING
        done = work.run(plan)

    assert (done.end, done.files) == (RunEnd.OVER, 2)
    assert [home.show(aip)["head"] for aip in aips] == [2, 2]


def test_an_aip_that_has_no_room_counts_as_failed(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the disk there is enough for others: the AIP itself is too large."""
    aip = home.preserved(many_bmps(tmp_path / "p", 3))
    with migrations(home.root, aip) as work:
        plan = work.started(limits=MigrationLimits(error_files=3))
        asked = 0

        def room(_: object) -> int:
            nonlocal asked
            asked += 1
            return 0 if asked == 1 else 1 << 30

        monkeypatch.setattr(WorkFolder, "room", room)
        report = work.run(plan)
        monkeypatch.undo()
        item, now = work.item(plan), work.now(plan)

    assert (report.end, report.failed, now.state) == (RunEnd.STOPPED, 3, PlanState.STOPPED)
    assert (item.state, item.failed, item.reasons) == (ItemState.FAILED, 3, {"NO-ROOM": 3})
    assert now.progress.day_bytes == item.amount.bytes
