"""Format migrations: plans, approvals, runs, and taking back. Whatever takes long is a job."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer, page_answer
from preservation.api.dependencies import Allowed, requires
from preservation.api.documented import answers
from preservation.api.freshness import with_policies
from preservation.api.idempotency import OnceHere
from preservation.api.job_answers import announce, queue_job
from preservation.api.parameters import CursorParameter, Limit
from preservation.api.problems import Problem
from preservation.api.schemas import migrations as shapes
from preservation.api.schemas.jobs import Job as JobShape
from preservation.api.schemas.shape import EXAMPLE_URN, URN_PATTERN
from preservation.bootstrap.migration_jobs import queue_lanes
from preservation.bootstrap.migrations import migration_acts
from preservation.domain.jobs import JobKind, NewJob
from preservation.domain.migration_plans import ItemState, MigrationPlan, Person, PlanState
from preservation.domain.people import Right
from preservation.ports.migrations import MigrationTable
from preservation.services.migration_acts import MigrationActs
from preservation.services.migration_shown import item_value, plan_value

router = APIRouter(prefix="/api/v1/migrations", tags=["migrations"])

Reader = Annotated[Allowed, requires(Right.READ_STATE)]
Runner = Annotated[Allowed, requires(Right.RUN_JOBS)]
Approver = Annotated[Allowed, requires(Right.DECIDE)]
PlanId = Annotated[str, Path(pattern=URN_PATTERN, description="The plan.", examples=[EXAMPLE_URN])]

# What a number of an AIP in a plan can be at most.
LAST = (1 << 31) - 1

_REFUSALS = [kinds.NOT_FOUND, kinds.CONFLICT]
_JOB_PROBLEMS = [kinds.KEY_IN_USE, kinds.KEY_REUSED]


@router.get(
    "",
    operation_id="list_migrations",
    summary="Plans of migration, newest first",
    responses=answers(200, "A page.", shapes.MigrationPage),
    response_model=None,
)
def list_migrations(
    allowed: Reader,
    state: Annotated[PlanState | None, Query(description="Only in this state.")] = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    page = _table(allowed).plans(
        states=None if state is None else [state], before=cursors.text_place("migrations", cursor), limit=limit
    )
    following = cursors.encode("migrations", page[-1].id) if len(page) == limit else None
    return page_answer((plan_value(one) for one in page), following)


@router.post(
    "",
    operation_id="plan_migration",
    summary="Have a migration planned",
    description="A job writes the plan down: what it is for, how much that is, and what a sample of it really comes to. Nothing"
    " is stored but the plan. The job's result names it.",
    status_code=202,
    responses=answers(202, "The job.", JobShape, problems=_JOB_PROBLEMS, headers={"Location": "The job."}),
    response_model=None,
)
def plan_migration(request: Request, allowed: Runner, once: OnceHere, wanted: shapes.NewMigration) -> Response:
    repository = allowed.service.repository
    job = NewJob(
        id=repository.minter.urn(),
        kind=JobKind.PLAN_MIGRATION,
        parameters=wanted.model_dump(mode="json"),
        created_by=allowed.account,
    )
    return queue_job(request, allowed, once, job)


@router.post(
    "/reversals",
    operation_id="revert_migration",
    summary="Have results of a migration taken back",
    description="A job makes new versions without them. Earlier versions keep them: nothing is deleted. Its result says how many"
    " AIPs got one (`aips`), and in how many results still stand (`left`), the first of them with the reason (`not_reverted`).",
    status_code=202,
    responses=answers(
        202,
        "The job.",
        JobShape,
        problems=[*_JOB_PROBLEMS, kinds.NOT_FOUND, kinds.WRONG_USE],
        headers={"Location": "The job."},
    ),
    response_model=None,
)
def revert_migration(request: Request, allowed: Runner, once: OnceHere, wanted: shapes.MigrationReversal) -> Response:
    repository = allowed.service.repository
    if (wanted.plan is None) == (wanted.aip is None):
        raise Problem(kinds.WRONG_USE, "Name a plan or an AIP.")
    if wanted.plan is not None:
        _known(allowed, wanted.plan)
    elif repository.catalogue.aip(str(wanted.aip)) is None:
        raise Problem(kinds.NOT_FOUND)
    job = NewJob(
        id=repository.minter.urn(),
        kind=JobKind.REVERT_MIGRATION,
        subject=wanted.plan or wanted.aip,
        parameters=wanted.model_dump(mode="json"),
        created_by=allowed.account,
    )
    return queue_job(request, allowed, once, job)


@router.get(
    "/{id}",
    operation_id="show_migration",
    summary="A plan of migration",
    responses=answers(200, "The plan.", shapes.Migration, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_migration(allowed: Reader, id: PlanId) -> Response:
    return json_answer(plan_value(_known(allowed, id)))


@router.get(
    "/{id}/aips",
    operation_id="list_migrated_aips",
    summary="What came of the AIPs of a plan",
    responses=answers(200, "A page.", shapes.MigratedAIPPage, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def list_migrated_aips(
    allowed: Reader,
    id: PlanId,
    state: Annotated[ItemState | None, Query(description="Only those that stand so.")] = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    _known(allowed, id)
    place = cursors.number_place("migrated aips", cursor)
    page = _table(allowed).items(id, states=None if state is None else [state], after=min(place, LAST), limit=limit)
    following = cursors.encode("migrated aips", page[-1].ordinal) if len(page) == limit else None
    return page_answer((item_value(one) for one in page), following)


@router.post(
    "/{id}/approve",
    operation_id="approve_migration",
    summary="Approve a plan that somebody else has made",
    responses=answers(200, "The plan.", shapes.Migration, problems=_REFUSALS),
    response_model=None,
)
def approve_migration(allowed: Approver, id: PlanId, wanted: shapes.MigrationApproval) -> Response:
    return json_answer(plan_value(_acts(allowed).approve(id, _person(allowed), standing=wanted.standing)))


@router.post(
    "/{id}/run",
    operation_id="run_migration",
    summary="Have an approved plan carried out by the workers",
    responses=answers(200, "The plan.", shapes.Migration, problems=_REFUSALS),
    response_model=None,
)
def run_migration(allowed: Runner, id: PlanId) -> Response:
    return _go(allowed, _acts(allowed).start(id, _person(allowed)))


@router.post(
    "/{id}/pause",
    operation_id="pause_migration",
    summary="Let a running plan rest",
    responses=answers(200, "The plan.", shapes.Migration, problems=_REFUSALS),
    response_model=None,
)
def pause_migration(allowed: Runner, id: PlanId) -> Response:
    return json_answer(plan_value(_acts(allowed).pause(id, _person(allowed))))


@router.post(
    "/{id}/resume",
    operation_id="resume_migration",
    summary="Let a paused plan go on",
    responses=answers(200, "The plan.", shapes.Migration, problems=_REFUSALS),
    response_model=None,
)
def resume_migration(allowed: Runner, id: PlanId) -> Response:
    return _go(allowed, _acts(allowed).resume(id, _person(allowed)))


@router.post(
    "/{id}/stop",
    operation_id="stop_migration",
    summary="Give a plan up for good",
    description="What it has migrated stays; another plan finds the rest.",
    responses=answers(200, "The plan.", shapes.Migration, problems=_REFUSALS),
    response_model=None,
)
def stop_migration(allowed: Runner, id: PlanId, wanted: shapes.MigrationStop) -> Response:
    stopped = _acts(allowed).stop(id, _person(allowed), wanted.reason)
    # What it was in the middle of is ended by a worker.
    return _go(allowed, stopped) if _table(allowed).begun_items(id) else json_answer(plan_value(stopped))


def _go(allowed: Allowed, plan: MigrationPlan) -> Response:
    """Queue the lanes that have no job, and tell workers."""
    repository = allowed.service.repository
    table = repository.catalogue.job_table()
    queued = [table.job(one) for one in queue_lanes(repository, plan)]
    announce(allowed.service, *(one for one in queued if one is not None))
    return json_answer(plan_value(plan))


def _known(allowed: Allowed, id: str) -> MigrationPlan:
    found = _table(allowed).plan(id)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    return found


def _table(allowed: Allowed) -> MigrationTable:
    return allowed.service.repository.catalogue.migration_table()


def _acts(allowed: Allowed) -> MigrationActs:
    return migration_acts(with_policies(allowed.service.repository))


def _person(allowed: Allowed) -> Person:
    return Person(allowed.actor.account.name, allowed.account)
