"""Events: what happened, to what, by whom, with what outcome; and the proof that one is in the ledger."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.answers import JSON, spliced_page
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.held import held_aip
from preservation.api.parameters import AIPFilter, AIPId, CursorParameter, EventId, Limit, Since, Until
from preservation.api.problems import Problem
from preservation.api.schemas import events as shapes
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.ledger import EventFilter, SequencedEvent
from preservation.domain.people import Right
from preservation.services.event_pages import events_page, is_within
from preservation.services.ledger import prove

router = APIRouter(prefix="/api/v1", tags=["events"])

Reader = Annotated[Allowed, requires(Right.READ_EVENTS, Scope.SOMEWHERE)]
ReaderThere = Annotated[Allowed, requires(Right.READ_EVENTS, Scope.SUBJECT)]

TEXT = "text/plain"
PROOF_ANSWERS = answers(
    200,
    "A receipt (C2SP tlog-proof) that anybody can check without this service.",
    problems=[kinds.NOT_FOUND, kinds.UNAVAILABLE],
    content={TEXT: {"type": "string"}},
)


@router.get(
    "/events",
    operation_id="list_events",
    summary="Events, in the order of recording",
    description="With rights in some collections only: the events about these. Then a page may be short and not the last.",
    responses=answers(200, "A page.", shapes.EventPage),
    response_model=None,
)
def list_events(
    allowed: Reader,
    aip: AIPFilter = None,
    type: Annotated[EventType | None, Query(description="Only this PREMIS event type.")] = None,
    agent: Annotated[str | None, Query(max_length=200, description="Only events of this agent.")] = None,
    outcome: Annotated[EventOutcome | None, Query(description="Only with this outcome.")] = None,
    since: Since = None,
    until: Until = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    where = EventFilter(
        aip, None if type is None else type.value, agent, None if outcome is None else outcome.value, since, until
    )
    page = events_page(
        allowed.service.repository.catalogue,
        where,
        within=allowed.reach(),
        after=cursors.number_place("events", cursor),
        limit=limit,
    )
    following = None if page.next is None else cursors.encode("events", page.next)
    return spliced_page((event_json(one) for one in page.events), following)


@router.get(
    "/events/{id}",
    operation_id="show_event",
    summary="An event",
    responses=answers(200, "The event.", shapes.Event, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_event(allowed: Reader, id: EventId) -> Response:
    return Response(event_json(_visible(allowed, id)), media_type=JSON)


@router.get(
    "/events/{id}/proof",
    operation_id="prove_event",
    summary="A receipt for an event",
    responses=PROOF_ANSWERS,
    response_model=None,
)
def prove_event(allowed: Reader, id: EventId) -> Response:
    _visible(allowed, id)
    return _proof(allowed, id)


@router.get(
    "/aips/{id}/proof",
    operation_id="prove_aip",
    summary="A receipt for the newest version of an AIP",
    responses=PROOF_ANSWERS,
    response_model=None,
)
def prove_aip(allowed: ReaderThere, id: AIPId) -> Response:
    held_aip(allowed, id)
    return _proof(allowed, id)


def event_json(event: SequencedEvent) -> bytes:
    """The entry as it is in the ledger, with its place and its private part added: no byte of either is made anew."""
    sequence = b"null" if event.sequence is None else b"%d" % event.sequence
    return event.entry[:-1] + b',"sequence":' + sequence + b',"private":' + (event.private or b"null") + b"}"


def _proof(allowed: Allowed, id: str) -> Response:
    repository = allowed.service.fresh()
    text = prove(repository.catalogue, list(repository.replicas.stores.values()), id, repository.trust)
    return Response(text, media_type=TEXT)


def _visible(allowed: Allowed, id: str) -> SequencedEvent:
    catalogue = allowed.service.repository.catalogue
    event = catalogue.event(id)
    if event is None or not is_within(catalogue, event, allowed.reach()):
        raise Problem(kinds.NOT_FOUND)
    return event
