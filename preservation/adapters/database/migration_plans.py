"""Plans of format migrations. Keeps the promises of `ports.migrations.MigrationTable`."""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database import migration_items
from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.events import append_events
from preservation.adapters.database.migration_candidates import candidates, taken_back
from preservation.adapters.database.migration_items import where_state
from preservation.adapters.database.migration_rows import (
    ITEM,
    PLAN,
    definition_text,
    found_text,
    item_of,
    plan_of,
    plan_row,
)
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Wire
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.format_rules import MigrationRule
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_plans import (
    TRANSITIONS,
    Candidate,
    ItemState,
    MigrationItem,
    MigrationPlan,
    MigrationSelection,
    PlanState,
    StandingApproval,
)
from preservation.errors import Conflict, NotHere


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
            migration_items.insert(wire, items)

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
        where, values = where_state(states)
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
        where, values = where_state(states)
        query = f"SELECT {ITEM} FROM migration_item WHERE plan = ? AND ordinal > ? AND {where} ORDER BY ordinal LIMIT ?"
        with reading(self._reader) as wire:
            return [item_of(row) for row in wire.rows(query, plan, after, *values, limit)]

    def open_items(
        self, plan: str, *, after: int = 0, limit: int = 100, now: datetime | None = None
    ) -> Sequence[MigrationItem]:
        with reading(self._reader) as wire:
            return migration_items.open_items(wire, plan, after, limit, now)

    def begun_items(self, plan: str) -> Sequence[MigrationItem]:
        with reading(self._reader) as wire:
            return migration_items.begun_items(wire, plan)

    def put_off(self, plan: str, ordinal: int, *, due: datetime, reason: str, unread: bool) -> None:
        with writing(self._writer) as wire:
            migration_items.put_off(wire, plan, ordinal, due, reason, unread=unread)

    def rests(self, plan: str, now: datetime) -> tuple[int, datetime | None]:
        with reading(self._reader) as wire:
            return migration_items.rests(wire, plan, now)

    def item(self, plan: str, ordinal: int) -> MigrationItem | None:
        with reading(self._reader) as wire:
            row = wire.one(f"SELECT {ITEM} FROM migration_item WHERE plan = ? AND ordinal = ?", plan, ordinal)
        return None if row is None else item_of(row)

    def items_of(self, aip: str) -> Sequence[MigrationItem]:
        with reading(self._reader) as wire:
            rows = wire.rows(f"SELECT {ITEM} FROM migration_item WHERE aip = ? ORDER BY plan DESC", aip)
        return [item_of(row) for row in rows]

    def tried(self, rule: str, aips: Sequence[str]) -> Mapping[str, int]:
        with reading(self._reader) as wire:
            return migration_items.tried(wire, rule, aips)

    def taken_back(self, rule: MigrationRule, aip: str) -> frozenset[str]:
        with reading(self._reader) as wire:
            return taken_back(wire, rule, aip)

    def reselect(self, plan: str, selection: MigrationSelection) -> None:
        with writing(self._writer) as wire:
            known = _plan(wire, plan, locked=True)
            if known is None:
                raise NotHere(f"there is no migration plan {plan}")
            definition = definition_text(replace(known, selection=selection))
            wire.run("UPDATE migration_plan SET definition = ? WHERE id = ?", definition, plan)

    def append_items(self, plan: str, found: Sequence[Candidate]) -> int:
        with writing(self._writer) as wire:
            return migration_items.append(wire, plan, found)

    def begin_item(self, plan: str, ordinal: int, base: int) -> bool:
        with writing(self._writer) as wire:
            return migration_items.begin(wire, plan, ordinal, base)

    def end_item(
        self, item: MigrationItem, *, now: datetime, tried_bytes: int = 0, events: Iterable[EncodedEvent] = ()
    ) -> bool:
        with writing(self._writer) as wire:
            if not migration_items.end(wire, item, now, tried_bytes):
                return False
            append_events(wire, events)
        return True

    def candidates(
        self,
        rule: MigrationRule,
        selection: MigrationSelection,
        *,
        after: int = 0,
        limit: int = 256,
        but_taken_back: bool = False,
    ) -> tuple[Sequence[Candidate], int | None]:
        with reading(self._reader) as wire:
            return candidates(wire, rule, selection, after=after, limit=limit, but_taken_back=but_taken_back)

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
