"""Jobs that check by policy: a slice for each replica, handed over while there is more; due times planned anew."""

from datetime import timedelta
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.fixity_schedule import AT_ONCE
from preservation.domain.jobs import Job, JobKind, JobState, NewJob, Queue
from preservation.settings import read_settings
from tests.homes import TestHome, make_home
from tests.package_builders import write_files
from tests.workers.test_running import run_one
from workers.schedules import PLANS


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    home = make_home(tmp_path / "home")
    home.run("ingest", str(write_files(tmp_path / "package", {"a.txt": b"a", "b.txt": b"b"})))
    return home


def a_slice(repository: bootstrap.Repository, replica: str) -> NewJob:
    return NewJob(
        id=repository.minter.urn(),
        kind=JobKind.FIXITY,
        subject=replica,
        parameters={"slice": True, "schedule": f"fixity {replica}"},
    )


def queue(repository: bootstrap.Repository, job: NewJob) -> None:
    with repository.catalogue.begin() as tx:
        tx.add_job(job, now=repository.clock.now())


def all_at_once(repository: bootstrap.Repository, replica: str) -> None:
    table = repository.catalogue.fixity_plan_table()
    copies = [(one.aip, replica) for one in repository.catalogue.copies_on(replica)]
    table.hasten(copies, due=AT_ONCE, unless_checked_since=repository.clock.now())


def wanted(repository: bootstrap.Repository, name: str) -> list[str | None]:
    plan = next(one for one in PLANS if one.schedule.name == name)
    return [one.subject for one in plan.wanted(repository, plan.schedule, repository.clock.now())]


def queued(repository: bootstrap.Repository) -> list[Job]:
    return list(repository.catalogue.job_table().jobs(kind=JobKind.FIXITY, state=JobState.QUEUED))


def test_a_slice_is_wanted_for_each_replica_on_which_copies_are_due(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        first, second = repository.replicas.stores
        before = wanted(repository, "fixity")
        all_at_once(repository, second)

        assert before == []
        assert wanted(repository, "fixity") == [second]
        all_at_once(repository, first)
        assert sorted(str(one) for one in wanted(repository, "fixity")) == sorted([first, second])


def test_a_slice_checks_what_is_due_on_its_replica_and_ends(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        first, second = repository.replicas.stores
        all_at_once(repository, first)
        all_at_once(repository, second)
        queue(repository, a_slice(repository, first))

        job = run_one(repository, Queue.FIXITY)

        assert job.state is JobState.SUCCEEDED
        assert job.result is not None
        assert (job.result["checked"], job.result["intact"], job.result["more"]) == (2, 2, False)
        assert wanted(repository, "fixity") == [second]
        assert queued(repository) == []


def test_a_slice_that_leaves_work_hands_over_to_the_next_one(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        replica = next(iter(repository.replicas.stores))
        aip = next(one.aip for one in repository.catalogue.copies_on(replica) if one.aip != repository.identity.id)
        all_at_once(repository, replica)
        folder = Path(repository.replicas.records[replica].url.removeprefix("file://"))
        content = next(folder.joinpath(repository.locations.object_root(aip)).rglob("a.txt"))
        content.chmod(0o644)
        content.write_bytes(b"x")
        queue(repository, a_slice(repository, replica))
        # Somebody works on the AIP: what looks wrong of it is passed over, and stays due.
        with repository.locks.hold(f"aip:{aip}", seconds=1):
            job = run_one(repository, Queue.FIXITY)

        assert job.result is not None
        assert (job.result["checked"], job.result["passed_over"], job.result["more"]) == (1, 1, True)
        (following,) = queued(repository)
        assert (following.subject, following.key) == (replica, f"slice after {job.id}")
        assert following.parameters == {"slice": True, "schedule": f"fixity {replica}"}
        again = run_one(repository, Queue.FIXITY)
        assert again.result is not None
        assert (again.result["damaged"], again.result["repaired"], again.result["more"]) == (1, 1, False)


def test_a_slice_waits_while_another_one_reads_the_replica(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        replica = next(iter(repository.replicas.stores))
        queue(repository, a_slice(repository, replica))
        with repository.locks.hold(f"fixity:{replica}", seconds=1):
            job = run_one(repository, Queue.FIXITY)

        assert (job.state, job.attempts) == (JobState.QUEUED, 0)
        assert job.due > repository.clock.now()


def test_due_times_are_planned_anew_after_the_policy_has_changed(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as opened:
        queue(opened, NewJob(id=opened.minter.urn(), kind=JobKind.PLAN_CHECKS))
        first = run_one(opened, Queue.UPKEEP)
        before = wanted(opened, "plan checks")
        (home.root / "policies" / "fixity.toml").write_text("window_days = 2\nfirst_check_hours = 0\n")
        changed = opened.with_replicas()
        after = wanted(changed, "plan checks")
        queue(opened, NewJob(id=opened.minter.urn(), kind=JobKind.PLAN_CHECKS))
        second = run_one(changed, Queue.UPKEEP)

        assert first.state is second.state is JobState.SUCCEEDED
        assert (before, after, wanted(changed, "plan checks")) == ([], [None], [])
        limit = opened.clock.now() + timedelta(days=2)
        for replica in opened.replicas.stores:
            assert all(one.due is not None and one.due < limit for one in opened.catalogue.copies_on(replica))


def test_the_daily_job_looks_at_what_replicas_hold_beside_aips_and_at_no_copy(home: TestHome) -> None:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        store = next(iter(repository.replicas.stores))
        folder = Path(repository.replicas.records[store].url.removeprefix("file://"))
        (folder / "README.txt").unlink()
        plan = next(one for one in PLANS if one.schedule.name == "fixity daily")
        all_at_once(repository, store)
        queue(
            repository,
            NewJob(id=repository.minter.urn(), kind=JobKind.FIXITY, parameters=plan.schedule.parameters),
        )

        job = run_one(repository, Queue.FIXITY)

        assert job.result is not None
        assert job.result["checked"] == 0
        assert (folder / "README.txt").exists()
