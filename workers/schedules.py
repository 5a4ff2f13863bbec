"""What is queued when: each plan looks at policies and holdings, and says which schedules want a job now."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from preservation.bootstrap import Repository
from preservation.bootstrap.fixity_runs import wants_slice
from preservation.bootstrap.migration_jobs import lane_name
from preservation.bootstrap.migrations import migration_proposals, running_plans
from preservation.domain.examination_policy import VirusScan
from preservation.domain.jobs import JobKind
from preservation.domain.policies import FormatEngine
from preservation.services.fixity import Selection
from preservation.services.fixity_planning import FixityPlanning
from preservation.services.job_requests import Schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule, and whether it wants anything: `wanted` gives the schedules that do, one for each subject."""

    schedule: Schedule
    wanted: Callable[[Repository, Schedule, datetime], Iterator[Schedule]]


def _always(_repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    yield schedule


def _where_copies_are_due(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    """One job for each replica that is here, so that a slow device holds up no other."""
    for replica in repository.replicas.stores:
        if wants_slice(repository, replica):
            yield replace(schedule, name=f"{schedule.name} {replica}", subject=replica)


def _where_due_times_are_old(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    """They were planned by another policy, tree of collections or set of replicas than is in force."""
    planning = FixityPlanning(repository.catalogue, repository.clock, repository.policies)
    if not planning.is_current():
        yield schedule


def _where_copies_lack(repository: Repository, schedule: Schedule, now: datetime) -> Iterator[Schedule]:
    """Replicas that are here and are not quiet now. Damaged copies are for fixity runs, which repair; a sync leaves them."""
    for replica in repository.replicas.writable:
        hours = repository.policies.replication.place(repository.replicas.name(replica)).quiet_hours
        if hours is not None and hours.has(now):
            continue
        if repository.catalogue.copies_lacking(replica, limit=1, behind=True):
            yield replace(schedule, name=f"{schedule.name} {replica}", subject=replica)


def _where_opinions_are_wanted(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if repository.policies.formats.other is not FormatEngine.NONE:
        yield schedule


def _where_formats_are_identified(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if repository.policies.formats.first is not FormatEngine.NONE:
        yield schedule


def _where_examinations_are_wanted(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if repository.policies.formats.examination.held:
        yield schedule


def _where_viruses_are_looked_for(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if repository.policies.formats.viruses.scan is not VirusScan.OFF:
        yield schedule


def _where_migrations_run(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    """The lanes of plans that have AIPs left: what a lost job, a spent budget or an AIP that came in later leaves waiting."""
    for plan in running_plans(repository):
        for lane in range(plan.limits.lanes):
            name = lane_name(plan.id, lane)
            yield replace(schedule, name=name, subject=plan.id, parameters={"lane": lane})


def _where_migrations_are_wanted(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if migration_proposals(repository, None).wants():
        yield schedule


def _where_peers_are_named(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if repository.policies.replication.peers:
        yield schedule


def _where_places_are_watched(repository: Repository, schedule: Schedule, _now: datetime) -> Iterator[Schedule]:
    if repository.home.drops_file.exists():
        yield schedule


PLANS: Sequence[Plan] = (
    Plan(Schedule("plan checks", JobKind.PLAN_CHECKS, timedelta(minutes=5)), _where_due_times_are_old),
    Plan(
        Schedule("fixity", JobKind.FIXITY, timedelta(minutes=5), parameters={"slice": True}),
        _where_copies_are_due,
    ),
    # What a replica holds beside AIPs is looked at each day, whether or not a copy is due.
    Plan(
        Schedule(
            "fixity daily",
            JobKind.FIXITY,
            timedelta(days=1),
            timedelta(hours=1, minutes=30),
            parameters={"selection": Selection.BESIDE.value},
        ),
        _always,
    ),
    Plan(Schedule("sync", JobKind.SYNC, timedelta(minutes=5)), _where_copies_lack),
    Plan(Schedule("ask peers", JobKind.ASK_PEERS, timedelta(days=1), timedelta(hours=5)), _where_peers_are_named),
    Plan(Schedule("compare", JobKind.COMPARE, timedelta(days=1), timedelta(hours=4)), _always),
    Plan(
        Schedule("format review", JobKind.FORMAT_REVIEW, timedelta(days=1), timedelta(hours=2)),
        _where_opinions_are_wanted,
    ),
    # A newer engine, or signatures put in force by hand, whose job was lost: where there is neither, nothing is asked.
    Plan(
        Schedule("identify again", JobKind.REIDENTIFY, timedelta(days=1), timedelta(hours=2, minutes=15)),
        _where_formats_are_identified,
    ),
    Plan(
        Schedule("examination", JobKind.EXAMINE, timedelta(days=1), timedelta(hours=2, minutes=30)),
        _where_examinations_are_wanted,
    ),
    Plan(
        Schedule("virus scan", JobKind.VIRUS_SCAN, timedelta(days=1), timedelta(hours=3, minutes=30)),
        _where_viruses_are_looked_for,
    ),
    Plan(Schedule("migrate", JobKind.MIGRATE, timedelta(minutes=5)), _where_migrations_run),
    Plan(
        Schedule("propose migrations", JobKind.PROPOSE_MIGRATIONS, timedelta(minutes=5)),
        _where_migrations_are_wanted,
    ),
    Plan(
        Schedule(
            "propose migrations daily",
            JobKind.PROPOSE_MIGRATIONS,
            timedelta(days=1),
            timedelta(hours=4, minutes=30),
            parameters={"whole": True},
        ),
        _where_migrations_are_wanted,
    ),
    Plan(Schedule("drops", JobKind.DROPS, timedelta(minutes=1)), _where_places_are_watched),
    Plan(Schedule("record", JobKind.RECORD, timedelta(hours=1)), _always),
    Plan(Schedule("cleanup", JobKind.CLEANUP, timedelta(days=1), timedelta(hours=3)), _always),
)
