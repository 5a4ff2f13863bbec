"""Checks by policy: a slice of the copies that are due on a replica, and the planning of when copies are due."""

from collections.abc import Mapping

from preservation.bootstrap.fixity_runs import run_slice, wants_slice
from preservation.bootstrap.watching import job_requests
from preservation.domain.events import Json
from preservation.errors import Unavailable
from preservation.services.fixity_planning import FixityPlanning
from workers.errands import MOST_SHOWN, Errand

LOCK_SECONDS = 1.0


def check_slice(errand: Errand) -> Mapping[str, Json]:
    """What is due on the replica that the job is about, for as long as a slice lasts. `more` says that another one follows.

    InUse while another slice is at the replica: one at a time reads a device. Unavailable if it is not here.
    """
    repository, replica = errand.repository, errand.subject()
    with repository.locks.hold(f"fixity:{replica}", seconds=LOCK_SECONDS):
        run = run_slice(repository, replica, errand.progress)
    if run.away:
        raise Unavailable("; ".join(f"{name}: {reason}" for name, reason in run.away.items()))
    # Where nothing could be checked, because somebody works on what is due, the timer looks again in some minutes.
    more = run.report.checked > 0 and wants_slice(repository, replica)
    if more:
        job_requests(repository).follow(errand.job)
    return {**run.described(MOST_SHOWN), "more": more}


def plan_checks(errand: Errand) -> Mapping[str, Json]:
    """Plan all copies by the policy in force, from where an interrupted job was."""
    repository = errand.repository
    planning = FixityPlanning(repository.catalogue, repository.clock, repository.policies)
    return {"planned": planning.plan_anew(errand.progress)}
