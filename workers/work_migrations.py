"""Format migrations: a slice of a plan, and the plans that the policy wants."""

from collections.abc import Iterable, Mapping

import structlog

from preservation.bootstrap.migration_jobs import run_lane
from preservation.bootstrap.migrations import (
    migration_planning,
    migration_proposals,
    migration_revert,
    migration_tools,
)
from preservation.domain.events import Json
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import Risk
from preservation.domain.migration_plans import Person
from preservation.domain.quiet_hours import QuietHours, quiet_hours
from preservation.errors import NotHere, WrongUse
from preservation.ports import Progress
from preservation.services.ingest_request import IngestResult
from preservation.services.migration_choice import Wanted, chosen_rule, limits_of, selection_of
from preservation.services.migration_revert import NotReverted
from workers.errands import MOST_SHOWN, Errand

LOCK = "migration-proposals"

log = structlog.get_logger()


def migrate(errand: Errand) -> Mapping[str, Json]:
    """AIPs of the plan that the job is about, for as long as a slice lasts. `more` says that another slice follows."""
    repository = errand.repository
    errand.subject()
    with (
        errand.engines.identifier(repository.policies.formats) as identifier,
        migration_tools(repository, identifier) as tools,
    ):
        return run_lane(repository, tools, errand.job, errand.progress)


def plan_migration(errand: Errand) -> Mapping[str, Json]:
    """The plan that somebody asked for; its id. It says itself if there is nothing to migrate."""
    repository, policy = errand.repository, errand.repository.policies.formats
    wanted = _wanted(errand)
    rule = chosen_rule(wanted, policy)
    selection = selection_of(wanted, rule, policy, repository.catalogue.collections())
    limits = limits_of(
        policy.migration,
        files_per_day=errand.number("files_per_day"),
        bytes_per_day=errand.number("bytes_per_day"),
        hours=_hours(errand),
        error_percent=_count(errand, "error_rate"),
        lanes=errand.number("lanes") or 2,
    )
    sample = _count(errand, "sample")
    with (
        errand.engines.identifier(policy) as identifier,
        migration_tools(repository, identifier) as tools,
    ):
        planning, by = migration_planning(repository, tools), _person(errand)
        is_again = errand.job.attempts > 1
        earlier = planning.earlier(rule, selection, limits, by=by, since=errand.job.created) if is_again else None
        plan = earlier or planning.plan(
            rule,
            selection,
            limits,
            by=by,
            sample=policy.migration.sample_files if sample is None else sample,
            progress=errand.progress,
        )
    return {"plan": plan.id, "state": plan.state.value, "aips": plan.aips, "files": plan.amount.files}


def revert_migration(errand: Errand) -> Mapping[str, Json]:
    """What a plan has made is taken back, or a representation of an AIP. Run again, it goes on with what still stands."""
    service, by = migration_revert(errand.repository), _person(errand)
    plan, aip = errand.text("plan"), errand.text("aip")
    errand.progress.begin("revert", None)
    if plan is not None:
        return {"plan": plan, **_reverted(service.revert_plan(plan, by, errand.progress), errand.progress)}
    result = service.revert(str(aip), by, errand.progress, representation=errand.text("representation"))
    return {"aip": result.aip, "version": result.version, "status": result.status.value}


def _reverted(results: Iterable[IngestResult | NotReverted], progress: Progress) -> dict[str, Json]:
    """How many AIPs got a new version, and what is left."""
    done, left = 0, 0
    told: list[Json] = []
    for one in results:
        progress.advance(0)
        if not isinstance(one, NotReverted):
            done += 1
            continue
        left += 1
        if left <= MOST_SHOWN:
            told.append({"aip": one.aip, "reason": one.reason})
    return {"aips": done, "left": left, "not_reverted": told}


def _hours(errand: Errand) -> QuietHours | None:
    """WrongUse for what names no time."""
    text = errand.text("hours")
    found = None if text is None else quiet_hours(text)
    if text is not None and found is None:
        raise WrongUse(f"the parameter hours must have the form 20:00-06:00, not {text!r}")
    return found


def _wanted(errand: Errand) -> Wanted:
    sources, risk, validity = errand.job.parameters.get("sources"), errand.text("risk"), errand.text("validity")
    return Wanted(
        rule=errand.text("rule"),
        sources=tuple(str(one) for one in sources) if isinstance(sources, list) else (),
        target=errand.text("target"),
        recipe=errand.text("recipe"),
        collection=errand.text("collection"),
        risk=None if risk is None else Risk(risk),
        validity=None if validity is None else Validity(validity),
        aip=errand.text("aip"),
    )


def _count(errand: Errand, name: str) -> int | None:
    """A number that may be 0."""
    value = errand.job.parameters.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _person(errand: Errand) -> Person:
    """Who asked. NotHere if the account is gone."""
    by = errand.job.created_by
    account = errand.repository.catalogue.account_table().account(by) if by is not None else None
    if account is None:
        raise NotHere("nobody asked for this")
    return Person(account.name, account.id)


def propose_migrations(errand: Errand) -> Mapping[str, Json]:
    """Plans for the rules that the policy runs on a schedule or after each ingest. With `whole` all that is held is looked at."""
    repository = errand.repository
    whole = errand.job.parameters.get("whole") is True
    with repository.locks.hold(LOCK, seconds=1):
        if not migration_proposals(repository, None).wants():
            return {"plans": [], "started": [], "appended": 0, "problems": []}
        if not whole:
            done = migration_proposals(repository, None).look(errand.progress, whole=False)
        else:
            with (
                errand.engines.identifier(repository.policies.formats) as identifier,
                migration_tools(repository, identifier) as tools,
            ):
                done = migration_proposals(repository, tools).look(errand.progress, whole=True)
    for problem in done.problems:
        log.warning("migration_rule_not_seen_to", reason=problem)
    return {
        "plans": [*done.plans],
        "started": [*done.started],
        "appended": done.appended,
        "problems": [*done.problems[:MOST_SHOWN]],
    }
