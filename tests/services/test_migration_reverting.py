"""What a plan has made is taken back: wherever it stands, and told where it cannot be; and policy does not bring it again."""

from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.database.migration_plans import DatabaseMigrationTable
from preservation.bootstrap.migrations import migration_acts, migration_revert
from preservation.domain.migration_plans import MigrationPlan, MigrationSelection, PlanState
from preservation.services import transfer_desk
from preservation.services.migration_revert import NotReverted
from tests.homes import Quiet, TestHome, make_home
from tests.migration_kit import LAN, MINH, RULE, Kill, Migrations, a_bmp, migrations
from tests.package_builders import write_files


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("reverting") / "home", identify=True)


def revert_plan(work: Migrations, plan: MigrationPlan) -> tuple[list[str], list[str]]:
    """AIPs that got a version, and those that are left."""
    results = list(migration_revert(work.repository).revert_plan(plan.id, LAN, Quiet()))
    left = [one.aip for one in results if isinstance(one, NotReverted)]
    return [str(one.aip) for one in results if one.aip not in left], left


def test_a_version_that_was_made_before_a_kill_could_tell_of_it_is_taken_back(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aip = home.preserved(a_bmp(tmp_path / "p/a.bmp", 1).parent)

    def die(*_: object, **__: object) -> bool:
        raise Kill

    with migrations(home.root, aip) as work:
        plan = work.started()
        monkeypatch.setattr(DatabaseMigrationTable, "end_item", die)
        with pytest.raises(Kill):
            work.run(plan)
        monkeypatch.undo()
        migration_acts(work.repository).stop(plan.id, LAN, "bad recipe")
        assert home.show(aip)["head"] == 2
        done, left = revert_plan(work, plan)

    assert (done, left) == ([aip], [])
    assert home.show(aip)["head"] == 3


def test_an_aip_in_use_keeps_no_other_from_being_taken_back_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path / "home", identify=True)
    monkeypatch.setattr(transfer_desk, "LOCK_SECONDS", 0.2)
    aips = [home.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number).parent) for number in range(3)]
    with migrations(home.root) as work:
        plan = work.migrated()
        first = work.item(plan).aip
        with work.repository.locks.hold(f"aip:{first}", seconds=1):
            done, left = revert_plan(work, plan)
            answer = home.run("migration", "revert", plan.id)
        rest = home.run("migration", "revert", plan.id)
        nothing = home.run("migration", "revert", plan.id)

    assert (sorted([*done, *left]), left) == (sorted(aips), [first])
    assert (answer.status, [(one["aip"], one["status"]) for one in answer.json]) == (1, [(first, "left")])
    assert answer.json[0]["reason"]
    assert (rest.status, [one["aip"] for one in rest.json]) == (0, [first])
    assert (nothing.status, nothing.json) == (0, [])
    assert [home.show(aip)["head"] for aip in aips] == [3, 3, 3]


def candidates(work: Migrations, aip: str, *, but_taken_back: bool) -> tuple[int, dict[str, int]]:
    table = work.repository.catalogue.migration_table()
    found, _ = table.candidates(RULE, MigrationSelection(aip=aip), but_taken_back=but_taken_back)
    return sum(one.amount.files for one in found), {
        code: amount.files for one in found for code, amount in one.untouched.items()
    }


def test_what_was_taken_back_is_left_alone_by_policy_but_not_by_people(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(a_bmp(tmp_path / "p/a.bmp", 1).parent)
    with migrations(home.root, aip) as work:
        work.migrated()
        work.revert(aip)
        table = work.repository.catalogue.migration_table()
        by_policy = work.plan(by_policy=True)
        by_hand = work.plan()

        assert (by_policy.state, by_policy.aips) == (PlanState.STOPPED, 0)
        assert by_policy.untouched["taken-back"].files == 1
        assert (by_hand.state, by_hand.aips) == (PlanState.PROPOSED, 1)
        assert table.taken_back(RULE, aip) == {"representations/rep1/data/a.bmp"}
        assert table.taken_back(replace(RULE, sources=frozenset({"fmt/115"})), aip) == frozenset()
    more = write_files(tmp_path / "more", {"a.txt": b"x"})
    a_bmp(more / "b.bmp", 2)
    home.ingest(more, "--aip", aip, "--mode", "supplement")
    with migrations(home.root, aip) as work:
        # What came later is another matter, and of that alone a plan of the policy makes results.
        assert candidates(work, aip, but_taken_back=True) == (1, {"taken-back": 1})
        assert candidates(work, aip, but_taken_back=False) == (2, {})
        plan = work.plan(by_policy=True)
        acts = migration_acts(work.repository)
        acts.approve(plan.id, MINH)
        acts.start(plan.id, MINH)
        report = work.run(plan)
        bootstrap.publish(work.repository)
    assert report.files == 1
    results = [one["path"] for one in home.show(aip)["files"] if one["source"]]
    assert results == ["representations/rep3/data/b.png"]
    # A rebuild knows it too: not by plans, which it does not bring back, but by what is held.
    new = TestHome(tmp_path / "new")
    answer = new.run("rebuild", "--from", home.replica("b"), "--key", home.root / "keys" / "ledger.key")
    assert answer.status == 0, answer
    with migrations(new.root, aip) as work:
        assert candidates(work, aip, but_taken_back=True) == (0, {"taken-back": 1, "already-migrated": 1})
    renewed = a_bmp(tmp_path / "renewed/a.bmp", 77).parent
    home.ingest(renewed, "--aip", aip, "--mode", "supplement")
    with migrations(home.root, aip) as work:
        # Other bytes are another file.
        assert candidates(work, aip, but_taken_back=True) == (1, {"already-migrated": 1})


def test_a_replacement_takes_nothing_back(home: TestHome, tmp_path: Path) -> None:
    folder = a_bmp(tmp_path / "p/a.bmp", 1).parent
    aip = home.preserved(folder)
    with migrations(home.root, aip) as work:
        work.migrated()
    home.ingest(folder, "--aip", aip, "--mode", "replacement")
    with migrations(home.root, aip) as work:
        assert candidates(work, aip, but_taken_back=True) == (1, {})
