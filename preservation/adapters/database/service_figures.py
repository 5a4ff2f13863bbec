"""The holdings counted, and what was counted kept. Keeps the promises of `ports.FigureTable`.

Counting is one pass over the versions, one over the copies and one over an index of transfers, done by the database. What is
asked often (metrics, health) reads the row that was kept.
"""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from preservation.adapters.database.columns import instant, microseconds, optional_microseconds
from preservation.adapters.database.copy_table import DatabaseCopyTable
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.figures import replica_figures
from preservation.adapters.database.schema import REVISION
from preservation.adapters.database.wire import Wire
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.holdings import ReplicaFigures, TransferStatus
from preservation.domain.replication_gap import Combination
from preservation.domain.service_figures import HoldingFigures, LedgerLag, Taken

_HOLDINGS = "holdings"
_AWAY = "replicas away"
_KEEP = "INSERT INTO figure (name, time, value) VALUES (?, ?, ?)"
_REPLACE = " ON CONFLICT (name) DO UPDATE SET time = excluded.time, value = excluded.value"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

_TAKEN = "SELECT count(*), coalesce(sum(file_count), 0), coalesce(sum(bytes), 0) FROM aip_version WHERE created >= ?"
_HELD = (
    "SELECT count(*), coalesce(sum(v.file_count), 0), coalesce(sum(v.bytes), 0)"
    " FROM aip JOIN aip_version v ON v.aip_key = aip.key AND v.number = aip.head"
)
_COUNTED = "SELECT id FROM replica WHERE state NOT IN ('retired', 'draining') ORDER BY id"
_CURRENT = (
    "SELECT copy.replica, count(*) FROM copy JOIN aip ON aip.id = copy.aip"
    " WHERE copy.state = 'intact' AND copy.version >= aip.head GROUP BY copy.replica"
)


class DatabaseFigureTable:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)
        self._copies = DatabaseCopyTable(engine)

    def schema_is_current(self) -> bool:
        with reading(self._reader) as wire:
            return wire.rows("SELECT version_num FROM alembic_version") == [(REVISION,)]

    def count(self, *, now: datetime, window: timedelta) -> HoldingFigures:
        began = time.monotonic()
        with self._reader.connect() as connection:
            replicas = replica_figures(connection, now - window)
        with reading(self._reader) as wire:
            aips, files, size = _three(wire, _HELD)
            hour, day = (Taken(*_three(wire, _TAKEN, microseconds(now - ago))) for ago in (_HOUR, _DAY))
            transfers = wire.rows("SELECT status, count(*) FROM transfer GROUP BY status")
            current = dict(wire.rows(_CURRENT))
            known = [row[0] for row in wire.rows(_COUNTED)]
        combinations = self._copies.combinations(known)
        years = self._copies.copy_years(now)
        return HoldingFigures(
            time=now,
            seconds=time.monotonic() - began,
            aips=aips,
            files=files,
            bytes=size,
            last_hour=hour,
            last_day=day,
            transfers={TransferStatus(status): count for status, count in sorted(transfers)},
            replicas=replicas,
            lacking={replica: aips - current.get(replica, 0) for replica in known},
            combinations=combinations,
            copy_years=years,
        )

    def keep(self, figures: HoldingFigures) -> None:
        with writing(self._writer) as wire:
            wire.run(_KEEP + _REPLACE, _HOLDINGS, microseconds(figures.time), json.dumps(_plain(figures)))

    def kept(self) -> HoldingFigures | None:
        with reading(self._reader) as wire:
            row = wire.one("SELECT time, value FROM figure WHERE name = ?", _HOLDINGS)
        return None if row is None else _figures(instant(row[0]), json.loads(row[1]))

    def ledger_lag(self) -> LedgerLag:
        with reading(self._reader) as wire:
            row = wire.rows(
                "SELECT waiting.events, event.time FROM (SELECT count(*) AS events, min(event_key) AS first FROM event_outbox)"
                " waiting LEFT JOIN event ON event.key = waiting.first"
            )[0]
        return LedgerLag(row[0], None if row[1] is None else instant(row[1]))

    def last_check(self) -> datetime | None:
        """Of the newest batch: its lines are in the order in which they were made."""
        with reading(self._reader) as wire:
            row = wire.one(
                "SELECT time FROM fixity_line WHERE batch_key = (SELECT max(batch_key) FROM fixity_line)"
                " ORDER BY ordinal DESC LIMIT 1"
            )
        return None if row is None else instant(row[0])

    def note_away(self, replicas: Collection[str], *, now: datetime) -> Mapping[str, datetime]:
        with writing(self._writer) as wire:
            wire.lock("figure")
            row = wire.one("SELECT value FROM figure WHERE name = ?", _AWAY)
            known: dict[str, int] = {} if row is None else json.loads(row[0])
            since = {replica: known.get(replica, microseconds(now)) for replica in sorted(replicas)}
            if row is None or since != known:
                wire.run(_KEEP + _REPLACE, _AWAY, microseconds(now), json.dumps(since))
        return {replica: instant(moment) for replica, moment in since.items()}

    def known_away(self) -> Mapping[str, datetime]:
        with reading(self._reader) as wire:
            row = wire.one("SELECT value FROM figure WHERE name = ?", _AWAY)
        return {} if row is None else {replica: instant(moment) for replica, moment in json.loads(row[0]).items()}


def _three(wire: Wire, query: str, *values: int) -> Sequence[int]:
    # PostgreSQL sums big numbers as decimals.
    return [int(value) for value in wire.rows(query, *values)[0]]


def _plain(figures: HoldingFigures) -> dict[str, Any]:
    return {
        "seconds": figures.seconds,
        "aips": figures.aips,
        "files": figures.files,
        "bytes": figures.bytes,
        "last_hour": _numbers(figures.last_hour),
        "last_day": _numbers(figures.last_day),
        "transfers": {status.value: count for status, count in figures.transfers.items()},
        "replicas": [
            {**_numbers(one), "oldest_check": optional_microseconds(one.oldest_check)} for one in figures.replicas
        ],
        "lacking": dict(figures.lacking),
        "combinations": [[one.collection, sorted(one.replicas), one.aips] for one in figures.combinations],
        "copy_years": dict(figures.copy_years),
    }


def _numbers(value: Taken | ReplicaFigures) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _figures(counted: datetime, values: dict[str, Any]) -> HoldingFigures:
    values["last_hour"], values["last_day"] = Taken(**values["last_hour"]), Taken(**values["last_day"])
    values["transfers"] = {TransferStatus(status): count for status, count in values["transfers"].items()}
    values["replicas"] = [
        ReplicaFigures(**{**one, "oldest_check": None if one["oldest_check"] is None else instant(one["oldest_check"])})
        for one in values["replicas"]
    ]
    values["combinations"] = [
        Combination(collection, frozenset(replicas), aips)
        for collection, replicas, aips in values.get("combinations", [])
    ]
    return HoldingFigures(time=counted, **values)
