"""Health, for load balancers and for people."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from preservation.api.answers import json_answer
from preservation.api.dependencies import Allowed, Scope, ServiceHere, public, requires
from preservation.api.documented import Responses, answers
from preservation.api.freshness import with_policies
from preservation.api.schemas import health as shapes
from preservation.bootstrap.watching import health
from preservation.domain.messages import render
from preservation.domain.people import Right
from preservation.services.health import HealthReport, HealthState

router = APIRouter(tags=["health"])

_NOT_READY: Responses = {503: {"model": shapes.Health, "description": "It cannot serve requests now."}}


@router.get(
    "/health/live",
    operation_id="is_alive",
    summary="Whether the process answers",
    dependencies=[public()],
    responses=answers(200, "It does.", shapes.Alive),
    response_model=None,
)
def is_alive() -> Response:
    return json_answer({"status": "alive"})


@router.get(
    "/health/ready",
    operation_id="is_ready",
    summary="Whether requests can be served",
    dependencies=[public()],
    responses={**answers(200, "They can.", shapes.Health), **_NOT_READY},
    response_model=None,
)
def is_ready(service: ServiceHere) -> Response:
    return _answer(health(service.repository).ready(), None)


@router.get(
    "/health",
    operation_id="show_health",
    summary="Whether anything is missing that people rely on",
    responses={**answers(200, "Ready, or degraded: then with the reasons.", shapes.Health), **_NOT_READY},
    response_model=None,
)
def show_health(allowed: Annotated[Allowed, requires(Right.READ_STATE, Scope.SOMEWHERE)]) -> Response:
    repository = allowed.service.repository
    return _answer(health(with_policies(repository)).look(), repository.settings.language)


def _answer(report: HealthReport, language: str | None) -> Response:
    reasons = [
        {
            "code": one.code,
            "severity": one.severity,
            "message": None if language is None else render(one, language),
        }
        for one in report.reasons
    ]
    status = 503 if report.state is HealthState.UNREADY else 200
    return json_answer({"status": report.state, "time": report.time, "reasons": reasons}, status)
