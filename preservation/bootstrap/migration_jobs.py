"""Plans of migration as jobs: a few lanes for each plan, each a chain of slices, so that workers share it and nothing starves."""

from datetime import timedelta

from preservation.bootstrap.joining import Repository
from preservation.bootstrap.migrations import MigrationTools, run_plan
from preservation.bootstrap.watching import job_requests
from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, NewJob
from preservation.domain.migration_plans import MigrationPlan
from preservation.ports import Progress
from preservation.services.migration_runs import RunEnd, RunReport

# A lane gives its worker back after this long, so that other work of the same queue has its turn.
SLICE = timedelta(seconds=60)
# Where others have what is left, or wait for a replica.
REST = timedelta(seconds=30)


def lane_name(plan: str, lane: int) -> str:
    """What keeps a lane from being queued twice."""
    return f"migrate {plan} {lane}"


def queue_lanes(repository: Repository, plan: MigrationPlan) -> list[str]:
    """Queue the first slice of each lane that has none; the jobs' ids."""
    table = repository.catalogue.job_table()
    queued: list[str] = []
    for lane in range(plan.limits.lanes):
        name = lane_name(plan.id, lane)
        open_ones = [one for one in table.jobs(kind=JobKind.MIGRATE, subject=plan.id) if not one.state.is_final]
        if any(one.parameters.get("schedule") == name for one in open_ones):
            continue
        job = NewJob(
            id=repository.minter.urn(),
            kind=JobKind.MIGRATE,
            subject=plan.id,
            parameters={"lane": lane, "schedule": name},
        )
        with repository.catalogue.begin() as tx:
            tx.add_job(job, now=repository.clock.now())
        queued.append(job.id)
    return queued


def run_lane(repository: Repository, tools: MigrationTools, job: Job, progress: Progress) -> dict[str, Json]:
    """A slice of the plan that the job is about; `more` says that another one follows."""
    plan, lane = str(job.subject), job.parameters.get("lane", 0)
    until = repository.clock.now() + SLICE
    report = run_plan(
        repository, tools, plan, progress, until=until, lane=lane if isinstance(lane, int) else 0, at_once=False
    )
    return {**report.described(), "more": _follow(repository, job, report)}


def _follow(repository: Repository, job: Job, report: RunReport) -> bool:
    """Queue the next slice where one is wanted; whether one is."""
    now = repository.clock.now()
    due = {RunEnd.SLICE: now, RunEnd.REST: now + REST, RunEnd.BUDGET: report.again}.get(report.end)
    table, plan = repository.catalogue.migration_table(), str(job.subject)
    if due is None or (report.end is RunEnd.REST and not table.open_items(plan, limit=1, now=now)):
        # All that is left waits until later: timers queue the lane when the first of them is to be tried.
        return False
    job_requests(repository).follow(job, due=due)
    return True
