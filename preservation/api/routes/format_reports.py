"""What is held, counted; what will not last; which files somebody should look at."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from preservation.api import cursors
from preservation.api.answers import json_answer, page_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import within
from preservation.api.parameters import CollectionFilter, CursorParameter, Limit, Since
from preservation.api.schemas import format_reports as shapes
from preservation.bootstrap.reports import holdings_report
from preservation.domain.filed_examinations import BadFile
from preservation.domain.held_reports import Grouping
from preservation.domain.people import Right
from preservation.services.holdings_report import outlook_facts, total

router = APIRouter(prefix="/api/v1/formats", tags=["formats"])

ReaderSomewhere = Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.SOMEWHERE)]
Auditor = Annotated[Allowed, requires(Right.READ_HOLDINGS, Scope.REPOSITORY)]


@router.get(
    "/report",
    operation_id="report_holdings",
    summary="What is held, by format, risk, validity, kind, year or collection",
    responses=answers(200, "The most files first; years in their order.", shapes.HoldingsReport),
    response_model=None,
)
def report_holdings(
    allowed: ReaderSomewhere,
    by: Annotated[Grouping, Query(description="What is counted by.")] = Grouping.FORMAT,
    since: Since = None,
    collection: CollectionFilter = None,
) -> Response:
    report = holdings_report(allowed.service.repository)
    found = report.groups(by, collections=within(allowed, collection), since=since)
    files, size = total(found)
    groups = [{"value": one.value, "label": one.label, **asdict(one.amounts)} for one in found]
    return json_answer({"by": by, "since": since, "files": files, "bytes": size, "groups": groups})


@router.get(
    "/forecast",
    operation_id="forecast_formats",
    summary="Held formats that will not last",
    responses=answers(200, "At risk by the policy, or superseded by PRONOM.", shapes.Forecast),
    response_model=None,
)
def forecast_formats(allowed: ReaderSomewhere, collection: CollectionFilter = None) -> Response:
    repository = allowed.service.repository
    found = holdings_report(repository).outlook(repository.clock.now(), collections=within(allowed, collection))
    return json_answer({"formats": [outlook_facts(one) for one in found]})


@router.get(
    "/invalid",
    operation_id="list_invalid_files",
    summary="Files that are invalid",
    responses=answers(200, "AIP by AIP, as they came in.", shapes.BadFiles),
    response_model=None,
)
def list_invalid_files(
    allowed: Auditor,
    *,
    worsened: Annotated[bool, Query(description="Only those that had been sound before.")] = False,
    cursor: CursorParameter = None,
    limit: Limit = 100,
) -> Response:
    table, listing = allowed.service.repository.catalogue.examination_table(), f"invalid {worsened}"
    return _bad_files(listing, table.invalid(worsened=worsened, after=_place(listing, cursor), limit=limit + 1), limit)


@router.get(
    "/infected",
    operation_id="list_infected_files",
    summary="Files in which malware was found",
    responses=answers(200, "AIP by AIP, as they came in.", shapes.BadFiles),
    response_model=None,
)
def list_infected_files(allowed: Auditor, cursor: CursorParameter = None, limit: Limit = 100) -> Response:
    table = allowed.service.repository.catalogue.examination_table()
    return _bad_files("infected", table.infected(after=_place("infected", cursor), limit=limit + 1), limit)


def _place(listing: str, cursor: str | None) -> tuple[int, int]:
    place = cursors.decode(listing, cursor, int, int)
    return (-1, -1) if place is None else (int(place[0]), int(place[1]))


def _bad_files(listing: str, found: Sequence[BadFile], limit: int) -> Response:
    """A page of those that were found, of which one more than the page holds was asked for."""
    page = found[:limit]
    following = cursors.encode(listing, *page[-1].place) if len(found) > limit else None
    return page_answer(
        ({"aip": one.aip, "path": one.path, "time": one.time, "name": one.what} for one in page), following
    )
