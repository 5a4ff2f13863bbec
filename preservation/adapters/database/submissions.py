"""Collections and transfers."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.tables import table
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Wire
from preservation.domain.holdings import Collection, Transfer, TransferStatus
from preservation.errors import Superseded

_COLLECTION = table("collection")
_TRANSFER = table("transfer")

_SAVE = (
    "INSERT INTO transfer (id, status, collection, created, package_type, aip, version, attempt, copies)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
    " collection = excluded.collection, created = excluded.created, package_type = excluded.package_type,"
    " aip = excluded.aip, version = excluded.version, attempt = excluded.attempt,"
    " copies = excluded.copies WHERE transfer.attempt "
)
# What has come to its end is nobody's to take on, although its last attempt may have said so a moment ago.
_SAVE_NEW_ATTEMPT = (
    f"{_SAVE} < excluded.attempt AND transfer.status NOT IN ('stored', 'preserved', 'rejected', 'withdrawn')"
)
_SAVE_TRANSFER = f"{_SAVE} <= excluded.attempt"


def save_collection(wire: Wire, collection: Collection) -> None:
    wire.upsert(
        "collection",
        ("id",),
        ("code", "title", "parent"),
        [(collection.id, storable(collection.code), storable(collection.title), collection.parent)],
    )


def save_transfer(wire: Wire, transfer: Transfer, *, taken_on: bool) -> None:
    saved = wire.run(
        _SAVE_NEW_ATTEMPT if taken_on else _SAVE_TRANSFER,
        transfer.id,
        transfer.status.value,
        transfer.collection,
        microseconds(transfer.created),
        transfer.package_type,
        transfer.aip,
        transfer.version,
        transfer.attempt,
        transfer.copies,
    )
    if not saved:
        raise Superseded(f"{transfer.id} was taken on by somebody else, or has come to its end")


def collections(connection: Connection) -> Sequence[Collection]:
    """Ordered by id."""
    rows = connection.execute(select(_COLLECTION).order_by(_COLLECTION.c.id))
    return [Collection(id=row.id, code=row.code, title=row.title, parent=row.parent) for row in rows]


def transfer(connection: Connection, id: str) -> Transfer | None:
    row = connection.execute(select(_TRANSFER).where(_TRANSFER.c.id == id)).one_or_none()
    return None if row is None else as_transfer(row)


def transfers(connection: Connection, status: TransferStatus | None) -> Iterator[Transfer]:
    """Ordered by id, which is the order in which they were accepted; streamed."""
    query = select(_TRANSFER).order_by(_TRANSFER.c.id)
    if status is not None:
        query = query.where(_TRANSFER.c.status == status.value)
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield as_transfer(row)


def as_transfer(row: Row[Any]) -> Transfer:
    """A row of the table, or one that holds its columns."""
    return Transfer(
        id=row.id,
        status=TransferStatus(row.status),
        collection=row.collection,
        created=row.created,
        package_type=row.package_type,
        aip=row.aip,
        version=row.version,
        attempt=row.attempt,
        copies=row.copies,
    )
