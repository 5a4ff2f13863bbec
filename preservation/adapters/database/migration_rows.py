"""Plans of format migrations and their AIPs, as rows and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from preservation.adapters.database.columns import instant, microseconds, optional_instant, optional_microseconds
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Value
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import MigrateWhen, MigrationRule, Risk
from preservation.domain.migration_plans import (
    Amount,
    ItemState,
    MigrationItem,
    MigrationLimits,
    MigrationPlan,
    MigrationSelection,
    PlanEstimate,
    PlanProgress,
    PlanState,
    SampledFile,
)
from preservation.domain.quiet_hours import quiet_hours
from preservation.domain.tools import ToolDescription

PLAN: Final = (
    "id, rule, state, created, made_by, definition, found, approved_by, approved, standing, ended, reason,"
    " done_aips, done_files, failed_files, left_files, done_bytes, result_bytes, day, day_files, day_bytes"
)
ITEM: Final = (
    "plan, ordinal, aip, files, bytes, state, base, version, representation, attempts, done, failed, left_alone,"
    " done_bytes, result_bytes, reasons, ended, waits, unread, due, reason"
)


def plan_row(plan: MigrationPlan) -> tuple[Value, ...]:
    """In the order of PLAN."""
    done = plan.progress
    return (
        plan.id,
        plan.rule.name,
        plan.state.value,
        microseconds(plan.created),
        storable(plan.made_by),
        definition_text(plan),
        found_text(plan),
        plan.approved_by,
        optional_microseconds(plan.approved),
        int(plan.standing),
        optional_microseconds(plan.ended),
        storable(plan.reason),
        *(done.aips, done.files, done.failed, done.left, done.bytes, done.result_bytes),
        *(done.day, done.day_files, done.day_bytes),
    )


def definition_text(plan: MigrationPlan) -> str:
    """What the plan is for, as JSON."""
    stated = {"rule": _rule(plan.rule), **_selection(plan.selection), "limits": _limits(plan.limits)}
    return json.dumps({**stated, "by_policy": plan.by_policy})


def found_text(plan: MigrationPlan) -> str:
    """What was found while the plan was made, as JSON."""
    return json.dumps(
        {
            "aips": plan.aips,
            "amount": _amount(plan.amount),
            "untouched": {code: _amount(one) for code, one in plan.untouched.items()},
            "sample": [_sampled(one) for one in plan.sample],
            "estimate": [plan.estimate.bytes, plan.estimate.seconds],
        }
    )


def plan_of(row: Sequence[Any]) -> MigrationPlan:
    """The inverse of `plan_row`."""
    plan, _, state, created, made_by, definition, found, approved_by, approved, standing, ended, reason, *progress = row
    stated, seen = json.loads(definition), json.loads(found)
    return MigrationPlan(
        id=plan,
        rule=_rule_of(stated["rule"]),
        state=PlanState(state),
        created=instant(created),
        made_by=made_by,
        selection=_selection_of(stated),
        limits=_limits_of(stated["limits"]),
        aips=seen["aips"],
        amount=Amount(*seen["amount"]),
        untouched={code: Amount(*one) for code, one in seen["untouched"].items()},
        sample=tuple(_sampled_of(one) for one in seen["sample"]),
        estimate=PlanEstimate(*seen["estimate"]),
        approved_by=approved_by,
        approved=optional_instant(approved),
        standing=bool(standing),
        by_policy=stated["by_policy"],
        ended=optional_instant(ended),
        reason=reason,
        progress=PlanProgress(*(int(one) for one in progress)),
    )


def item_row(item: MigrationItem) -> tuple[Value, ...]:
    """In the order of ITEM."""
    return (
        *(item.plan, item.ordinal, item.aip, item.amount.files, item.amount.bytes, item.state.value),
        *(item.base, item.version, item.representation, item.attempts),
        *(item.done, item.failed, item.left, item.done_bytes, item.result_bytes),
        json.dumps(dict(item.reasons)),
        optional_microseconds(item.ended),
        *(item.waits, item.unread, optional_microseconds(item.due), storable(item.reason)),
    )


def item_of(row: Sequence[Any]) -> MigrationItem:
    """The inverse of `item_row`."""
    plan, ordinal, aip, files, size, state, base, version, representation, attempts, *rest = row
    done, failed, left, done_bytes, result_bytes, reasons, ended, waits, unread, due, reason = rest
    return MigrationItem(
        plan=plan,
        ordinal=ordinal,
        aip=aip,
        amount=Amount(files, size),
        state=ItemState(state),
        base=base,
        version=version,
        representation=representation,
        attempts=attempts,
        done=done,
        failed=failed,
        left=left,
        done_bytes=done_bytes,
        result_bytes=result_bytes,
        reasons=json.loads(reasons),
        ended=optional_instant(ended),
        waits=waits,
        unread=unread,
        due=optional_instant(due),
        reason=reason,
    )


def _rule(rule: MigrationRule) -> Mapping[str, object]:
    return {
        "name": rule.name,
        "sources": sorted(rule.sources),
        "target": rule.target,
        "recipe": rule.recipe,
        "when": rule.when.value,
        "parameters": dict(rule.parameters),
        "bounds": dict(rule.bounds),
        "collections": sorted(rule.collections),
    }


def _rule_of(value: Mapping[str, Any]) -> MigrationRule:
    return MigrationRule(
        name=value["name"],
        sources=frozenset(value["sources"]),
        target=value["target"],
        recipe=value["recipe"],
        when=MigrateWhen(value["when"]),
        parameters=value["parameters"],
        bounds=value["bounds"],
        collections=frozenset(value["collections"]),
    )


def _selection(selection: MigrationSelection) -> Mapping[str, object]:
    return {
        "collections": None if selection.collections is None else sorted(selection.collections),
        "risk": selection.risk.value if selection.risk is not None else None,
        "validity": selection.validity.value if selection.validity is not None else None,
        "aip": selection.aip,
    }


def _selection_of(value: Mapping[str, Any]) -> MigrationSelection:
    return MigrationSelection(
        collections=None if value["collections"] is None else frozenset(value["collections"]),
        risk=None if value["risk"] is None else Risk(value["risk"]),
        validity=None if value["validity"] is None else Validity(value["validity"]),
        aip=value["aip"],
    )


def _limits(limits: MigrationLimits) -> Mapping[str, object]:
    return {
        "files_per_day": limits.files_per_day,
        "bytes_per_day": limits.bytes_per_day,
        "hours": None if limits.hours is None else str(limits.hours),
        "error_percent": limits.error_percent,
        "error_files": limits.error_files,
        "lanes": limits.lanes,
    }


def _limits_of(value: Mapping[str, Any]) -> MigrationLimits:
    return MigrationLimits(**{**value, "hours": None if value["hours"] is None else quiet_hours(value["hours"])})


def _amount(amount: Amount) -> Sequence[int]:
    return [amount.files, amount.bytes]


def _sampled(one: SampledFile) -> Sequence[object]:
    tools = [[tool.name, tool.version] for tool in one.tools]
    return [one.aip, one.path, one.size, one.result_size, one.seconds, one.code, one.detail, tools]


def _sampled_of(value: Sequence[Any]) -> SampledFile:
    aip, path, size, result_size, seconds, code, detail, tools = value
    known = tuple(ToolDescription(*one) for one in tools)
    return SampledFile(aip, path, size, result_size, seconds, code, detail, known)
