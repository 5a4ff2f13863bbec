"""What is held by format, what is known and decided of formats, and what was ever said of one file's."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import held_aip, within
from preservation.api.parameters import AIPId, CollectionFilter
from preservation.api.problems import Problem
from preservation.api.schemas import known_formats as shapes
from preservation.api.schemas.places import FormatHoldings
from preservation.domain.people import Right
from preservation.errors import NotHere
from preservation.services.format_list import KnownFormat, described, held_by_puid, known_formats
from preservation.services.identification_history import history_of

router = APIRouter(prefix="/api/v1/formats", tags=["formats"])

ReaderSomewhere = Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SOMEWHERE)]
Scheme = Annotated[
    str, Path(pattern="^(x-)?fmt$", description="The part of the PUID before the slash.", examples=["fmt"])
]
Number = Annotated[int, Path(ge=1, le=999_999, description="The part of the PUID behind the slash.", examples=[40])]


@router.get(
    "",
    operation_id="list_formats",
    summary="What is held by PUID",
    responses=answers(200, "The most files first.", FormatHoldings),
    response_model=None,
)
def list_formats(allowed: ReaderSomewhere, collection: CollectionFilter = None) -> Response:
    found = allowed.service.repository.catalogue.format_holdings(within(allowed, collection))
    return json_answer({"items": [asdict(one) for one in found]})


@router.get(
    "/registry",
    operation_id="list_known_formats",
    summary="Formats with the rule of each",
    responses=answers(200, "In the order of PUIDs.", shapes.KnownFormats),
    response_model=None,
)
def list_known_formats(
    allowed: ReaderSomewhere,
    *,
    held: Annotated[bool, Query(description="Only formats of which files are held.")] = True,
    at_risk: Annotated[bool, Query(description="Only formats whose risk the policy calls medium or high.")] = False,
    collection: CollectionFilter = None,
) -> Response:
    repository = allowed.service.fresh()
    holdings = held_by_puid(repository.catalogue.format_holdings(within(allowed, collection)))
    found = known_formats(
        repository.registry, repository.policies.formats, holdings, only_held=held, only_at_risk=at_risk
    )
    return json_answer({"registry": repository.registry.release, "items": [one.line() for one in found]})


@router.get(
    "/registry/{scheme}/{number}",
    operation_id="show_format",
    summary="All that is known of a format",
    responses=answers(200, "The format.", shapes.DescribedFormat, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_format(allowed: ReaderSomewhere, scheme: Scheme, number: Number) -> Response:
    repository, puid = allowed.service.fresh(), f"{scheme}/{number}"
    policy, registry = repository.policies.formats, repository.registry
    held = held_by_puid(repository.catalogue.format_holdings(within(allowed, None)))
    found = registry.format(puid)
    if found is None and puid not in held and puid not in policy.rules.by_puid:
        raise Problem(kinds.NOT_FOUND)
    one = KnownFormat(puid, found, policy.rules.rule_for(puid), *held.get(puid, (0, 0)))
    return json_answer(described(one, policy, registry.release))


@router.get(
    "/identifications/{id}",
    operation_id="list_identifications",
    summary="Every identification of a file of an AIP",
    responses=answers(200, "Oldest first.", shapes.FileIdentifications, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def list_identifications(
    allowed: Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SUBJECT)],
    id: AIPId,
    path: Annotated[str, Query(min_length=1, max_length=4096, description="The file's logical path.")],
) -> Response:
    held_aip(allowed, id)
    try:
        found = history_of(allowed.service.repository.catalogue, id, path)
    except NotHere:
        raise Problem(kinds.NOT_FOUND, "It has no such file.") from None
    return json_answer({"items": [one.line() for one in found]})
