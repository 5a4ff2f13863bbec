"""Looking into what is held: at formats, and for malware."""

from collections.abc import Mapping

from preservation.bootstrap.examining import EXAMINATION_LOCK, VIRUS_LOCK, held_examination, held_virus_scan
from preservation.domain.events import Json
from preservation.errors import Unavailable
from workers.errands import MOST_SHOWN, Errand
from workers.turns import Turn, goes_on


def examine_held(errand: Errand) -> Mapping[str, Json]:
    """What was not examined, as the policy wants it; of one `aip`, or of `limit` AIPs at most, where the parameters say so.

    With `again` = "yes" what these tools did not examine. One at a time in all processes: InUse while another one is at it.
    `more` says that another turn follows.
    """
    repository, turn = errand.repository, Turn(errand.job)
    with (
        repository.locks.hold(EXAMINATION_LOCK, seconds=1),
        held_examination(repository) as service,
    ):
        report = service.run(
            errand.progress,
            aip=errand.text("aip"),
            limit=errand.number("limit"),
            again=errand.text("again") == "yes",
            may_begin=turn.may_begin,
        )
    _none_could_be_read(report.waiting, report.aips)
    return {**report.described(MOST_SHOWN), "more": goes_on(errand, turn, report.aips)}


def scan_held(errand: Errand) -> Mapping[str, Json]:
    """What is due by the policy. Nothing, and that is said, where it switches scanning off."""
    repository, turn = errand.repository, Turn(errand.job)
    service = held_virus_scan(repository)
    if service is None:
        return {"scanner": "off", "scanned_aips": 0}
    with repository.locks.hold(VIRUS_LOCK, seconds=1):
        report = service.run(
            errand.progress,
            aip=errand.text("aip"),
            limit=errand.number("limit"),
            again=errand.text("again") == "yes",
            may_begin=turn.may_begin,
        )
    _none_could_be_read(report.waiting, report.aips)
    return {**report.described(MOST_SHOWN), "more": goes_on(errand, turn, report.aips)}


def _none_could_be_read(waiting: list[tuple[str, str]], done: int) -> None:
    if waiting and not done:
        raise Unavailable("; ".join(f"{aip}: {reason}" for aip, reason in waiting[:MOST_SHOWN]))
