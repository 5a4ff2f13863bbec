"""What is held, by format."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import within
from preservation.api.parameters import CollectionFilter
from preservation.api.schemas import places as shapes
from preservation.domain.people import Right

router = APIRouter(prefix="/api/v1/formats", tags=["formats"])


@router.get(
    "",
    operation_id="list_formats",
    summary="What is held by PUID",
    responses=answers(200, "The most files first.", shapes.FormatHoldings),
    response_model=None,
)
def list_formats(
    allowed: Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SOMEWHERE)], collection: CollectionFilter = None
) -> Response:
    found = allowed.service.repository.catalogue.format_holdings(within(allowed, collection))
    return json_answer({"items": [asdict(one) for one in found]})
