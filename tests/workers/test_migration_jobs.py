"""Migrations as jobs, with this machine's own tools: lanes that share a plan, plans that the policy wants (CPP-012, CPP-026)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.database.migration_plans import DatabaseMigrationTable
from preservation.bootstrap.migration_jobs import queue_lanes
from preservation.bootstrap.migrations import migration_acts
from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, JobState, NewJob, Queue
from preservation.domain.migration_plans import PlanState
from preservation.domain.people import Account, AccountKind, AccountState
from preservation.services import transfer_desk
from preservation.settings import read_settings
from tests.contracts.catalogue_builders import NOON
from tests.homes import Quiet, TestHome, make_home, state
from tests.migration_kit import LAN, MINH, a_bmp, migrations
from tests.workers.test_running import run_one
from workers.engines import Engines
from workers.errands import Errand
from workers.kinds import KINDS
from workers.schedules import PLANS

pytestmark = pytest.mark.tools

RULE = """
[migrations.bmp-to-png]
sources = ["fmt/116"]
target = "fmt/11"
recipe = "image-to-png"
when = "{when}"
"""


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home", identify=True)


def with_rule(home: TestHome, when: str) -> None:
    (home.root / "policies" / "formats.toml").write_text('first = "siegfried"\n' + RULE.format(when=when))


def lan(repository: bootstrap.Repository) -> str:
    """Somebody who may be named in events; the account's id."""
    account = Account(
        id="urn:uuid:01930000-0000-7000-8000-00000000f001",
        name="lan",
        kind=AccountKind.PERSON,
        display_name="Lan",
        state=AccountState.ACTIVE,
        created=NOON,
    )
    with repository.catalogue.begin() as tx:
        tx.save_account(account)
    return account.id


def run(repository: bootstrap.Repository, queue: Queue, job: NewJob) -> Job:
    with repository.catalogue.begin() as tx:
        tx.add_job(job, now=repository.clock.now())
    after = run_one(repository.with_policies(), queue)
    assert after.state is JobState.SUCCEEDED, after.problem
    return after


def propose(repository: bootstrap.Repository, *, whole: bool = True) -> Job:
    parameters = {"whole": True} if whole else {}
    return run(
        repository,
        Queue.UPKEEP,
        NewJob(id=repository.minter.urn(), kind=JobKind.PROPOSE_MIGRATIONS, parameters=parameters),
    )


def wanted(repository: bootstrap.Repository, name: str) -> list[str | None]:
    plan = next(one for one in PLANS if one.schedule.name == name)
    return [one.subject for one in plan.wanted(repository.with_policies(), plan.schedule, repository.clock.now())]


def test_a_plan_is_proposed_by_the_timers_and_waits_for_a_person(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(a_bmp(tmp_path / "p/a.bmp", 1, 16).parent)
    with_rule(home, "schedule")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        before = wanted(repository, "migrate")
        job = propose(repository)
        again = propose(repository)
        (plan,) = repository.catalogue.migration_table().plans()

        assert (plan.state, plan.made_by, plan.amount.files) == (PlanState.PROPOSED, "policy", 1)
        assert [one.code for one in plan.sample] == [""]
        assert job.result is not None
        assert job.result["plans"] == [plan.id]
        assert again.result is not None
        assert again.result["plans"] == []
        assert before == wanted(repository, "migrate") == []
        assert wanted(repository, "propose migrations") == [None]
    assert home.show(aip)["head"] == 1


def test_lanes_of_a_running_plan_are_jobs_of_a_queue_of_their_own(home: TestHome, tmp_path: Path) -> None:
    aips = [home.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number, 16).parent) for number in range(3)]
    with_rule(home, "schedule")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        propose(repository)
        (plan,) = repository.catalogue.migration_table().plans()
        acts = migration_acts(repository)
        acts.approve(plan.id, MINH)
        acts.start(plan.id, MINH)
        first = queue_lanes(repository, plan)
        second = queue_lanes(repository, plan)
        lanes = wanted(repository, "migrate")
        done = run_one(repository.with_policies(), Queue.MIGRATION)
        rest = run_one(repository.with_policies(), Queue.MIGRATION)
        found = repository.catalogue.migration_table().plan(plan.id)

    assert len(first) == 2
    assert second == []
    assert lanes == [plan.id, plan.id]
    assert done.state is JobState.SUCCEEDED, done.problem
    assert done.result is not None
    assert (done.result["files"], done.result["end"], done.result["more"]) == (3, "over", False)
    assert rest.state is JobState.SUCCEEDED
    assert found is not None
    assert found.state is PlanState.DONE
    assert [home.show(aip)["head"] for aip in aips] == [2, 2, 2]


def test_what_comes_in_later_is_migrated_by_a_standing_plan(home: TestHome, tmp_path: Path) -> None:
    """CPP-026: normalisation after ingest, once somebody has approved it for good."""
    first = home.preserved(a_bmp(tmp_path / "1/a.bmp", 1, 16).parent)
    with_rule(home, "ingest")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        propose(repository)
        (plan,) = repository.catalogue.migration_table().plans()
        acts = migration_acts(repository)
        acts.approve(plan.id, MINH, standing=True)
        acts.start(plan.id, MINH)
        queue_lanes(repository, plan)
        run_one(repository.with_policies(), Queue.MIGRATION)
        run_one(repository.with_policies(), Queue.MIGRATION)
        kept_open = repository.catalogue.migration_table().plan(plan.id)
    later = home.preserved(a_bmp(tmp_path / "2/b.bmp", 2, 16).parent)
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        job = propose(repository, whole=False)
        nothing = propose(repository, whole=False)
        queue_lanes(repository, plan)
        run_one(repository.with_policies(), Queue.MIGRATION)

    assert kept_open is not None
    assert kept_open.state is PlanState.RUNNING
    assert job.result is not None
    assert nothing.result is not None
    assert (job.result["appended"], nothing.result["appended"]) == (1, 0)
    assert [home.show(aip)["head"] for aip in (first, later)] == [2, 2]


def test_a_standing_approval_starts_the_next_plan_until_it_is_withdrawn_or_the_rule_changes(
    home: TestHome, tmp_path: Path
) -> None:
    home.preserved(a_bmp(tmp_path / "1/a.bmp", 1, 16).parent)
    with_rule(home, "schedule")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        propose(repository)
        (plan,) = repository.catalogue.migration_table().plans()
        acts = migration_acts(repository)
        acts.approve(plan.id, MINH, standing=True)
        acts.start(plan.id, MINH)
        queue_lanes(repository, plan)
        run_one(repository.with_policies(), Queue.MIGRATION)
        run_one(repository.with_policies(), Queue.MIGRATION)
    home.preserved(a_bmp(tmp_path / "2/b.bmp", 2, 16).parent)
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        propose(repository)
        second = repository.catalogue.migration_table().plans()[0]
        migration_acts(repository).stop(second.id, LAN)
        migration_acts(repository).withdraw("bmp-to-png", LAN)
        propose(repository)
        third = repository.catalogue.migration_table().plans()[0]

    assert (second.state, second.standing, second.approved_by) == (PlanState.RUNNING, True, "minh")
    assert (third.state, third.standing) == (PlanState.PROPOSED, False)


def test_a_job_that_takes_a_plan_back_tells_what_is_left(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer_desk, "LOCK_SECONDS", 0.2)
    aips = [home.preserved(a_bmp(tmp_path / f"{number}/a.bmp", number, 16).parent) for number in range(2)]
    with migrations(home.root) as work:
        plan = work.migrated()
        repository = work.repository
        person = lan(repository)

        def revert() -> Job:
            parameters: dict[str, Json] = {"plan": plan.id}
            job = NewJob(
                id=repository.minter.urn(),
                kind=JobKind.REVERT_MIGRATION,
                subject=plan.id,
                parameters=parameters,
                created_by=person,
            )
            return run(repository, Queue.MIGRATION, job)

        first = work.item(plan).aip
        with repository.locks.hold(f"aip:{first}", seconds=1):
            held = revert()
        rest = revert()

    assert held.result is not None
    assert (held.result["aips"], held.result["left"]) == (1, 1), held.result
    told = held.result["not_reverted"]
    assert isinstance(told, list)
    assert [one["aip"] for one in told if isinstance(one, dict)] == [first]
    assert rest.result == {"plan": plan.id, "aips": 1, "left": 0, "not_reverted": []}
    assert [home.show(aip)["head"] for aip in aips] == [3, 3]
    # The account is an agent of the AIP; its name is not kept there.
    premis = state(home.object(first))["metadata/preservation/premis.xml"].decode()
    assert person in premis
    assert ">lan<" not in premis


class Cut(BaseException):
    """The process that planned is killed."""


@pytest.mark.parametrize("at", ["add_items", "propose"])
def test_a_plan_whose_making_was_cut_off_is_made_once(
    home: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    home.preserved(a_bmp(tmp_path / "p/a.bmp", 1, 16).parent)
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        asked = a_request(repository)

        def attempt(number: int) -> Mapping[str, Json]:
            job = replace(asked, attempts=number)
            return KINDS[JobKind.PLAN_MIGRATION](Errand(repository, job, Quiet(), Engines()))

        with monkeypatch.context() as patched:
            act = getattr(DatabaseMigrationTable, at)

            def act_and_die(*arguments: object) -> None:
                act(*arguments)
                raise Cut

            patched.setattr(DatabaseMigrationTable, at, act_and_die)
            with pytest.raises(Cut):
                attempt(1)
        second, third = attempt(2), attempt(3)
        plans = {one.id: one.state for one in repository.catalogue.migration_table().plans()}

    assert second == third
    assert plans.pop(str(second["plan"])) is PlanState.PROPOSED
    assert list(plans.values()) == ([PlanState.STOPPED] if at == "add_items" else [])


def a_request(repository: bootstrap.Repository) -> Job:
    """A job that somebody asked for by name."""
    now = repository.clock.now()
    return Job(
        id=repository.minter.urn(),
        kind=JobKind.PLAN_MIGRATION,
        queue=Queue.UPKEEP,
        state=JobState.RUNNING,
        created=now,
        due=now,
        created_by=lan(repository),
        parameters={"sources": ["fmt/116"], "target": "fmt/11", "recipe": "image-to-png", "sample": 0},
    )
