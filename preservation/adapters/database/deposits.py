"""Deposits, uploads, and the answers that requests are remembered by."""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from preservation.adapters.database.columns import microseconds, optional_microseconds
from preservation.adapters.database.submissions import as_transfer
from preservation.adapters.database.tables import table
from preservation.adapters.database.tables_service import DepositRow
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Wire
from preservation.domain.deposits import Deposit, DepositSource, RememberedAnswer, Upload
from preservation.domain.events import Json
from preservation.domain.holdings import SubmissionMode, Transfer, TransferStatus
from preservation.errors import Conflict

_TRANSFER = table("transfer")
_DEPOSIT = DepositRow.metadata.tables["deposit"]
_UPLOAD = DepositRow.metadata.tables["upload"]
_ANSWER = DepositRow.metadata.tables["answer"]
# A report of one of these may be followed by another one.
_NOT_FOR_GOOD = (TransferStatus.STORED.value, TransferStatus.FAILED.value)


def save_deposit(wire: Wire, deposit: Deposit) -> None:
    wire.upsert(
        "deposit",
        ("transfer",),
        (
            *("account", "agreement", "source", "created", "name", "place", "size", "sha256", "title", "aip", "mode"),
            *("submitted", "decided_by", "reason", "report", "drop_name"),
        ),
        [
            (
                deposit.transfer,
                deposit.account,
                deposit.agreement,
                deposit.source.value,
                microseconds(deposit.created),
                _optional(deposit.name),
                _optional(deposit.place),
                deposit.size,
                deposit.sha256,
                _optional(deposit.title),
                deposit.aip,
                deposit.mode.value,
                optional_microseconds(deposit.submitted),
                deposit.decided_by,
                _optional(deposit.reason),
                None if deposit.report is None else json.dumps(deposit.report),
                deposit.drop,
            )
        ],
    )


def note_report(wire: Wire, transfer: str, report: Json, reason: str | None) -> None:
    values = (json.dumps(report), _optional(reason), transfer)
    wire.run("UPDATE deposit SET report = ?, reason = ? WHERE transfer = ?", *values)


def note_reported(wire: Wire, transfer: str, status: TransferStatus) -> None:
    """Alone, so that what others find out about the transfer meanwhile stays."""
    wire.run("UPDATE deposit SET reported = ? WHERE transfer = ?", status.value, transfer)


def save_upload(wire: Wire, upload: Upload) -> None:
    wire.upsert(
        "upload",
        ("id",),
        ("transfer", "account", "length", "created", "expires", "finished"),
        [
            (
                upload.id,
                upload.transfer,
                upload.account,
                upload.length,
                microseconds(upload.created),
                microseconds(upload.expires),
                optional_microseconds(upload.finished),
            )
        ],
    )


def forget_upload(wire: Wire, id: str) -> None:
    wire.run("DELETE FROM upload WHERE id = ?", id)


def remember_answer(wire: Wire, answer: RememberedAnswer) -> None:
    saved = wire.run(
        "INSERT INTO answer (account, key, request, created, status, body, location) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        answer.account,
        storable(answer.key),
        answer.request,
        microseconds(answer.created),
        answer.status,
        answer.body,
        answer.location,
    )
    if not saved:
        raise Conflict("the key was used for another request at the same time")


def forget_answers(wire: Wire, before: datetime) -> int:
    return wire.run("DELETE FROM answer WHERE created < ?", microseconds(before))


def deposit(connection: Connection, transfer: str) -> Deposit | None:
    row = connection.execute(select(_DEPOSIT).where(_DEPOSIT.c.transfer == transfer)).one_or_none()
    return None if row is None else _as_deposit(row)


def transfers_page(
    connection: Connection,
    *,
    status: TransferStatus | None,
    collections: Sequence[str] | None,
    account: str | None,
    before: str | None,
    limit: int,
) -> Sequence[tuple[Transfer, Deposit | None]]:
    """Newest first, by id: ids are UUIDs of version 7, so the primary keys give the order."""
    query = select(_TRANSFER).order_by(_TRANSFER.c.id.desc()).limit(limit)
    if account is not None:
        query = query.join(_DEPOSIT, _DEPOSIT.c.transfer == _TRANSFER.c.id).where(_DEPOSIT.c.account == account)
    if status is not None:
        query = query.where(_TRANSFER.c.status == status.value)
    if collections is not None:
        query = query.where(_TRANSFER.c.collection.in_(collections))
    if before is not None:
        query = query.where(_TRANSFER.c.id < before)
    found = [as_transfer(row) for row in connection.execute(query)]
    deposited = select(_DEPOSIT).where(_DEPOSIT.c.transfer.in_([one.id for one in found]))
    deposits = {row.transfer: _as_deposit(row) for row in connection.execute(deposited)} if found else {}
    return [(one, deposits.get(one.id)) for one in found]


def dropped(
    connection: Connection, drop: str, statuses: AbstractSet[TransferStatus], limit: int
) -> Sequence[tuple[Transfer, Deposit]]:
    """Oldest first, by id. What was told for good is not looked at again: the index leads past it."""
    query = (
        select(_DEPOSIT.c.transfer)
        .join(_TRANSFER, _TRANSFER.c.id == _DEPOSIT.c.transfer)
        .where(
            _DEPOSIT.c.drop_name == drop,
            or_(_DEPOSIT.c.reported.is_(None), _DEPOSIT.c.reported.in_(_NOT_FOR_GOOD)),
            or_(_DEPOSIT.c.reported.is_(None), _DEPOSIT.c.reported != _TRANSFER.c.status),
            _TRANSFER.c.status.in_([one.value for one in statuses]),
        )
        .order_by(_DEPOSIT.c.transfer)
        .limit(limit)
    )
    ids = list(connection.execute(query).scalars())
    transfers = {
        row.id: as_transfer(row) for row in connection.execute(select(_TRANSFER).where(_TRANSFER.c.id.in_(ids)))
    }
    rows = connection.execute(select(_DEPOSIT).where(_DEPOSIT.c.transfer.in_(ids)).order_by(_DEPOSIT.c.transfer))
    return [(transfers[row.transfer], _as_deposit(row)) for row in rows]


def upload(connection: Connection, id: str) -> Upload | None:
    row = connection.execute(select(_UPLOAD).where(_UPLOAD.c.id == id)).one_or_none()
    return None if row is None else _as_upload(row)


def uploads_of(connection: Connection, transfer: str) -> Sequence[Upload]:
    """Ordered by id."""
    query = select(_UPLOAD).where(_UPLOAD.c.transfer == transfer).order_by(_UPLOAD.c.id)
    return [_as_upload(row) for row in connection.execute(query)]


def uploads_expired(connection: Connection, before: datetime, limit: int) -> Sequence[Upload]:
    """Ordered by when they expired."""
    query = select(_UPLOAD).where(_UPLOAD.c.expires < before).order_by(_UPLOAD.c.expires).limit(limit)
    return [_as_upload(row) for row in connection.execute(query)]


def answer(connection: Connection, account: str, key: str) -> RememberedAnswer | None:
    query = select(_ANSWER).where(_ANSWER.c.account == account, _ANSWER.c.key == key)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return RememberedAnswer(
        account=row.account,
        key=row.key,
        request=bytes(row.request),
        created=row.created,
        status=row.status,
        body=bytes(row.body),
        location=row.location,
    )


def _as_deposit(row: Row[Any]) -> Deposit:
    return Deposit(
        transfer=row.transfer,
        account=row.account,
        agreement=row.agreement,
        source=DepositSource(row.source),
        created=row.created,
        name=row.name,
        place=row.place,
        size=row.size,
        sha256=row.sha256,
        title=row.title,
        aip=row.aip,
        mode=SubmissionMode(row.mode),
        submitted=row.submitted,
        decided_by=row.decided_by,
        reason=row.reason,
        report=None if row.report is None else json.loads(row.report),
        drop=row.drop_name,
        reported=None if row.reported is None else TransferStatus(row.reported),
    )


def _as_upload(row: Row[Any]) -> Upload:
    return Upload(
        id=row.id,
        transfer=row.transfer,
        account=row.account,
        length=row.length,
        created=row.created,
        expires=row.expires,
        finished=row.finished,
    )


def _optional(value: str | None) -> str | None:
    return None if value is None else storable(value)
