"""When copies are due. Keeps the promises of `ports.fixity_plan.FixityPlanTable`.

Looks by deadline walk the index (replica, due, aip); looks at pages and neighbours walk the primary key. What was measured and
counted is kept in rows of the table of figures.
"""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine

from preservation.adapters.database.columns import (
    instant,
    microseconds,
    optional_instant,
    optional_microseconds,
)
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.replicas import ON_REPLICA
from preservation.adapters.database.wire import Value, Wire
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.fixity_load import CopyLoad, ReadingRate, ReplicaPlan
from preservation.domain.fixity_schedule import CLOCKS_DIFFER, NEVER, TURN, turn_of
from preservation.domain.holdings import CopyRecord, CopyState
from preservation.ports.fixity_plan import Place

_PLANS = "fixity plans"
_RATE = "fixity rate "
_PLAN = "fixity plan"
_RATES_KEPT = 20
_TIMES = ("oldest_check", "oldest_due")
_KEEP = (
    "INSERT INTO figure (name, time, value) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET time = excluded.time, value = excluded.value"
)
_COPY: Final = "copy.aip, copy.replica, copy.version, copy.state, copy.written, copy.checked, copy.due"
_WITH_COLLECTION: Final = f"SELECT {_COPY}, aip.collection FROM copy LEFT JOIN aip ON aip.id = copy.aip"
# A statement for each copy that is still as it was read: what was found of it since then decides otherwise.
_SET_DUE: Final = (
    "UPDATE copy SET due = ? WHERE aip = ? AND replica = ? AND version = ? AND state = ?"
    " AND coalesce(checked, 0) = ? AND coalesce(due, 0) = ?"
)


class DatabaseFixityPlanTable:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)

    def due(
        self, replica: str, *, before: datetime, after: Place | None = None, limit: int = 256
    ) -> Sequence[CopyRecord]:
        where, values = "replica = ? AND due <= ?", list[Value]([replica, microseconds(before)])
        if after is not None:
            since = microseconds(after[0])
            where += " AND due >= ? AND (due > ? OR aip > ?)"
            values += [since, since, after[1]]
        query = f"SELECT {_COPY} FROM copy WHERE {where} ORDER BY due, aip LIMIT ?"
        with reading(self._reader) as wire:
            return [_copy(row) for row in wire.rows(query, *values, limit)]

    def waiting(self, replica: str, *, before: datetime, limit: int) -> tuple[int, datetime | None]:
        with reading(self._reader) as wire:
            oldest = wire.one(
                "SELECT due FROM copy WHERE replica = ? AND due IS NOT NULL ORDER BY due LIMIT 1", replica
            )
            counted = wire.rows(
                "SELECT count(*) FROM (SELECT 1 FROM copy WHERE replica = ? AND due <= ? LIMIT ?) AS due",
                *(replica, microseconds(before), limit),
            )
        return int(counted[0][0]), None if oldest is None else instant(oldest[0])

    def unplanned(self, replica: str, *, limit: int = 1000) -> Sequence[tuple[CopyRecord, str]]:
        query = f"{_WITH_COLLECTION} WHERE copy.replica = ? AND copy.due IS NULL LIMIT ?"
        with reading(self._reader) as wire:
            return [(_copy(row), row[7] or "") for row in wire.rows(query, replica, limit)]

    def ahead(self, replica: str, *, beyond: datetime, limit: int = 1000) -> Sequence[tuple[CopyRecord, str]]:
        query = f"{_WITH_COLLECTION} WHERE copy.replica = ? AND copy.due > ? AND copy.due < ? ORDER BY copy.due LIMIT ?"
        with reading(self._reader) as wire:
            rows = wire.rows(query, replica, microseconds(beyond), microseconds(NEVER), limit)
            return [(_copy(row), row[7] or "") for row in rows]

    def page(self, *, after: tuple[str, str] | None = None, limit: int = 1000) -> Sequence[tuple[CopyRecord, str]]:
        aip, replica = after or ("", "")
        query = (
            f"{_WITH_COLLECTION} WHERE copy.aip >= ? AND (copy.aip > ? OR copy.replica > ?)"
            " ORDER BY copy.aip, copy.replica LIMIT ?"
        )
        with reading(self._reader) as wire:
            return [(_copy(row), row[7] or "") for row in wire.rows(query, aip, aip, replica, limit)]

    def plan(self, planned: Sequence[tuple[CopyRecord, datetime]]) -> int:
        changed = 0
        with writing(self._writer) as wire:
            for copy, due in sorted(planned, key=lambda one: (one[0].aip, one[0].replica)):
                if copy.due != due:
                    changed += wire.run(_SET_DUE, microseconds(due), *_as_read(copy))
        return changed

    def hasten(self, copies: Collection[tuple[str, str]], *, due: datetime, unless_checked_since: datetime) -> int:
        with writing(self._writer) as wire:
            return sum(_hasten(wire, *one, due, unless_checked_since) for one in sorted(copies))

    def neighbours(self, aip: str, replica: str, *, count: int) -> Sequence[str]:
        one = f"SELECT aip FROM copy WHERE {ON_REPLICA} AND aip {{}} ? AND version > 0 ORDER BY aip {{}} LIMIT ?"
        with reading(self._reader) as wire:
            before = wire.rows(one.format("<", "DESC"), replica, aip, count)
            behind = wire.rows(one.format(">", "ASC"), replica, aip, count)
        return [row[0] for row in [*reversed(before), *behind]]

    def spread(
        self, replica: str, *, first: datetime, last: datetime, after: str | None = None, limit: int = 1000
    ) -> str | None:
        with writing(self._writer) as wire:
            rows = wire.rows(
                f"SELECT aip FROM copy WHERE {ON_REPLICA} AND aip > ? AND version > 0 ORDER BY aip LIMIT ?",
                *(replica, after or "", limit),
            )
            length = last - first
            for (aip,) in rows:
                _hasten(wire, aip, replica, first + length * turn_of(aip, 0, 1) / TURN, first)
        return rows[-1][0] if len(rows) == limit else None

    def loads(self, *, now: datetime, windows: Collection[int]) -> Sequence[CopyLoad]:
        days = sorted(set(windows))
        since = [microseconds(now - timedelta(days=one)) for one in days]
        until = microseconds(now + CLOCKS_DIFFER)
        one_window = ", sum(CASE WHEN copy.checked >= ? AND copy.checked <= ? THEN 1 ELSE 0 END)"
        within = "".join(one_window for _ in days)
        query = (
            "SELECT copy.replica, aip.collection, count(*), sum(head.file_count), sum(head.bytes), min(copy.checked),"
            f" sum(CASE WHEN copy.checked IS NULL THEN 1 ELSE 0 END){within}"
            " FROM copy JOIN aip ON aip.id = copy.aip"
            " JOIN aip_version head ON head.aip_key = aip.key AND head.number = aip.head"
            " WHERE copy.version > 0 GROUP BY copy.replica, aip.collection ORDER BY copy.replica, aip.collection"
        )
        with reading(self._reader) as wire:
            return [
                CopyLoad(
                    replica=row[0],
                    collection=row[1],
                    # PostgreSQL sums big numbers as decimals.
                    copies=int(row[2]),
                    files=int(row[3]),
                    bytes=int(row[4]),
                    oldest_check=optional_instant(row[5]),
                    never_checked=int(row[6]),
                    within={one: int(count) for one, count in zip(days, row[7:], strict=True)},
                )
                for row in wire.rows(query, *(value for one in since for value in (one, until)))
            ]

    def keep_plans(self, plans: Sequence[ReplicaPlan], *, now: datetime) -> None:
        self._keep(_PLANS, now, [_plain(one) for one in plans])

    def kept_plans(self) -> tuple[datetime, Sequence[ReplicaPlan]] | None:
        with reading(self._reader) as wire:
            row = wire.one("SELECT time, value FROM figure WHERE name = ?", _PLANS)
        return None if row is None else (instant(row[0]), [_replica_plan(one) for one in json.loads(row[1])])

    def note_rate(self, replica: str, rate: ReadingRate) -> None:
        name = _RATE + replica
        with writing(self._writer) as wire:
            wire.lock("figure")
            row = wire.one("SELECT value FROM figure WHERE name = ?", name)
            kept = [*([] if row is None else json.loads(row[0])), _rate_row(rate)][-_RATES_KEPT:]
            wire.run(_KEEP, name, microseconds(rate.time), json.dumps(kept))

    def rates(self, replica: str) -> Sequence[ReadingRate]:
        with reading(self._reader) as wire:
            row = wire.one("SELECT value FROM figure WHERE name = ?", _RATE + replica)
        kept = [] if row is None else json.loads(row[0])
        return [ReadingRate(instant(time), seconds, copies, size) for time, seconds, copies, size in kept]

    def planned_as(self) -> tuple[str, tuple[str, str] | None] | None:
        with reading(self._reader) as wire:
            row = wire.one("SELECT value FROM figure WHERE name = ?", _PLAN)
        if row is None:
            return None
        digest, after = json.loads(row[0])
        return digest, None if after is None else (after[0], after[1])

    def note_plan(self, digest: str, after: tuple[str, str] | None, *, now: datetime) -> None:
        self._keep(_PLAN, now, [digest, after])

    def _keep(self, name: str, now: datetime, value: object) -> None:
        with writing(self._writer) as wire:
            wire.run(_KEEP, name, microseconds(now), json.dumps(value))


def _hasten(wire: Wire, aip: str, replica: str, due: datetime, unless_checked_since: datetime) -> int:
    moment = microseconds(due)
    return wire.run(
        "UPDATE copy SET due = ? WHERE aip = ? AND replica = ? AND version > 0 AND coalesce(due, ?) >= ?"
        " AND coalesce(checked, 0) < ?",
        *(moment, aip, replica, moment + 1, moment + 1, microseconds(unless_checked_since)),
    )


def _as_read(copy: CopyRecord) -> tuple[Value, ...]:
    checked, due = optional_microseconds(copy.checked), optional_microseconds(copy.due)
    return copy.aip, copy.replica, copy.version, copy.state.value, checked or 0, due or 0


def _copy(row: Sequence[Any]) -> CopyRecord:
    aip, replica, version, state, written, checked, due = row[:7]
    return CopyRecord(
        aip=aip,
        replica=replica,
        version=version,
        state=CopyState(state),
        written=optional_instant(written),
        checked=optional_instant(checked),
        due=optional_instant(due),
    )


def _rate_row(rate: ReadingRate) -> list[int | float]:
    return [microseconds(rate.time), rate.seconds, rate.copies, rate.bytes]


def _plain(plan: ReplicaPlan) -> dict[str, Any]:
    values = {one.name: getattr(plan, one.name) for one in fields(plan)}
    return {name: microseconds(value) if name in _TIMES and value else value for name, value in values.items()}


def _replica_plan(values: dict[str, Any]) -> ReplicaPlan:
    for name in _TIMES:
        values[name] = optional_instant(values[name])
    return ReplicaPlan(**values)
