"""Copies in numbers, by replica: one pass over the copies, done by the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from preservation.adapters.database.tables import table
from preservation.domain.holdings import CopyState, ReplicaFigures

_COPY = table("copy")
_AIP = table("aip")
_VERSION = table("aip_version")


def replica_figures(connection: Connection, since: datetime) -> Sequence[ReplicaFigures]:
    """Ordered by replica id, retired ones too. A copy that was never finished is counted as pending, and as nothing else."""
    held = _COPY.c.version > 0
    states = {state: func.sum(case((held & (_COPY.c.state == state.value), 1), else_=0)) for state in CopyState}
    query = (
        select(
            _COPY.c.replica,
            func.sum(case((held, 1), else_=0)).label("copies"),
            func.sum(case((held, _VERSION.c.bytes), else_=0)).label("bytes"),
            *(count.label(state.value) for state, count in states.items() if state is not CopyState.PENDING),
            func.sum(case((~held | (_COPY.c.state == CopyState.PENDING.value), 1), else_=0)).label("pending"),
            func.min(_COPY.c.checked).label("oldest_check"),
            func.sum(case((held & _COPY.c.checked.is_(None), 1), else_=0)).label("never_checked"),
            func.sum(case((held & (_COPY.c.checked >= since), 1), else_=0)).label("within"),
        )
        .join(_AIP, _AIP.c.id == _COPY.c.aip)
        .join(_VERSION, (_VERSION.c.aip_key == _AIP.c.key) & (_VERSION.c.number == _AIP.c.head))
        .group_by(_COPY.c.replica)
        .order_by(_COPY.c.replica)
    )
    return [
        ReplicaFigures(
            replica=row.replica,
            copies=int(row.copies),
            bytes=int(row.bytes),
            intact=int(row.intact),
            damaged=int(row.damaged),
            missing=int(row.missing),
            unreadable=int(row.unreadable),
            pending=int(row.pending),
            oldest_check=row.oldest_check,
            never_checked=int(row.never_checked),
            within=int(row.within),
        )
        for row in connection.execute(query)
    ]
