"""Fixity: what is known of the copies, and having them checked."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import held_aip
from preservation.api.idempotency import OnceHere
from preservation.api.job_answers import queue_job
from preservation.api.problems import Problem
from preservation.api.schemas import places as shapes
from preservation.api.schemas.jobs import Job as JobShape
from preservation.domain.events import Json
from preservation.domain.holdings import ReplicaFigures
from preservation.domain.jobs import JobKind, NewJob
from preservation.domain.people import Right
from preservation.services.fixity import Selection
from preservation.services.fixity_forecast import FixityForecast, plan_facts

router = APIRouter(prefix="/api/v1/fixity", tags=["fixity"])


@router.get(
    "",
    operation_id="show_fixity",
    summary="How recently and how well the copies were checked",
    description="Counted now and then, not for this request; `counted` says when.",
    responses=answers(200, "By replica.", shapes.FixityStatus),
    response_model=None,
)
def show_fixity(allowed: Annotated[Allowed, requires(Right.READ_STATE, Scope.SOMEWHERE)]) -> Response:
    repository = allowed.service.fresh()
    kept = repository.catalogue.figure_table().kept()
    rows = [] if kept is None else [_counts(one) for one in kept.replicas]
    counted = None if kept is None else kept.time
    return json_answer({"window_days": repository.policies.fixity.window_days, "counted": counted, "replicas": rows})


@router.get(
    "/plan",
    operation_id="show_fixity_plan",
    summary="What checks need and have, and whether the windows can be kept",
    description="By replica. Counted now and then, not for this request; `counted` says when. Rates are for a second.",
    responses=answers(200, "By replica.", shapes.FixityPlan),
    response_model=None,
)
def show_plan(allowed: Annotated[Allowed, requires(Right.READ_STATE, Scope.SOMEWHERE)]) -> Response:
    repository = allowed.service.fresh()
    kept = FixityForecast(repository.catalogue, repository.clock, repository.policies).kept()
    counted, plans = (None, ()) if kept is None else kept
    return json_answer({"counted": counted, "replicas": [{"replica": one.replica, **plan_facts(one)} for one in plans]})


@router.post(
    "/runs",
    operation_id="run_fixity",
    summary="Have copies checked, and repaired where they are damaged",
    description="Without `aip` this needs the right in the repository as a whole.",
    status_code=202,
    responses=answers(
        202, "The job.", JobShape, problems=[kinds.KEY_IN_USE, kinds.KEY_REUSED], headers={"Location": "The job."}
    ),
    response_model=None,
)
def run_fixity(
    request: Request,
    allowed: Annotated[Allowed, requires(Right.RUN_JOBS, Scope.SUBJECT, seen_by=Right.READ_HOLDINGS)],
    once: OnceHere,
    wanted: shapes.FixityRun,
) -> Response:
    repository = allowed.service.repository
    collection: str | None = None
    if wanted.aip is not None:
        collection = held_aip(allowed, wanted.aip).collection
    elif not allowed.may(Right.RUN_JOBS, None):
        raise Problem(kinds.FORBIDDEN)
    if wanted.replica is not None and all(one.id != wanted.replica for one in repository.catalogue.replicas()):
        raise Problem(kinds.NOT_FOUND)
    selection = Selection.ALL if wanted.aip is not None else wanted.selection
    parameters: dict[str, Json] = {"selection": selection.value}
    if wanted.aip is not None:
        parameters["aip"] = wanted.aip
    if wanted.replica is not None:
        parameters["replica"] = wanted.replica
    job = NewJob(
        id=repository.minter.urn(),
        kind=JobKind.FIXITY,
        subject=wanted.aip or wanted.replica,
        parameters=parameters,
        collection=collection,
        created_by=allowed.account,
    )
    return queue_job(request, allowed, once, job)


def _counts(one: ReplicaFigures) -> dict[str, object]:
    return {
        "replica": one.replica,
        "copies": one.copies,
        "overdue": one.copies - one.within,
        "share_within_window": round(one.within / one.copies, 6) if one.copies else 1.0,
        "oldest_check": one.oldest_check,
        "never_checked": one.never_checked,
        "intact": one.intact,
        "damaged": one.damaged,
        "missing": one.missing,
        "unreadable": one.unreadable,
        "pending": one.pending,
    }
