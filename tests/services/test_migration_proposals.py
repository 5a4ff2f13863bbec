"""Plans that the policy wants: none of its rules stops silently, and none undoes what a person has decided."""

from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.bootstrap.migrations import migration_acts, migration_planning
from preservation.domain.examinations import Examination, FileToExamine, Kind, Validity
from preservation.domain.filed_examinations import FiledExamination
from preservation.domain.format_rules import MigrateWhen, MigrationRule
from preservation.domain.migration_plans import MigrationPlan, MigrationSelection, PlanState
from preservation.domain.policies import FormatPolicy
from preservation.services.migration_acts import CUT_OFF
from preservation.services.migration_planning import MigrationPlanning
from preservation.services.migration_proposals import MigrationProposals, Proposed
from preservation.services.migration_runs import RunEnd
from preservation.standards.examination_text import found_json, found_text
from tests.homes import Quiet, TestHome, make_home
from tests.migration_kit import MINH, RULE, Kill, Migrations, PillowExaminer, a_bmp, migrations

DAILY = replace(RULE, when=MigrateWhen.SCHEDULE)
KEPT_OPEN = replace(RULE, when=MigrateWhen.INGEST)


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home", identify=True)


def taken_in(home: TestHome, place: Path, number: int = 1, *options: str) -> str:
    return home.preserved(a_bmp(place / f"{number}/{number}.bmp", number).parent, *options)


def look(work: Migrations, *rules: MigrationRule, whole: bool = True) -> Proposed:
    """As the timers do it."""
    repository = work.repository
    policy = FormatPolicy(migrations=rules)
    planning = migration_planning(repository, work.tools)
    return MigrationProposals(
        catalogue=repository.catalogue,
        clock=repository.clock,
        policy=policy,
        acts=migration_acts(repository),
        planning=planning,
    ).look(Quiet(), whole=whole)


def the_plan(work: Migrations, done: Proposed) -> MigrationPlan:
    (only,) = done.plans
    found = work.repository.catalogue.migration_table().plan(only)
    assert found is not None
    return found


def approved(work: Migrations, done: Proposed, *, standing: bool = False) -> MigrationPlan:
    acts, plan = migration_acts(work.repository), the_plan(work, done)
    acts.approve(plan.id, MINH, standing=standing)
    return acts.start(plan.id, MINH)


def test_what_a_person_has_taken_back_is_not_brought_again_by_a_standing_plan(home: TestHome, tmp_path: Path) -> None:
    aip = taken_in(home, tmp_path)
    with migrations(home.root) as work:
        work.run(approved(work, look(work, DAILY), standing=True))
        work.revert(aip)
        again = look(work, DAILY)
        bootstrap.publish(work.repository)

    assert (again.plans, again.started, again.problems) == ((), (), ())
    assert home.show(aip)["head"] == 3
    later = taken_in(home, tmp_path, 2)
    with migrations(home.root) as work:
        done = look(work, DAILY)
        plan = the_plan(work, done)
        work.run(plan)

    assert (done.started, plan.standing, plan.aips) == ((plan.id,), True, 1)
    assert [home.show(one)["head"] for one in (aip, later)] == [3, 2]


def test_a_plan_that_a_kill_cut_off_while_it_was_written_down_keeps_no_other_from_being_made(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(home, tmp_path)

    def die(*_: object) -> None:
        raise Kill

    with migrations(home.root) as work:
        monkeypatch.setattr(MigrationPlanning, "_sample", die)
        with pytest.raises(Kill):
            look(work, DAILY)
        monkeypatch.undo()
        plan = the_plan(work, look(work, DAILY))
        _, left = work.repository.catalogue.migration_table().plans()

    assert (plan.state, plan.aips) == (PlanState.PROPOSED, 1)
    assert (left.state, left.reason) == (PlanState.STOPPED, CUT_OFF)


def test_a_standing_plan_that_a_kill_kept_from_beginning_is_begun(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(home, tmp_path)
    with migrations(home.root) as work:
        work.run(approved(work, look(work, DAILY), standing=True))
    taken_in(home, tmp_path, 2)

    def die(*_: object) -> None:
        raise Kill

    with migrations(home.root) as work:
        monkeypatch.setattr(MigrationProposals, "_start", die)
        with pytest.raises(Kill):
            look(work, DAILY)
        monkeypatch.undo()
        done = look(work, DAILY)
        (plan,) = work.repository.catalogue.migration_table().plans(states=[PlanState.RUNNING])

    assert (done.plans, done.started) == ((), (plan.id,))


def test_a_plan_made_by_hand_takes_the_place_of_none_that_the_policy_keeps_open(home: TestHome, tmp_path: Path) -> None:
    first = taken_in(home, tmp_path)
    with migrations(home.root) as work:
        kept = approved(work, look(work, KEPT_OPEN))
        work.run(kept)
        work.revert(first)
        by_hand = work.plan(KEPT_OPEN, selection=MigrationSelection(aip=first))
        acts = migration_acts(work.repository)
        acts.approve(by_hand.id, MINH)
        acts.start(by_hand.id, MINH)
    later = taken_in(home, tmp_path, 2)
    with migrations(home.root) as work:
        soon = look(work, KEPT_OPEN, whole=False)
        done = work.run(by_hand)
        work.run(kept)

        assert (soon.appended, soon.plans, soon.problems) == (1, (), ())
        # One by hand is for what there was: it does not wait for more.
        assert (done.end, work.now(by_hand).state) == (RunEnd.OVER, PlanState.DONE)
        assert work.now(kept).state is PlanState.RUNNING
    assert [home.show(one)["head"] for one in (first, later)] == [4, 2]


def test_a_plan_that_is_kept_open_covers_collections_that_are_made_later(home: TestHome, tmp_path: Path) -> None:
    assert home.run("collection", "add", "H49", "Phông").status == 0
    rule = replace(KEPT_OPEN, collections=frozenset({"H49"}))
    taken_in(home, tmp_path, 1, "--collection", "H49")
    with migrations(home.root) as work:
        plan = approved(work, look(work, rule))
        work.run(plan)
    assert home.run("collection", "add", "H49.1", "Mục lục 1", "--parent", "H49").status == 0
    below = taken_in(home, tmp_path, 2, "--collection", "H49.1")
    beside = taken_in(home, tmp_path, 3)
    with migrations(home.root) as work:
        done = look(work, rule, whole=False)
        work.run(plan)
        covered = work.now(plan).selection.collections

    assert done.appended == 1
    assert [home.show(one)["head"] for one in (below, beside)] == [2, 1]
    assert covered is not None
    assert len(covered) == 2


def test_a_rule_that_cannot_be_planned_keeps_no_other_from_being_proposed_and_is_told(
    home: TestHome, tmp_path: Path
) -> None:
    assert home.run("collection", "add", "H49", "Phông").status == 0
    taken_in(home, tmp_path)
    taken_in(home, tmp_path, 2, "--collection", "H49")
    broken = replace(DAILY, name="a broken one", recipe="absent", collections=frozenset({"H49"}))
    with migrations(home.root) as work:
        done = look(work, broken, DAILY)
        plan = the_plan(work, done)

    assert plan.rule.name == DAILY.name
    (problem,) = done.problems
    assert problem.startswith("a broken one: ")
    assert "nowhere-bin" in problem


def test_a_standing_approval_is_for_plans_of_the_policy_alone(home: TestHome, tmp_path: Path) -> None:
    taken_in(home, tmp_path)
    with migrations(home.root) as work:
        work.run(approved(work, look(work, DAILY), standing=True))
    other = taken_in(home, tmp_path, 2)
    with migrations(home.root) as work:
        by_hand = work.plan(DAILY, selection=MigrationSelection(aip=other))
        by_policy = the_plan(work, look(work, DAILY))

    assert (by_hand.state, by_hand.standing, by_hand.by_policy) == (PlanState.PROPOSED, False, False)
    assert (by_policy.state, by_policy.standing, by_policy.by_policy) == (PlanState.RUNNING, True, True)


class Strict(PillowExaminer):
    """No BMP is good enough for it."""

    def _one(self, file: FileToExamine) -> Examination:
        found = super()._one(file)
        return found if file.puid != "fmt/116" else replace(found, validity=Validity.INVALID)


def test_a_sample_of_invalid_files_is_tried_as_the_run_will_try_them(home: TestHome, tmp_path: Path) -> None:
    aip = taken_in(home, tmp_path)
    path = "representations/rep1/data/1.bmp"
    one = Examination(Kind.IMAGE, Validity.INVALID)
    with migrations(home.root, aip) as work:
        with work.repository.catalogue.begin() as tx:
            filed = FiledExamination(path, one.kind, one.validity, found_text(found_json(one)))
            tx.save_examinations(aip, 1, work.repository.clock.now(), [filed])
        strict = replace(work, tools=replace(work.tools, examiner=Strict()))
        plan = strict.plan(selection=MigrationSelection(aip=aip, validity=Validity.INVALID))
        acts = migration_acts(work.repository)
        acts.approve(plan.id, MINH)
        acts.start(plan.id, MINH)
        report = strict.run(plan)

    assert [one.code for one in plan.sample] == [""]
    assert (report.end, report.files) == (RunEnd.OVER, 1)
