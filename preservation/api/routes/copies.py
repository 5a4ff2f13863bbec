"""Copies against the replication policy."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import held_aip
from preservation.api.parameters import AIPId
from preservation.api.problems import Problem
from preservation.api.schemas import copies as shapes
from preservation.domain.people import Right
from preservation.domain.replication_policy import RULE_KEYS
from preservation.services.copy_standing import Standing, aip_standing, standing
from preservation.services.fault_log import read_faults
from preservation.services.loss_figures import YEARS, model_losses
from preservation.services.replica_words import model_json

router = APIRouter(prefix="/api/v1", tags=["replicas"])

Reader = Annotated[Allowed, requires(Right.READ_STATE, Scope.SOMEWHERE)]


@router.get(
    "/copies",
    operation_id="show_copies",
    summary="How far all copies are from the replication policy",
    description="Counted now and then, not for this request; `counted` says when.",
    responses=answers(200, "All of it.", shapes.CopiesStanding),
    response_model=None,
)
def show_copies(allowed: Reader) -> Response:
    repository = allowed.service.fresh()
    kept = repository.catalogue.figure_table().kept()
    if kept is None:
        nothing: dict[str, object] = {
            "counted": None,
            "aips": 0,
            "below": 0,
            "groups": [],
            "storage_level": 0,
            "integrity_level": 0,
        }
        return json_answer({**nothing, "circular": None, "media": []})
    return json_answer(
        _standing(allowed, standing(repository.catalogue, repository.policies, kept, repository.clock.now()))
    )


@router.get(
    "/copies/model",
    operation_id="show_loss_model",
    summary="A model, and no promise, of how many AIPs are lost",
    description="From the faults that our own log has seen, as counted now and then. What archives lose most by is not in it.",
    responses=answers(200, "The model.", shapes.LossModel, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_loss_model(
    allowed: Reader, years: Annotated[int, Query(ge=1, le=1000, description="For the chance of any loss.")] = YEARS
) -> Response:
    repository = allowed.service.fresh()
    kept = repository.catalogue.figure_table().kept()
    if kept is None:
        raise Problem(kinds.NOT_FOUND, "Nothing was counted yet.")
    faults = read_faults(repository.catalogue)
    found = model_losses(repository.catalogue, repository.policies, kept, faults, years=years)
    names = {one.id: one.name for one in repository.catalogue.replicas()}
    return json_answer(model_json(found, faults, names))


@router.get(
    "/aips/{id}/standing",
    operation_id="show_aip_standing",
    summary="An AIP against the replication policy of its collection",
    responses=answers(200, "What is short, and what would bring it nearer.", shapes.AIPStanding),
    response_model=None,
)
def show_aip_standing(allowed: Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SUBJECT)], id: AIPId) -> Response:
    held_aip(allowed, id)
    repository = allowed.service.fresh()
    found = aip_standing(repository.catalogue, repository.policies, id)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    return json_answer(
        {
            "demands": {key: getattr(found.rule, key) for key in RULE_KEYS},
            "short": dict(found.gap.named()),
            "bring_to": list(found.plan.replicas),
            "remaining": dict(found.plan.remaining.named()),
        }
    )


def _standing(allowed: Allowed, found: Standing) -> dict[str, object]:
    return {
        "counted": found.counted,
        "aips": found.aips,
        "below": found.aips_below,
        "groups": [
            {
                "collection": one.collection,
                "replicas": sorted(one.replicas),
                "aips": one.aips,
                "short": dict(one.gap.named()),
            }
            for one in found.below
            if allowed.may(Right.READ_STATE, one.collection)
        ],
        "storage_level": found.storage,
        "integrity_level": found.integrity,
        "circular": {"sets": found.circular.sets, "media": found.circular.media, "checked": found.circular.checked},
        "media": [{"replica": one.replica, "ends": one.ends, "replace_by": one.replace_by} for one in found.media],
    }
