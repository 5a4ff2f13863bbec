"""Challenges: another archive asks whether our copy of an AIP is the one that it knows."""

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
from preservation.api.schemas import challenges as shapes
from preservation.api.schemas.jobs import Job as JobShape
from preservation.domain.jobs import JobKind, JobState, NewJob
from preservation.domain.people import Right
from preservation.services.peer_checks import PeerStanding, peer_standings

router = APIRouter(prefix="/api/v1", tags=["fixity"])

# Each reads a whole AIP: one who asks is not to keep everybody else from theirs.
MOST_OPEN = 8
_MOST_NAMED = 100


@router.post(
    "/challenges",
    operation_id="ask_challenge",
    summary="Have an AIP read, and hear a digest that nobody could have kept",
    description=(
        "The job's result is `{nonce, digest}`: 32 bytes of our own, and the SHA-256 over your nonce, ours, and for each file of"
        " the OCFL object, in the order of the bytes of its path: the length of the path, the path, the number of bytes, the"
        " bytes; lengths in eight bytes, the highest first."
    ),
    status_code=202,
    responses=answers(
        202,
        "The job.",
        JobShape,
        problems=[kinds.NOT_FOUND, kinds.KEY_IN_USE, kinds.KEY_REUSED, kinds.TOO_MANY_REQUESTS],
        headers={"Location": "The job."},
    ),
    response_model=None,
)
def ask_challenge(
    request: Request,
    allowed: Annotated[Allowed, requires(Right.CHALLENGE, Scope.SUBJECT)],
    once: OnceHere,
    wanted: shapes.Challenge,
) -> Response:
    summary = held_aip(allowed, wanted.aip)
    if summary.head != wanted.version:
        raise Problem(kinds.NOT_FOUND, "It is held here in another version.")
    if _open(allowed) >= MOST_OPEN:
        raise Problem(kinds.TOO_MANY_REQUESTS, "Challenges of yours are open still.", headers={"Retry-After": "30"})
    job = NewJob(
        id=allowed.service.repository.minter.urn(),
        kind=JobKind.CHALLENGE,
        subject=wanted.aip,
        parameters={"version": wanted.version, "nonce": wanted.nonce},
        collection=summary.collection,
        created_by=allowed.account,
    )
    return queue_job(request, allowed, once, job)


@router.get(
    "/peers",
    operation_id="list_peers",
    summary="What is known of the copies that other organisations keep",
    responses=answers(200, "Every peer that the policy names.", shapes.Peers),
    response_model=None,
)
def list_peers(allowed: Annotated[Allowed, requires(Right.READ_STATE)]) -> Response:
    repository = allowed.service.fresh()
    peers = list(repository.policies.replication.peers.values())
    return json_answer({"items": [_item(one) for one in peer_standings(repository.catalogue, peers)]})


def _open(allowed: Allowed) -> int:
    states = (JobState.QUEUED, JobState.RUNNING)
    return sum(
        one.created_by == allowed.account
        for state in states
        for one in allowed.service.jobs.jobs(kind=JobKind.CHALLENGE, state=state, limit=1000)
    )


def _item(one: PeerStanding) -> dict[str, object]:
    last = one.last
    return {
        "name": one.name,
        "asked": last.time if last else None,
        "heard": one.heard,
        "agreed": last.agreed if last else 0,
        "differs": last.differs if last else 0,
        "absent": last.absent if last else 0,
        "unanswered": last.unanswered if last else 0,
        "own": last.own if last else 0,
        "faults": sorted(one.faults)[:_MOST_NAMED],
    }
