"""What the repository does for itself: second opinions on formats, its own record, clearing away what is past its time."""

from collections.abc import Mapping

from preservation import bootstrap
from preservation.bootstrap.opening import note_policies
from preservation.domain.events import Json
from preservation.errors import Unavailable
from preservation.services.second_opinion import Verdict
from workers.errands import MOST_SHOWN, Errand
from workers.turns import Turn, goes_on


def review_formats(errand: Errand) -> Mapping[str, Json]:
    """Second opinions, as the policy wants them; of one `aip`, or of `limit` AIPs at most, where the parameters say so.

    One at a time in all processes: they share a folder for copies. Unavailable while another one is at it.
    """
    repository, turn = errand.repository, Turn(errand.job)
    with repository.locks.hold("format-review", seconds=1), bootstrap.format_review(repository) as service:
        if service is None:
            return {"engine": None, "reviewed_aips": 0}
        report = service.run(
            errand.progress, aip=errand.text("aip"), limit=errand.number("limit"), may_begin=turn.may_begin
        )
    if report.waiting and not report.aips:
        raise Unavailable("; ".join(f"{aip}: {reason}" for aip, reason in report.waiting[:MOST_SHOWN]))
    return {
        "engine": repository.policies.formats.other.value,
        "reviewed_aips": report.aips,
        "asked": report.asked,
        **{verdict.value: report.count_of(verdict) for verdict in Verdict},
        "waiting": [{"aip": aip, "reason": reason} for aip, reason in report.waiting[:MOST_SHOWN]],
        "more": goes_on(errand, turn, report.aips),
    }


def save_record(errand: Errand) -> Mapping[str, Json]:
    """Collections, policies and people into the repository's own AIP, with an event for each policy that changed."""
    errand.progress.begin("record", None)
    note_policies(errand.repository)
    return {"changed": errand.repository.save_record(errand.progress)}
