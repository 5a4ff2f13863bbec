"""Formats of what is held, identified again."""

from collections.abc import Mapping

from preservation.bootstrap.format_engines import reidentification
from preservation.bootstrap.format_updates import touched_for
from preservation.domain.events import Json
from preservation.domain.policies import FormatEngine
from preservation.errors import Unavailable
from preservation.services.reidentification_record import ReidentificationTerms
from preservation.services.reidentified import Outcome, Scope
from workers.errands import MOST_SHOWN, Errand
from workers.turns import Turn, goes_on


def reidentify(errand: Errand) -> Mapping[str, Json]:
    """What the `scope` asks about, by `engine`, the policy's first one without; of one `aip`, of `limit` AIPs at most.

    One at a time in all processes: they share folders for copies. Unavailable while another one is at it.
    """
    repository, turn = errand.repository.with_policies(), Turn(errand.job)
    policy = repository.policies.formats
    name = errand.choice("engine", policy.first)
    if name is FormatEngine.NONE:
        return {"engine": None, "asked": 0}
    scope = errand.choice("scope", Scope.DOUBTFUL)
    with repository.locks.hold("reidentification", seconds=1), reidentification(repository, name) as service:
        terms = ReidentificationTerms(
            scope=scope,
            about=service.engine.describe(),
            touched=touched_for(policy, name),
            policy=repository.policies.versions.get("formats"),
        )
        report = service.run(
            terms, errand.progress, aip=errand.text("aip"), limit=errand.number("limit"), may_begin=turn.may_begin
        )
    if report.waiting and not report.aips:
        raise Unavailable("; ".join(f"{aip}: {reason}" for aip, reason in report.waiting[:MOST_SHOWN]))
    return {
        "engine": name.value,
        "aips": report.aips,
        "asked": report.asked,
        **{outcome.value: report.count_of(outcome) for outcome in Outcome},
        "waiting": [{"aip": aip, "reason": reason} for aip, reason in report.waiting[:MOST_SHOWN]],
        "more": goes_on(errand, turn, report.aips),
    }
