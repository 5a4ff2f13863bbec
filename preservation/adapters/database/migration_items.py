"""The AIPs of plans of migration: statements that `migration_plans` runs in its transactions."""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from preservation.adapters.database.columns import microseconds, optional_instant
from preservation.adapters.database.migration_rows import ITEM, PLAN, found_text, item_of, item_row, plan_of
from preservation.adapters.database.tables_formats import IS_OPEN_ITEM
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.migration_plans import Amount, Candidate, ItemState, MigrationItem, PlanState, day_of

# Counted from what the row says when it changes, so that nobody has to add up the AIPs of a plan.
_COUNT = (
    "UPDATE migration_plan SET done_aips = done_aips + 1, done_files = done_files + ?, failed_files = failed_files + ?,"
    " left_files = left_files + ?, done_bytes = done_bytes + ?, result_bytes = result_bytes + ?,"
    " day_files = CASE WHEN day = ? THEN day_files ELSE 0 END + ?,"
    " day_bytes = CASE WHEN day = ? THEN day_bytes ELSE 0 END + ?, day = ? WHERE id = ?"
)
_END = (
    "UPDATE migration_item SET state = ?, base = ?, version = ?, representation = ?, done = ?, failed = ?, left_alone = ?,"
    f" done_bytes = ?, result_bytes = ?, reasons = ?, ended = ?, due = NULL WHERE plan = ? AND ordinal = ? AND {IS_OPEN_ITEM}"
)


def open_items(wire: Wire, plan: str, after: int, limit: int, now: datetime | None) -> list[MigrationItem]:
    """Those that have not come to their end; with `now` without those that wait until later."""
    is_due, values = ("", []) if now is None else (" AND (due IS NULL OR due <= ?)", [microseconds(now)])
    where = f"plan = ? AND ordinal > ? AND {IS_OPEN_ITEM}{is_due}"
    query = f"SELECT {ITEM} FROM migration_item WHERE {where} ORDER BY ordinal LIMIT ?"
    return [item_of(row) for row in wire.rows(query, plan, after, *values, limit)]


def begun_items(wire: Wire, plan: str) -> list[MigrationItem]:
    """Those of them that somebody began."""
    query = f"SELECT {ITEM} FROM migration_item WHERE plan = ? AND {IS_OPEN_ITEM} AND base IS NOT NULL ORDER BY ordinal"
    return [item_of(row) for row in wire.rows(query, plan)]


def rests(wire: Wire, plan: str, now: datetime) -> tuple[int, datetime | None]:
    """How many wait until later, and when the first of them is tried again."""
    query = f"SELECT count(*), min(due) FROM migration_item WHERE plan = ? AND {IS_OPEN_ITEM} AND due > ?"
    count, due = wire.rows(query, plan, microseconds(now))[0]
    return int(count), optional_instant(due)


def begin(wire: Wire, plan: str, ordinal: int, base: int) -> bool:
    """Whether it is open."""
    return bool(
        wire.run(
            "UPDATE migration_item SET state = ?, base = ?, attempts = attempts + 1"
            f" WHERE plan = ? AND ordinal = ? AND {IS_OPEN_ITEM}",
            *(ItemState.RUNNING.value, base, plan, ordinal),
        )
    )


def put_off(wire: Wire, plan: str, ordinal: int, due: datetime, reason: str, *, unread: bool) -> None:
    """It waits once more."""
    wire.run(
        "UPDATE migration_item SET state = ?, due = ?, reason = ?, waits = waits + 1, unread = unread + ?"
        f" WHERE plan = ? AND ordinal = ? AND {IS_OPEN_ITEM}",
        *(ItemState.WAITING.value, microseconds(due), storable(reason), int(unread), plan, ordinal),
    )


def end(wire: Wire, item: MigrationItem, now: datetime, tried_bytes: int) -> bool:
    """Whether it was open."""
    day, tried = day_of(now), item.done + item.failed
    changed = wire.run(
        _END,
        *(item.state.value, item.base, item.version, item.representation, item.done, item.failed, item.left),
        *(item.done_bytes, item.result_bytes, json.dumps(dict(item.reasons)), microseconds(now)),
        *(item.plan, item.ordinal),
    )
    if not changed:
        return False
    wire.run(
        _COUNT,
        *(item.done, item.failed, item.left, item.done_bytes, item.result_bytes),
        *(day, tried, day, tried_bytes, day, item.plan),
    )
    return True


def tried(wire: Wire, rule: str, aips: Sequence[str]) -> Mapping[str, int]:
    """The newest version that a plan by the rule has made or looked at."""
    if not aips:
        return {}
    query = (
        "SELECT item.aip, max(coalesce(item.version, item.base)) FROM migration_item item"
        " JOIN migration_plan plan ON plan.id = item.plan"
        f" WHERE item.aip IN ({', '.join('?' * len(aips))}) AND plan.rule = ? AND item.base IS NOT NULL"
        " GROUP BY item.aip"
    )
    return {row[0]: row[1] for row in wire.rows(query, *aips, rule)}


def append(wire: Wire, plan: str, found: Sequence[Candidate]) -> int:
    """Put AIPs behind the others of a plan, but for those that wait in it already; how many."""
    wire.lock("migration_item")
    last = (wire.one("SELECT max(ordinal) FROM migration_item WHERE plan = ?", plan) or (0,))[0] or 0
    waiting = {
        row[0]
        for one in found
        for row in wire.rows(
            f"SELECT aip FROM migration_item WHERE aip = ? AND plan = ? AND {IS_OPEN_ITEM}", one.aip, plan
        )
    }
    items = [
        MigrationItem(plan=plan, ordinal=ordinal, aip=one.aip, amount=one.amount)
        for ordinal, one in enumerate((one for one in found if one.aip not in waiting), last + 1)
    ]
    insert(wire, items)
    row = wire.one(f"SELECT {PLAN} FROM migration_plan WHERE id = ?", plan)
    if row is not None and items:
        known = plan_of(row)
        files, size = sum(one.amount.files for one in items), sum(one.amount.bytes for one in items)
        grown = replace(
            known,
            aips=known.aips + len(items),
            amount=Amount(known.amount.files + files, known.amount.bytes + size),
        )
        wire.run("UPDATE migration_plan SET found = ? WHERE id = ?", found_text(grown), plan)
    return len(items)


def insert(wire: Wire, items: Sequence[MigrationItem]) -> None:
    wire.insert("migration_item", ITEM.split(", "), [item_row(one) for one in items])


def where_state(states: Collection[PlanState] | Collection[ItemState] | None) -> tuple[str, list[Value]]:
    """A condition, and its values. An empty choice is of nothing."""
    if states is None:
        return "1 = 1", []
    values: list[Value] = [one.value for one in sorted(states)] or [""]
    return f"state IN ({', '.join('?' * len(values))})", values
