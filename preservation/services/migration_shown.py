"""Plans of migration and what came of their AIPs, as commands, the API and jobs show them."""

from preservation.domain.events import Json
from preservation.domain.migration_plans import MigrationItem, MigrationPlan, SampledFile
from preservation.services.ingest_request import IngestResult
from preservation.services.migration_revert import NotReverted


def plan_value(plan: MigrationPlan) -> dict[str, Json]:
    """All of a plan but its AIPs."""
    rule, limits, done = plan.rule, plan.limits, plan.progress
    selection = plan.selection
    return {
        "id": plan.id,
        "state": plan.state.value,
        "reason": plan.reason,
        "rule": rule.name,
        "sources": [*sorted(rule.sources)],
        "target": rule.target,
        "recipe": rule.recipe,
        "when": rule.when.value,
        "parameters": dict(rule.parameters),
        "bounds": dict(rule.bounds),
        "collections": None if selection.collections is None else [*sorted(selection.collections)],
        "risk": selection.risk.value if selection.risk else None,
        "validity": selection.validity.value if selection.validity else None,
        "aip": selection.aip,
        "files_per_day": limits.files_per_day,
        "bytes_per_day": limits.bytes_per_day,
        "hours": str(limits.hours) if limits.hours else None,
        "error_percent": limits.error_percent,
        "error_files": limits.error_files,
        "lanes": limits.lanes,
        "created": plan.created.isoformat(),
        "made_by": plan.made_by,
        "approved": plan.approved.isoformat() if plan.approved else None,
        "approved_by": plan.approved_by,
        "standing": plan.standing,
        "by_policy": plan.by_policy,
        "ended": plan.ended.isoformat() if plan.ended else None,
        "aips": plan.aips,
        "files": plan.amount.files,
        "bytes": plan.amount.bytes,
        "untouched": {code: {"files": one.files, "bytes": one.bytes} for code, one in sorted(plan.untouched.items())},
        "sample": [sample_value(one) for one in plan.sample],
        "expected_bytes": plan.estimate.bytes,
        "expected_seconds": plan.estimate.seconds,
        "done": {
            "aips": done.aips,
            "files": done.files,
            "failed": done.failed,
            "left": done.left,
            "bytes": done.bytes,
            "result_bytes": done.result_bytes,
        },
    }


def sample_value(one: SampledFile) -> dict[str, Json]:
    """`code` is empty for a file that passed; times in milliseconds."""
    return {
        "aip": one.aip,
        "path": one.path,
        "size": one.size,
        "result_size": one.result_size,
        "milliseconds": round(one.seconds * 1000),
        "code": one.code,
        "detail": one.detail,
        "tools": [f"{tool.name} {tool.version}".strip() for tool in one.tools],
    }


def item_value(item: MigrationItem) -> dict[str, Json]:
    """What came of one AIP."""
    return {
        "number": item.ordinal,
        "aip": item.aip,
        "state": item.state.value,
        "files": item.amount.files,
        "bytes": item.amount.bytes,
        "base": item.base,
        "version": item.version,
        "representation": item.representation,
        "attempts": item.attempts,
        "migrated": item.done,
        "failed": item.failed,
        "left": item.left,
        "result_bytes": item.result_bytes,
        "reasons": dict(item.reasons),
        "ended": item.ended.isoformat() if item.ended else None,
        "waits_until": item.due.isoformat() if item.due else None,
        "waits_for": item.reason if item.due else None,
    }


def reverted_value(one: IngestResult | NotReverted) -> dict[str, Json]:
    """What came of an AIP of which results were to be taken back; `status` is "left" where they still stand."""
    if isinstance(one, NotReverted):
        return {"aip": one.aip, "version": None, "status": "left", "reason": one.reason}
    return {"aip": one.aip, "version": one.version, "status": one.status.value, "reason": None}
