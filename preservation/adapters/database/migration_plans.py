"""Plans of format migrations. Keeps the promises of `ports.migrations.MigrationTable`."""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.events import append_events
from preservation.adapters.database.migration_candidates import candidates
from preservation.adapters.database.migration_rows import ITEM, PLAN, found_text, item_of, item_row, plan_of, plan_row
from preservation.adapters.database.tables_formats import IS_OPEN_ITEM
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Value, Wire
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.format_rules import MigrationRule
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_plans import (
    TRANSITIONS,
    Amount,
    Candidate,
    ItemState,
    MigrationItem,
    MigrationPlan,
    MigrationSelection,
    PlanState,
    StandingApproval,
    day_of,
)
from preservation.errors import Conflict, NotHere

# Counted from what the row says when it changes, so that nobody has to add up the AIPs of a plan.
_COUNT = (
    "UPDATE migration_plan SET done_aips = done_aips + 1, done_files = done_files + ?, failed_files = failed_files + ?,"
    " left_files = left_files + ?, done_bytes = done_bytes + ?, result_bytes = result_bytes + ?,"
    " day_files = CASE WHEN day = ? THEN day_files ELSE 0 END + ?,"
    " day_bytes = CASE WHEN day = ? THEN day_bytes ELSE 0 END + ?, day = ? WHERE id = ?"
)
_END = (
    "UPDATE migration_item SET state = ?, base = ?, version = ?, representation = ?, done = ?, failed = ?, left_alone = ?,"
    f" done_bytes = ?, result_bytes = ?, reasons = ?, ended = ? WHERE plan = ? AND ordinal = ? AND {IS_OPEN_ITEM}"
)


class DatabaseMigrationTable:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)

    def add(self, plan: MigrationPlan) -> None:
        with writing(self._writer) as wire:
            wire.lock("migration_plan")
            if wire.one("SELECT 1 FROM migration_plan WHERE id = ?", plan.id) is not None:
                raise Conflict(f"there is a plan {plan.id} already")
            wire.insert("migration_plan", PLAN.split(", "), [plan_row(plan)])

    def add_items(self, items: Sequence[MigrationItem]) -> None:
        with writing(self._writer) as wire:
            wire.insert("migration_item", ITEM.split(", "), [item_row(one) for one in items])

    def propose(self, plan: MigrationPlan, events: Iterable[EncodedEvent]) -> None:
        with writing(self._writer) as wire:
            changed = wire.run(
                "UPDATE migration_plan SET state = ?, found = ?, approved_by = ?, approved = ?, standing = ?"
                " WHERE id = ? AND state = ?",
                *(plan.state.value, found_text(plan), plan.approved_by),
                *(None if plan.approved is None else microseconds(plan.approved), int(plan.standing)),
                *(plan.id, PlanState.DRAFTING.value),
            )
            if not changed:
                raise Conflict(f"the plan {plan.id} is no longer being written down")
            append_events(wire, events)

    def plan(self, id: str) -> MigrationPlan | None:
        with reading(self._reader) as wire:
            return _plan(wire, id)

    def plans(
        self, *, states: Collection[PlanState] | None = None, before: str | None = None, limit: int = 100
    ) -> Sequence[MigrationPlan]:
        where, values = _where_state(states)
        if before is not None:
            where, values = f"{where} AND id < ?", [*values, before]
        query = f"SELECT {PLAN} FROM migration_plan WHERE {where} ORDER BY id DESC LIMIT ?"
        with reading(self._reader) as wire:
            return [plan_of(row) for row in wire.rows(query, *values, limit)]

    def move(
        self,
        id: str,
        to: PlanState,
        *,
        now: datetime,
        by: str = "",
        reason: str = "",
        standing: StandingApproval | None = None,
        events: Iterable[EncodedEvent] = (),
    ) -> MigrationPlan:
        with writing(self._writer) as wire:
            plan = _plan(wire, id, locked=True)
            if plan is None:
                raise NotHere(f"there is no migration plan {id}")
            if to not in TRANSITIONS[plan.state]:
                raise Conflict(f"the plan {id} is {plan.state.value}: it cannot become {to.value}")
            plan = replace(plan, state=to, reason=storable(reason))
            if to is PlanState.APPROVED:
                plan = replace(plan, approved_by=storable(by), approved=now)
            if to.is_final:
                plan = replace(plan, ended=now)
            wire.run(
                "UPDATE migration_plan SET state = ?, reason = ?, approved_by = ?, approved = ?, ended = ? WHERE id = ?",
                *(plan.state.value, plan.reason, plan.approved_by),
                *(None if one is None else microseconds(one) for one in (plan.approved, plan.ended)),
                id,
            )
            if standing is not None:
                row = (standing.digest, standing.plan, storable(standing.by), microseconds(standing.time))
                columns = ("digest", "plan", "approved_by", "time")
                wire.upsert("standing_approval", ("rule",), columns, [(standing.rule, *row)])
            append_events(wire, events)
            return plan

    def items(
        self, plan: str, *, states: Collection[ItemState] | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[MigrationItem]:
        where, values = _where_state(states)
        query = f"SELECT {ITEM} FROM migration_item WHERE plan = ? AND ordinal > ? AND {where} ORDER BY ordinal LIMIT ?"
        with reading(self._reader) as wire:
            return [item_of(row) for row in wire.rows(query, plan, after, *values, limit)]

    def open_items(self, plan: str, *, after: int = 0, limit: int = 100) -> Sequence[MigrationItem]:
        query = (
            f"SELECT {ITEM} FROM migration_item WHERE plan = ? AND ordinal > ? AND {IS_OPEN_ITEM}"
            " ORDER BY ordinal LIMIT ?"
        )
        with reading(self._reader) as wire:
            return [item_of(row) for row in wire.rows(query, plan, after, limit)]

    def item(self, plan: str, ordinal: int) -> MigrationItem | None:
        with reading(self._reader) as wire:
            row = wire.one(f"SELECT {ITEM} FROM migration_item WHERE plan = ? AND ordinal = ?", plan, ordinal)
        return None if row is None else item_of(row)

    def items_of(self, aip: str) -> Sequence[MigrationItem]:
        with reading(self._reader) as wire:
            rows = wire.rows(f"SELECT {ITEM} FROM migration_item WHERE aip = ? ORDER BY plan DESC", aip)
        return [item_of(row) for row in rows]

    def tried(self, rule: str, aips: Sequence[str]) -> Mapping[str, int]:
        if not aips:
            return {}
        query = (
            "SELECT item.aip, max(coalesce(item.version, item.base)) FROM migration_item item"
            " JOIN migration_plan plan ON plan.id = item.plan"
            f" WHERE item.aip IN ({', '.join('?' * len(aips))}) AND plan.rule = ? AND item.base IS NOT NULL"
            " GROUP BY item.aip"
        )
        with reading(self._reader) as wire:
            return {row[0]: row[1] for row in wire.rows(query, *aips, rule)}

    def append_items(self, plan: str, found: Sequence[Candidate]) -> int:
        with writing(self._writer) as wire:
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
            wire.insert("migration_item", ITEM.split(", "), [item_row(one) for one in items])
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

    def begin_item(self, plan: str, ordinal: int, base: int) -> bool:
        with writing(self._writer) as wire:
            return bool(
                wire.run(
                    "UPDATE migration_item SET state = ?, base = ?, attempts = attempts + 1"
                    f" WHERE plan = ? AND ordinal = ? AND {IS_OPEN_ITEM}",
                    *(ItemState.RUNNING.value, base, plan, ordinal),
                )
            )

    def end_item(self, item: MigrationItem, *, now: datetime, events: Iterable[EncodedEvent] = ()) -> bool:
        day, tried = day_of(now), item.done + item.failed
        with writing(self._writer) as wire:
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
                *(day, tried, day, item.done_bytes, day, item.plan),
            )
            append_events(wire, events)
        return True

    def candidates(
        self, rule: MigrationRule, selection: MigrationSelection, *, after: int = 0, limit: int = 256
    ) -> tuple[Sequence[Candidate], int | None]:
        with reading(self._reader) as wire:
            return candidates(wire, rule, selection, after=after, limit=limit)

    def standing(self, rule: str) -> StandingApproval | None:
        with reading(self._reader) as wire:
            row = wire.one("SELECT digest, plan, approved_by, time FROM standing_approval WHERE rule = ?", rule)
        return None if row is None else StandingApproval(rule, row[0], row[1], row[2], instant(row[3]))

    def end_standing(self, rule: str, events: Iterable[EncodedEvent]) -> bool:
        with writing(self._writer) as wire:
            if not wire.run("DELETE FROM standing_approval WHERE rule = ?", rule):
                return False
            append_events(wire, events)
        return True


def _plan(wire: Wire, id: str, *, locked: bool = False) -> MigrationPlan | None:
    # SQLite's writers are alone anyway.
    lock = " FOR UPDATE" if locked and wire.postgresql else ""
    row = wire.one(f"SELECT {PLAN} FROM migration_plan WHERE id = ?{lock}", id)
    return None if row is None else plan_of(row)


def _where_state(states: Collection[PlanState] | Collection[ItemState] | None) -> tuple[str, list[Value]]:
    if states is None:
        return "1 = 1", []
    # An empty choice is of nothing.
    values: list[Value] = [one.value for one in sorted(states)] or [""]
    return f"state IN ({', '.join('?' * len(values))})", values
