"""Transfers: made, submitted, reported on, decided about, withdrawn."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from preservation.adapters import allowed_paths
from preservation.api import cursors
from preservation.api import problem_types as kinds
from preservation.api.addresses import address
from preservation.api.answers import json_answer, page_answer
from preservation.api.dependencies import Allowed, Scope, requires
from preservation.api.documented import answers
from preservation.api.freshness import with_policies
from preservation.api.held_transfers import check_transfer, own_transfer, seen_transfer, transfer_item
from preservation.api.idempotency import OnceHere
from preservation.api.languages import AcceptLanguage, language
from preservation.api.parameters import CollectionFilter, CursorParameter, Limit
from preservation.api.problems import Problem
from preservation.api.ringing import ring
from preservation.api.schemas import transfers as shapes
from preservation.api.schemas.shape import EXAMPLE_URN, URN_PATTERN
from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.findings import Finding
from preservation.domain.holdings import Collection, SubmissionMode, Transfer, TransferStatus
from preservation.domain.messages import render
from preservation.domain.people import Right
from preservation.ports import CatalogueTransaction
from preservation.services.deposit_reports import reported_findings
from preservation.services.deposits import Submitted, WantedDeposit

router = APIRouter(prefix="/api/v1", tags=["transfers"])

TransferId = Annotated[str, Path(pattern=URN_PATTERN, description="The transfer.", examples=[EXAMPLE_URN])]
Depositor = Annotated[Allowed, requires(Right.SUBMIT, Scope.SUBJECT, seen_by=Right.READ_TRANSFERS)]
Decider = Annotated[Allowed, requires(Right.DECIDE, Scope.SUBJECT, seen_by=Right.READ_TRANSFERS)]
# Their own, or everybody's where they may read those.
Reader = Annotated[Allowed, requires(None)]


@router.post(
    "/transfers",
    operation_id="create_transfer",
    summary="Begin a transfer",
    status_code=201,
    responses=answers(
        201,
        "The transfer, open: upload its package, then submit it.",
        shapes.Transfer,
        problems=[kinds.AGREEMENT_BROKEN, kinds.WRONG_USE, kinds.KEY_REUSED, kinds.KEY_IN_USE],
        headers={"Location": "The transfer's address."},
    ),
    response_model=None,
)
def create_transfer(request: Request, allowed: Depositor, once: OnceHere, wanted: shapes.NewTransfer) -> Response:
    before = once.answered(allowed)
    if before is not None:
        return before
    service = with_policies(allowed.service.repository).deposits()
    place = _place(allowed, wanted.path)
    deposit = WantedDeposit(
        source=DepositSource.UPLOAD if place is None else DepositSource.PATH,
        collection=_collection(allowed, wanted.collection),
        agreement=wanted.agreement,
        name=wanted.name if place is None else place.rpartition("/")[2],
        place=place,
        size=wanted.size,
        sha256=wanted.sha256,
        title=wanted.title,
        aip=wanted.aip,
        mode=SubmissionMode(wanted.mode),
    )
    # Where an agreement leads is told to those alone who may submit there, whatever else they name.
    allowed.check(service.collection_of(replace(deposit, collection=None) if wanted.agreement else deposit).id)
    allowed.check(service.collection_of(deposit).id)
    made: list[Response] = []

    def keep(tx: CatalogueTransaction, transfer: Transfer, deposit: Deposit) -> None:
        headers = {"Location": address(request, f"/api/v1/transfers/{transfer.id}")}
        made.append(once.keep(tx, allowed, json_answer(transfer_item(transfer, deposit), 201, headers=headers)))

    opened = service.open(deposit, allowed.actor, keep)
    if not made:
        broken = [_finding(one, "en") for one in opened if isinstance(one, Finding)]
        raise Problem(kinds.AGREEMENT_BROKEN, more={"findings": broken})
    return made[0]


@router.get(
    "/transfers",
    operation_id="list_transfers",
    summary="Transfers, newest first: one's own, and those that one may read",
    responses=answers(200, "A page.", shapes.TransferPage),
    response_model=None,
)
def list_transfers(
    allowed: Reader,
    status: Annotated[TransferStatus | None, Query(description="Only those that stand so.")] = None,
    collection: CollectionFilter = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> Response:
    before = cursors.text_place("transfers", cursor)
    reach = allowed.reach(Right.READ_TRANSFERS)
    below = None if collection is None else allowed.service.trees.tree(collection).within([collection])
    look = partial(allowed.service.repository.catalogue.transfers_page, status=status, before=before, limit=limit)
    found: list[tuple[Transfer, Deposit | None]] = []
    if reach is None or reach:
        readable = reach if below is None else below if reach is None else below & reach
        found += look(collections=None if readable is None else sorted(readable))
    if reach is not None:
        found += look(collections=None if below is None else sorted(below), account=allowed.account)
    # Of two pages of the same order, the first ones of both together are the page.
    page = sorted({one[0].id: one for one in found}.values(), key=lambda one: one[0].id, reverse=True)[:limit]
    following = cursors.encode("transfers", page[-1][0].id) if len(page) == limit else None
    return page_answer((transfer_item(*one) for one in page), following)


@router.get(
    "/transfers/{id}",
    operation_id="show_transfer",
    summary="A transfer, and what became of it",
    responses=answers(200, "The transfer.", shapes.Transfer, problems=[kinds.NOT_FOUND]),
    response_model=None,
)
def show_transfer(allowed: Reader, id: TransferId) -> Response:
    return json_answer(transfer_item(*seen_transfer(allowed, id)))


@router.get(
    "/transfers/{id}/report",
    operation_id="report_on_transfer",
    summary="What checking a transfer found",
    responses=answers(
        200, "The report; empty before it was checked.", shapes.TransferReport, problems=[kinds.NOT_FOUND]
    ),
    response_model=None,
)
def report_on_transfer(allowed: Reader, id: TransferId, accept_language: AcceptLanguage = None) -> Response:
    transfer, deposit = seen_transfer(allowed, id)
    report: Mapping[str, Any] = deposit.report if deposit and isinstance(deposit.report, dict) else {}
    speak = language(accept_language)
    return json_answer(
        {
            "transfer": id,
            "status": transfer.status,
            **{name: report.get(name) for name in ("valid", "package_type", "files", "bytes")},
            "findings": [_finding(one, speak) for one in reported_findings(deposit.report if deposit else None)],
            "formats": report.get("formats", []),
        }
    )


@router.post(
    "/transfers/{id}/submit",
    operation_id="submit_transfer",
    summary="Hand a transfer over: from here on it is the archive's to bring to an end",
    status_code=202,
    responses=answers(202, "Accepted, durably.", shapes.SubmittedTransfer, problems=[kinds.CONFLICT, kinds.WRONG_USE]),
    response_model=None,
)
def submit_transfer(request: Request, allowed: Depositor, id: TransferId) -> Response:
    own_transfer(allowed, id)
    repository = with_policies(allowed.service.repository)
    repository.uploads().complete(id)
    return _accepted(request, allowed, repository.deposits().submit(id, allowed.actor))


@router.post(
    "/transfers/{id}/accept",
    operation_id="accept_transfer",
    summary="An archivist's yes to a transfer in review",
    status_code=202,
    responses=answers(202, "It is being taken in.", shapes.SubmittedTransfer, problems=[kinds.CONFLICT]),
    response_model=None,
)
def accept_transfer(request: Request, allowed: Decider, id: TransferId) -> Response:
    check_transfer(allowed, id)
    return _accepted(request, allowed, with_policies(allowed.service.repository).deposits().accept(id, allowed.actor))


@router.post(
    "/transfers/{id}/reject",
    operation_id="reject_transfer",
    summary="An archivist's no to a transfer in review",
    responses=answers(200, "It is rejected.", shapes.SubmittedTransfer, problems=[kinds.CONFLICT]),
    response_model=None,
)
def reject_transfer(allowed: Decider, id: TransferId, why: shapes.Rejection) -> Response:
    check_transfer(allowed, id)
    repository = with_policies(allowed.service.repository)
    done = repository.deposits().reject(id, allowed.actor, why.reason)
    repository.uploads().space.remove(id)
    return _answer(allowed, done)


@router.post(
    "/transfers/{id}/withdraw",
    operation_id="withdraw_transfer",
    summary="Take a transfer back before it is taken in",
    responses=answers(200, "It is withdrawn; its uploads go.", shapes.SubmittedTransfer, problems=[kinds.CONFLICT]),
    response_model=None,
)
def withdraw_transfer(allowed: Depositor, id: TransferId) -> Response:
    own_transfer(allowed, id)
    repository = with_policies(allowed.service.repository)
    done = repository.deposits().withdraw(id, allowed.actor)
    repository.uploads().space.remove(id)
    return _answer(allowed, done)


def _collection(allowed: Allowed, id: str | None) -> Collection | None:
    if id is None:
        return None
    # The collection of the repository's own record is not among them: nobody hands over who the administrators are.
    found = allowed.service.repository.collection_changes().known().get(id)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    return found


def _place(allowed: Allowed, path: str | None) -> str | None:
    if path is None:
        return None
    return str(allowed_paths.resolve(path, allowed.service.repository.settings.deposit_paths))


def _accepted(request: Request, allowed: Allowed, done: Submitted) -> Response:
    ring(allowed.service, done.job)
    headers = {"Location": address(request, f"/api/v1/jobs/{done.job}")} if done.job else None
    return _answer(allowed, done, 202, headers)


def _answer(allowed: Allowed, done: Submitted, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    deposit = allowed.service.repository.catalogue.deposit(done.transfer.id)
    return json_answer({"transfer": transfer_item(done.transfer, deposit), "job": done.job}, status, headers=headers)


def _finding(finding: Finding, speak: str) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "path": finding.path,
        "message": render(finding, speak),
    }
