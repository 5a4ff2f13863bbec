"""Figures for Prometheus."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from preservation.adapters.metrics import CONTENT_TYPE
from preservation.api.dependencies import Allowed, Requirement, Scope, service_of
from preservation.api.documented import answers
from preservation.api.http_metrics import HttpMetrics
from preservation.bootstrap.watching import service_watch
from preservation.domain.people import Right

router = APIRouter(tags=["health"])

_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class _Scraper(Requirement):
    """Whoever shows the token that the settings name for this alone, else somebody with the right."""

    async def __call__(self, request: Request) -> Allowed | None:  # type: ignore[override]
        token = service_of(request).repository.settings.metrics_token
        shown = request.headers.get("authorization", "")
        given = shown[len(_BEARER) :].strip() if shown.lower().startswith(_BEARER) else ""
        if token and compare_digest(given.encode(), token.encode()):
            return None
        return await Requirement.__call__(self, request)


@router.get(
    "/metrics",
    operation_id="show_metrics",
    summary="Figures of the service in Prometheus' text format",
    description="By a token of the setting `metrics_token`, or with the right to read the state.",
    responses=answers(200, "Figures.", content={CONTENT_TYPE.partition(";")[0]: {"type": "string"}}),
    response_model=None,
)
def show_metrics(
    request: Request, allowed: Annotated[Allowed | None, Depends(_Scraper(Right.READ_STATE, Scope.REPOSITORY))]
) -> Response:
    del allowed
    metrics = request.app.state.http_metrics
    assert isinstance(metrics, HttpMetrics)  # noqa: S101 - create_app puts it there
    figures = service_watch(service_of(request).repository).figures()
    return Response(metrics.exposition(figures), headers={"Content-Type": CONTENT_TYPE})
