"""Storage locations."""

from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.addresses import address
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.idempotency import OnceHere
from preservation.api.job_answers import announce, as_queued, queue_job
from preservation.api.parameters import ReplicaId
from preservation.api.problems import Problem
from preservation.api.schemas import copies as copy_shapes
from preservation.api.schemas import places as shapes
from preservation.api.schemas.jobs import Job as JobShape
from preservation.bootstrap import REPLICAS, REPLICAS_SECONDS, Repository, add_replica, allowed_bucket, lacking
from preservation.domain.holdings import ReplicaFigures, ReplicaRecord, ReplicaState
from preservation.domain.jobs import JobKind, NewJob
from preservation.domain.people import Right
from preservation.errors import WrongUse
from preservation.ports import CatalogueTransaction
from preservation.services.collection_changes import checked
from preservation.services.record_request import RecordRequest
from preservation.services.repair_limits import release_repairs
from preservation.services.replica_changes import drain_replica, keep_replica, retire_replica
from preservation.services.replica_report import replica_report
from preservation.services.replica_words import report_json

router = APIRouter(prefix="/api/v1/replicas", tags=["replicas"])

Reader = Annotated[Allowed, requires(Right.READ_STATE, Scope.SOMEWHERE)]
Runner = Annotated[Allowed, requires(Right.RUN_JOBS)]
Arranger = Annotated[Allowed, requires(Right.ARRANGE)]


@router.get(
    "",
    operation_id="list_replicas",
    summary="The storage locations",
    responses=answers(200, "All of them, retired ones too.", shapes.Replicas),
    response_model=None,
)
def list_replicas(allowed: Reader) -> Response:
    counts = _counts(allowed)
    return json_answer(
        {"items": [_item(allowed, one, counts) for one in allowed.service.repository.catalogue.replicas()]}
    )


@router.get(
    "/{id}",
    operation_id="show_replica",
    summary="A storage location",
    responses=answers(200, "The replica.", shapes.Replica, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_replica(allowed: Reader, id: ReplicaId) -> Response:
    return json_answer(_item(allowed, _known(allowed, id), _counts(allowed)))


@router.post(
    "",
    operation_id="add_replica",
    summary="Make a storage location",
    description="Beside another one's folder, or in a bucket of a server that the settings allow. It is empty until it is "
    "synced: a job for that is queued.",
    status_code=201,
    responses=answers(
        201,
        "The replica.",
        shapes.Replica,
        problems=[kinds.CONFLICT, kinds.KEY_IN_USE, kinds.KEY_REUSED, kinds.WRONG_USE, kinds.NO_ROOM],
        headers={"Location": "The replica."},
    ),
    response_model=None,
)
def make_replica(request: Request, allowed: Arranger, once: OnceHere, wanted: shapes.NewReplica) -> Response:
    if (before := once.answered(allowed)) is not None:
        return before
    checked(wanted.name, "a replica's name")
    repository = allowed.service.fresh()
    with repository.locks.hold(REPLICAS, seconds=REPLICAS_SECONDS):
        now = repository.clock.now()
        made: list[tuple[NewJob, Response]] = []

        def along(tx: CatalogueTransaction, record: ReplicaRecord) -> None:
            """One transaction: what was cut off before it made nothing known, and goes on when it is asked again."""
            job = _sync(allowed, record.id)
            headers = {"Location": address(request, f"/api/v1/replicas/{record.id}")}
            answer = json_answer(_item(allowed, record, {}), 201, headers=headers)
            tx.add_job(job, now=now)
            RecordRequest(repository.minter, repository.clock, by_job=True).ask(tx, allowed.account)
            made.append((job, once.keep(tx, allowed, answer)))

        add_replica(repository, _place(repository, wanted), wanted.name, by=allowed.account, along=along)
    allowed.service.fresh.forget()
    job, answer = made[-1]
    announce(allowed.service, as_queued(job, now))
    return answer


@router.post(
    "/{id}/sync",
    operation_id="sync_replica",
    summary="Bring a replica what it lacks",
    status_code=202,
    responses=answers(
        202,
        "The job.",
        JobShape,
        problems=[kinds.NOT_FOUND, kinds.CONFLICT, kinds.KEY_IN_USE, kinds.KEY_REUSED],
        headers={"Location": "The job."},
    ),
    response_model=None,
)
def sync_replica(request: Request, allowed: Runner, once: OnceHere, id: ReplicaId) -> Response:
    if not _known(allowed, id).state.is_counted:
        raise Problem(kinds.CONFLICT, "The replica is retired, or is being drained.")
    return queue_job(request, allowed, once, _sync(allowed, id))


@router.post(
    "/{id}/retire",
    operation_id="retire_replica",
    summary="Take a replica out of use",
    description=(
        "Refused while that would leave AIPs short of the replication policy, unless `accept_gap` says that this is known; and"
        " always where an AIP would be left without any intact copy. What it holds is left as it is."
    ),
    responses=answers(200, "The replica.", shapes.Replica, problems=[kinds.NOT_FOUND, kinds.CONFLICT, kinds.WRONG_USE]),
    response_model=None,
)
def retire(
    allowed: Arranger,
    id: ReplicaId,
    accept_gap: Annotated[bool, Query(description="Although AIPs fall below the policy.")] = False,  # noqa: FBT002
) -> Response:
    repository = allowed.service.fresh()
    with repository.locks.hold(REPLICAS, seconds=REPLICAS_SECONDS):
        record = _known(allowed, id)
        if record.state is ReplicaState.RETIRED:
            raise Problem(kinds.CONFLICT, "The replica is retired already.")
        retire_replica(
            repository.catalogue,
            repository.recorder,
            repository.policies,
            record,
            accept_gap=accept_gap,
            by=allowed.account,
        )
        with repository.catalogue.begin() as tx:
            RecordRequest(repository.minter, repository.clock, by_job=True).ask(tx, allowed.account)
    allowed.service.fresh.forget()
    return json_answer(_item(allowed, _known(allowed, id), _counts(allowed)))


@router.get(
    "/{id}/report",
    operation_id="report_replica",
    summary="What a replica lacks and what is due on it, plugged in or not",
    responses=answers(200, "The report.", copy_shapes.ReplicaReport, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def report(allowed: Reader, id: ReplicaId) -> Response:
    repository = allowed.service.fresh()
    now, record = repository.clock.now(), _known(allowed, id)
    is_here = id in repository.replicas.stores
    return json_answer(
        report_json(replica_report(repository.catalogue, repository.policies, record, is_here=is_here, now=now), now)
    )


@router.post(
    "/{id}/drain",
    operation_id="drain_replica",
    summary="Write nothing new to a replica and no longer count its copies",
    description="Others get what is then short. With `undo` it is kept after all.",
    responses=answers(200, "The replica.", shapes.Replica, problems=[kinds.NOT_FOUND, kinds.WRONG_USE]),
    response_model=None,
)
def drain(
    allowed: Arranger,
    id: ReplicaId,
    undo: Annotated[bool, Query(description="Keep it after all.")] = False,  # noqa: FBT002
) -> Response:
    repository = allowed.service.fresh()
    with repository.locks.hold(REPLICAS, seconds=REPLICAS_SECONDS):
        change = keep_replica if undo else drain_replica
        change(repository.catalogue, repository.recorder, _in_use(allowed, id), by=allowed.account)
    allowed.service.fresh.forget()
    return json_answer(_item(allowed, _known(allowed, id), _counts(allowed)))


@router.post(
    "/{id}/release",
    operation_id="release_repairs",
    summary="Let repairs go on that are held because there were too many",
    description="For somebody who has looked why.",
    responses=answers(200, "The replica.", shapes.Replica, problems=[kinds.NOT_FOUND, kinds.WRONG_USE]),
    response_model=None,
)
def release(allowed: Arranger, id: ReplicaId) -> Response:
    repository = allowed.service.fresh()
    with repository.locks.hold(REPLICAS, seconds=REPLICAS_SECONDS):
        record = _in_use(allowed, id)
        release_repairs(repository.catalogue, repository.recorder, record, repository.clock.now(), by=allowed.account)
    allowed.service.fresh.forget()
    return json_answer(_item(allowed, _known(allowed, id), _counts(allowed)))


def _in_use(allowed: Allowed, id: str) -> ReplicaRecord:
    record = _known(allowed, id)
    if record.state is ReplicaState.RETIRED:
        raise WrongUse("the replica is retired")
    return record


def _sync(allowed: Allowed, id: str) -> NewJob:
    return NewJob(id=allowed.service.repository.minter.urn(), kind=JobKind.SYNC, subject=id, created_by=allowed.account)


def _known(allowed: Allowed, id: str) -> ReplicaRecord:
    for record in allowed.service.repository.catalogue.replicas():
        if record.id == id:
            return record
    raise Problem(kinds.NOT_FOUND)


def _place(repository: Repository, wanted: shapes.NewReplica) -> Path | str:
    if (wanted.folder is None) == (wanted.url is None):
        raise WrongUse("a replica is made in a folder or in a bucket: one of both is named")
    if wanted.folder is not None:
        return _folder(repository, wanted.folder)
    return allowed_bucket(repository.settings, wanted.url or "")


def _folder(repository: Repository, text: str) -> Path:
    """A folder of the server beside those of known replicas: a request does not write wherever the process could."""
    folder = Path(text)
    known = [
        Path(unquote(urlsplit(one.url).path)) for one in repository.catalogue.replicas() if one.url.startswith("file:")
    ]
    beside = {repository.home.replicas, *(one.parent for one in known)}
    if folder.parent not in beside or not folder.name.isprintable() or folder.name in ("", ".", ".."):
        raise WrongUse("the folder must lie beside another replica's; `preservation replica add` makes one elsewhere")
    return folder


def _counts(allowed: Allowed) -> dict[str, ReplicaFigures]:
    kept = allowed.service.repository.catalogue.figure_table().kept()
    return {} if kept is None else {one.replica: one for one in kept.replicas}


def _item(allowed: Allowed, record: ReplicaRecord, counts: dict[str, ReplicaFigures]) -> dict[str, object]:
    count = counts.get(record.id)
    is_away = record.id in allowed.service.fresh().replicas.away
    return {
        "id": record.id,
        "name": record.name,
        # A path of the server is for those who run it.
        "url": (record.url or None) if allowed.may(Right.ARRANGE, None) else None,
        "role": record.role,
        "state": ReplicaState.AWAY if is_away else record.state,
        "added": record.added,
        "copies": None if count is None else count.copies,
        "bytes": None if count is None else count.bytes,
        "server_lacks": lacking(allowed.service.fresh(), record),
    }
