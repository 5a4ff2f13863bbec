"""Which replicas hold what, of all AIPs at once. Keeps the promises of `ports.copy_tables.CopyTable`.

Replicas are bits of a number, so that the database groups AIPs by which of them hold a copy without making a text of it.
"""

# Only constants and numbers of this module are put into statements.
# ruff: noqa: S608

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import reader
from preservation.adapters.database.wire import Value
from preservation.adapters.database.wire_transactions import reading
from preservation.domain.fixity_schedule import CLOCKS_DIFFER
from preservation.domain.replication_gap import Combination
from preservation.ports.copy_tables import Amount, HeldAIP

# A sum of so many bits fits into what both databases add without loss.
_BITS = 60
_YEAR_MICROSECONDS = 365.25 * 86_400 * 1e6
_INTACT = "copy.state = 'intact' AND copy.version >= aip.head"


class DatabaseCopyTable:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def combinations(self, replicas: Sequence[str]) -> Sequence[Combination]:
        masks, values = _masks(replicas)
        names = ", ".join(f"m{at}" for at in range(len(masks)))
        query = (
            f"SELECT collection, count(*), {names} FROM ("
            f"SELECT aip.collection AS collection, {_columns(masks)} FROM aip LEFT JOIN copy ON copy.aip = aip.id"
            f" GROUP BY aip.id, aip.collection) each_aip GROUP BY collection, {names}"
        )
        with reading(self._reader) as wire:
            rows = wire.rows(query, *values)
        found = [Combination(row[0], _holders(replicas, row[2:]), int(row[1])) for row in rows]
        return sorted(found, key=lambda one: (one.collection, sorted(one.replicas)))

    def held(self, replicas: Sequence[str], *, after: str | None = None, limit: int = 1000) -> Sequence[HeldAIP]:
        masks, values = _masks(replicas)
        with reading(self._reader) as wire:
            page = wire.rows(f"SELECT id, collection FROM aip WHERE id > ? ORDER BY id LIMIT {int(limit)}", after or "")
            # Bounded on both sides: else PostgreSQL would read all copies for a page of AIPs.
            held = wire.rows(
                f"SELECT copy.aip, {_columns(masks)} FROM copy JOIN aip ON aip.id = copy.aip"
                " WHERE copy.aip >= ? AND copy.aip <= ? AND aip.id >= ? AND aip.id <= ? GROUP BY copy.aip",
                *values,
                *([page[0][0], page[-1][0]] * 2 if page else ["", ""] * 2),
            )
        holders = {row[0]: _holders(replicas, row[1:]) for row in held}
        return [HeldAIP(aip, collection, holders.get(aip, frozenset())) for aip, collection in page]

    def lacking(self, replica: str) -> Amount:
        amounts = self._amounts(
            f"LEFT JOIN copy ON copy.aip = aip.id AND copy.replica = ? WHERE copy.aip IS NULL OR NOT ({_INTACT})",
            replica,
        ).values()
        return Amount(sum(one.aips for one in amounts), sum(one.bytes for one in amounts))

    def unchecked(self, replica: str, *, since: datetime, now: datetime) -> Mapping[str, Amount]:
        return self._amounts(
            "JOIN copy ON copy.aip = aip.id AND copy.replica = ?"
            " WHERE copy.version > 0 AND (copy.checked IS NULL OR copy.checked < ? OR copy.checked > ?)",
            *(replica, microseconds(since), microseconds(now + CLOCKS_DIFFER)),
        )

    def _amounts(self, which: str, *values: Value) -> Mapping[str, Amount]:
        query = (
            "SELECT aip.collection, count(*), coalesce(sum(v.bytes), 0) FROM aip"
            f" JOIN aip_version v ON v.aip_key = aip.key AND v.number = aip.head {which} GROUP BY aip.collection"
        )
        with reading(self._reader) as wire:
            return {row[0]: Amount(int(row[1]), int(row[2])) for row in wire.rows(query, *values)}

    def copy_years(self, now: datetime) -> Mapping[str, float]:
        with reading(self._reader) as wire:
            rows = wire.rows(
                "SELECT replica, sum((? - written) * 1.0) FROM copy WHERE version > 0 AND written IS NOT NULL"
                " GROUP BY replica ORDER BY replica",
                microseconds(now),
            )
        return {replica: max(0.0, float(total)) / _YEAR_MICROSECONDS for replica, total in rows}


def _masks(replicas: Sequence[str]) -> tuple[list[str], list[Value]]:
    """For each lot of replicas what adds up their bits; and the ids that fill it in."""
    masks: list[str] = []
    values: list[Value] = []
    for start in range(0, max(len(replicas), 1), _BITS):
        lot = replicas[start : start + _BITS]
        cases = "".join(f" WHEN ? THEN {1 << bit}" for bit in range(len(lot)))
        worth = f"CASE copy.replica{cases} ELSE 0 END" if lot else "0"
        masks.append(f"sum(CASE WHEN {_INTACT} THEN {worth} ELSE 0 END)")
        values += lot
    return masks, values


def _columns(masks: Sequence[str]) -> str:
    return ", ".join(f"{mask} AS m{at}" for at, mask in enumerate(masks))


def _holders(replicas: Sequence[str], numbers: Sequence[int]) -> frozenset[str]:
    return frozenset(replica for at, replica in enumerate(replicas) if int(numbers[at // _BITS]) >> (at % _BITS) & 1)
