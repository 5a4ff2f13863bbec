"""Replicas, and what is known of each AIP's copy on them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, text

from preservation.adapters.database.columns import microseconds, optional_microseconds
from preservation.adapters.database.tables import table
from preservation.adapters.database.wire import Wire
from preservation.domain.fixity_schedule import CLOCKS_DIFFER
from preservation.domain.holdings import CopyRecord, CopyState, ReplicaRecord, ReplicaState
from preservation.errors import Conflict

# For walks by AIP id: written so, no database takes the index of due times for it, reads all of a replica and sorts that.
ON_REPLICA = "(replica || '') = ?"

_NO_TIME = microseconds(datetime.max.replace(tzinfo=UTC))

_REPLICA = table("replica")
_COPY = table("copy")
_AIP = table("aip")


def save_replica(wire: Wire, replica: ReplicaRecord, *, was: ReplicaState | None = None) -> None:
    if was is not None and not wire.run(
        # The row is locked by that, so that nobody changes it before this transaction ends.
        "UPDATE replica SET state = ? WHERE id = ? AND state = ?",
        replica.state.value,
        replica.id,
        was.value,
    ):
        raise Conflict(f"{replica.name} is not {was.value} any more")
    wire.upsert(
        "replica",
        ("id",),
        ("name", "url", "role", "state", "added"),
        [(replica.id, replica.name, replica.url, replica.role, replica.state.value, microseconds(replica.added))],
    )


def save_copies(wire: Wire, copies: Iterable[CopyRecord], *, now: datetime | None = None) -> None:
    """Written in order of AIP and replica, so that two writers of many copies cannot wait for each other in a ring.

    What is known of an earlier version than the recorded one is passed over: it was looked at before that one came. So is
    that a copy was intact, where somebody has looked at it since: what they found may have been damage. A look that is yet to
    come was told by a wrong clock, and keeps nothing out.
    """
    # Without `now` no time is that far ahead.
    ahead = _NO_TIME if now is None else microseconds(now + CLOCKS_DIFFER)
    rows = sorted(
        (
            copy.aip,
            copy.replica,
            copy.version,
            copy.state.value,
            optional_microseconds(copy.written),
            optional_microseconds(copy.checked),
            optional_microseconds(copy.due),
            ahead,
        )
        for copy in {(copy.aip, copy.replica): copy for copy in copies}.values()
    )
    wire.many(
        "INSERT INTO copy (aip, replica, version, state, written, checked, due) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (aip, replica) DO UPDATE SET version = excluded.version, state = excluded.state,"
        " written = excluded.written, checked = excluded.checked, due = excluded.due"
        " WHERE excluded.version > copy.version OR (excluded.version = copy.version"
        " AND (excluded.state <> 'intact' OR coalesce(excluded.checked, 0) >= coalesce(copy.checked, 0)"
        " OR coalesce(copy.checked, 0) > ?))",
        rows,
    )


def replicas(connection: Connection) -> Sequence[ReplicaRecord]:
    """Ordered by when they were added."""
    rows = connection.execute(select(_REPLICA).order_by(_REPLICA.c.added, _REPLICA.c.id))
    return [
        ReplicaRecord(
            id=row.id, name=row.name, url=row.url, role=row.role, state=ReplicaState(row.state), added=row.added
        )
        for row in rows
    ]


def copies(connection: Connection, aip: str) -> Sequence[CopyRecord]:
    """Ordered by replica id."""
    rows = connection.execute(select(_COPY).where(_COPY.c.aip == aip).order_by(_COPY.c.replica))
    return [_copy(row) for row in rows]


def copies_on(connection: Connection, replica: str, *, after: str | None, limit: int) -> Sequence[CopyRecord]:
    query = (
        select(_COPY).where(text(ON_REPLICA.replace("?", ":on"))).params(on=replica).order_by(_COPY.c.aip).limit(limit)
    )
    if after is not None:
        query = query.where(_COPY.c.aip > after)
    return [_copy(row) for row in connection.execute(query)]


def copies_lacking(
    connection: Connection, replica: str, *, after: str | None, limit: int, behind: bool
) -> Sequence[tuple[str, int]]:
    """Ordered by AIP id. Looks at every AIP once: it is asked by `replica sync`, not by each ingest."""
    state = _COPY.c.state
    is_wanted = state == CopyState.PENDING.value if behind else state != CopyState.INTACT.value
    query = (
        select(_AIP.c.id, _AIP.c.head)
        .outerjoin(_COPY, (_COPY.c.aip == _AIP.c.id) & (_COPY.c.replica == replica))
        .where(
            or_(
                _COPY.c.aip.is_(None),
                _COPY.c.version < _AIP.c.head,
                is_wanted,
            )
        )
        .order_by(_AIP.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(_AIP.c.id > after)
    return [(row.id, row.head) for row in connection.execute(query)]


def _copy(row: Row[Any]) -> CopyRecord:
    return CopyRecord(
        aip=row.aip,
        replica=row.replica,
        version=row.version,
        state=CopyState(row.state),
        written=row.written,
        checked=row.checked,
        due=row.due,
    )
