"""Reports over the counts of AIPs. Keeps the promises of `ports.held_reports.HeldReports`."""

# Only constants of this module, and question marks, are put into statements.
# ruff: noqa: S608

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import reader
from preservation.adapters.database.wire import Value, Wire
from preservation.adapters.database.wire_transactions import reading
from preservation.domain.held_reports import Amounts, Grouping
from preservation.errors import WrongUse

_VERSION = "JOIN aip_version v ON v.aip_key = c.aip_key AND v.number = c.added"
_AIP = "JOIN aip ON aip.key = c.aip_key"
_COLUMNS = {
    Grouping.VALIDITY: "c.validity",
    Grouping.KIND: "c.kind",
    Grouping.MODIFIED: "c.modified",
    Grouping.COLLECTION: "aip.collection",
}
_YEAR = {
    False: "CAST(strftime('%Y', v.created / 1000000, 'unixepoch') AS INTEGER)",
    True: "CAST(extract(year FROM to_timestamp(v.created / 1000000) AT TIME ZONE 'UTC') AS INTEGER)",
}
_YEARS = (Grouping.YEAR, Grouping.MODIFIED)


class DatabaseHeldReports:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def by(
        self,
        grouping: Grouping,
        *,
        but: str,
        collections: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Mapping[str, Amounts]:
        if grouping is Grouping.RISK:
            raise WrongUse("risk is no column of what is held")
        with reading(self._reader) as wire:
            if grouping is Grouping.FORMAT:
                return _counted(wire, "g.name", _grouped(_puids(wire)), but, collections, since)
            column = _COLUMNS.get(grouping) or _YEAR[wire.postgresql]
            found = _counted(wire, column, ("", []), but, collections, since)
        return {"" if grouping in _YEARS and value == "0" else value: amounts for value, amounts in found.items()}

    def by_risk(
        self,
        risks: Mapping[str, str],
        otherwise: str,
        *,
        but: str,
        collections: Sequence[str] | None = None,
        since: datetime | None = None,
    ) -> Mapping[str, Amounts]:
        with reading(self._reader) as wire:
            groups = {key: risks.get(puid, otherwise) for key, puid in _puids(wire).items()}
            return _counted(wire, "g.name", _grouped(groups), but, collections, since)

    def names(self) -> Mapping[str, tuple[str, str]]:
        with reading(self._reader) as wire:
            rows = wire.rows("SELECT puid, max(name), max(version) FROM format WHERE puid IS NOT NULL GROUP BY puid")
        return {puid: (name, version) for puid, name, version in rows}

    def years_of(
        self, puids: Sequence[str], *, but: str, collections: Sequence[str] | None = None
    ) -> Mapping[str, Mapping[int, int]]:
        wanted = set(puids)
        found: dict[str, dict[int, int]] = {puid: {} for puid in puids}
        with reading(self._reader) as wire:
            known = {key: puid for key, puid in _puids(wire).items() if puid in wanted}
            if not known:
                return found
            within, values = _within(collections)
            rows = wire.rows(
                f"SELECT c.format_key, {_YEAR[wire.postgresql]}, sum(c.files) FROM aip_count c {_VERSION} {_AIP}"
                f" WHERE c.format_key IN ({_marks(known)}) AND aip.id <> ?{within} GROUP BY 1, 2",
                *known,
                but,
                *values,
            )
        for key, year, files in rows:
            years = found[known[key]]
            years[int(year)] = years.get(int(year), 0) + int(files)
        return found


def _puids(wire: Wire) -> dict[int, str]:
    """The PUID of every identification, "" for those without one; 0 stands for files that nobody looked at."""
    return {0: "", **{key: puid or "" for key, puid in wire.rows("SELECT key, puid FROM format")}}


def _grouped(names: Mapping[int, str]) -> tuple[str, list[Value]]:
    """A table of a few hundred rows to join, and its values."""
    rows = ", ".join(["(CAST(? AS BIGINT), CAST(? AS TEXT))"] * len(names))
    return f"WITH g(key, name) AS (VALUES {rows}) ", [value for pair in names.items() for value in pair]


def _counted(
    wire: Wire,
    column: str,
    joined: tuple[str, list[Value]],
    but: str,
    collections: Sequence[str] | None,
    since: datetime | None,
) -> dict[str, Amounts]:
    """One pass over the counts, in the order of AIPs, so that those with a value are counted without being remembered."""
    within, inside = _within(collections)
    added, moment = ("0", "0"), list[Value]()
    joins = " JOIN g ON g.key = c.format_key" if joined[0] else ""
    if since is not None or "v." in column:
        joins += f" {_VERSION}"
    if since is not None:
        files, size = (f"sum(CASE WHEN v.created >= ? THEN c.{what} ELSE 0 END)" for what in ("files", "bytes"))
        added = files, size
        moment = [microseconds(since)] * 2
    if collections is not None or "aip." in column:
        joins += f" {_AIP}"
    own = wire.one("SELECT key FROM aip WHERE id = ?", but)
    rows = wire.rows(
        f"{joined[0]}SELECT value, sum(files), sum(bytes), count(*), sum(added_files), sum(added_bytes) FROM ("
        f"SELECT c.aip_key, {column} AS value, sum(c.files) AS files, sum(c.bytes) AS bytes,"
        f" {added[0]} AS added_files, {added[1]} AS added_bytes"
        f" FROM aip_count c{joins} WHERE c.aip_key <> ?{within} GROUP BY c.aip_key, {column}) each_aip GROUP BY value",
        *joined[1],
        *moment,
        own[0] if own else -1,
        *inside,
    )
    return {str(value): Amounts(int(f), int(b), int(a), int(af), int(ab)) for value, f, b, a, af, ab in rows}


def _within(collections: Sequence[str] | None) -> tuple[str, list[Value]]:
    if collections is None:
        return "", []
    if not collections:
        return " AND 1 = 0", []
    return f" AND aip.collection IN ({_marks(collections)})", [*collections]


def _marks(values: Sequence[object] | Mapping[int, str]) -> str:
    return ", ".join("?" * len(values))
