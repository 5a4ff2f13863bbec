"""A whole fixity run, as a command or a job asks for it: markers given back, what replicas hold beside AIPs, then the copies;
and a slice of it, as timers ask for it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from preservation.adapters.pacing import PacedProgress
from preservation.bootstrap.joining import Repository
from preservation.bootstrap.opening import publish
from preservation.domain.events import Json
from preservation.ports import Progress
from preservation.services.fixity import FixityReport, Selection
from preservation.services.fixity_planning import FixityPlanning
from preservation.services.fixity_slice import WORTH_A_BATCH, FixitySlice, is_worth_a_slice
from preservation.services.replica_upkeep import Mended


@dataclass(frozen=True, slots=True)
class FixityRun:
    """What came of it. `mended` are files beside AIPs that were not right; `away` says by name why a replica was left out."""

    report: FixityReport
    mended: Sequence[Mended]
    away: Mapping[str, str]

    def described(self, most: int | None = None) -> dict[str, Json]:
        """As commands and jobs show it: counts, and no more than `most` of what is named one by one."""
        report = self.report
        return {
            "checked": report.checked,
            "intact": report.intact,
            "damaged": report.damaged,
            "missing": report.missing,
            "unreadable": report.unreadable,
            "repaired": report.repaired,
            "passed_over": report.passed_over,
            "bytes": report.bytes,
            "files": report.files,
            "unrepaired": [
                {"aip": aip, "replica": replica, "reason": reason} for aip, replica, reason in report.unrepaired[:most]
            ],
            "problems_in_all": report.problems_in_all,
            "replica_files": [
                {"key": one.key, "found": one.found, "repaired": not one.reason, "reason": one.reason}
                for one in self.mended[:most]
            ],
            "away": dict(self.away),
        }


def run_fixity(
    opened: Repository, selection: Selection, progress: Progress, *, replica: str | None, aip: str | None
) -> FixityRun:
    """Check and repair. `replica` is an id; with an `aip` only its copies are looked at. Raises what `Fixity.run` raises."""
    with _marked(opened) as (repository, restored):
        mended = list(restored)
        if aip is None:
            for one, store in repository.replicas.stores.items():
                if replica in (None, one):
                    mended += repository.upkeep().check(repository.replicas.records[one], store)
        report = FixityReport()
        if selection is Selection.DUE and aip is None:
            # Where no service runs, nobody else would notice that the policy has changed.
            FixityPlanning(repository.catalogue, repository.clock, repository.policies).plan_anew(progress)
        if selection is not Selection.BESIDE:
            report = repository.fixity().run(selection, progress, replica=replica, aip=aip)
        gone = report.away if replica else {**repository.replicas.away, **report.away}
        return FixityRun(report, mended, {repository.replicas.name(one): reason for one, reason in gone.items()})


def run_slice(opened: Repository, replica: str, progress: Progress) -> FixityRun:
    """One slice of the copies on a replica that are due, as fast as the policy allows. Raises what `Fixity.run` raises.

    What replicas hold beside AIPs is not looked at: a job of its own does that, once a day.
    """
    with _marked(opened) as (repository, mended):
        policy, now = repository.policies.fixity, repository.clock.now()
        pace = policy.pace_of(repository.replicas.name(replica))
        paced = PacedProgress(progress, pace.bytes_per_second, requests_per_second=pace.requests_per_second)
        bounds = FixitySlice(repository.clock, pace, now, timedelta(minutes=policy.slice_minutes), paced.ask)
        report = repository.fixity().run(Selection.DUE, paced, replica=replica, slice=bounds)
        return FixityRun(report, mended, {repository.replicas.name(one): reason for one, reason in report.away.items()})


def wants_slice(repository: Repository, replica: str) -> bool:
    """Whether a slice is to be begun on a replica now: enough copies are due, or one has been for long, or none is planned."""
    now, policy = repository.clock.now(), repository.policies.fixity
    if policy.pace_of(repository.replicas.name(replica)).is_quiet(now):
        return False
    planning = FixityPlanning(repository.catalogue, repository.clock, repository.policies)
    if planning.is_missing(replica):
        return True
    waiting, oldest = repository.catalogue.fixity_plan_table().waiting(replica, before=now, limit=WORTH_A_BATCH)
    shortest = planning.schedule().windows.shortest
    return is_worth_a_slice(waiting, oldest, now, shortest_days=shortest)


@contextmanager
def _marked(opened: Repository) -> Iterator[tuple[Repository, Sequence[Mended]]]:
    """A replica that lost its marker alone is not away: it gets the marker back and takes part."""
    records = [opened.replicas.records[one] for one in opened.replicas.away]
    restored = [one for record in records if (one := opened.upkeep().restore_marker(record)) is not None]
    if not restored:
        yield opened, restored
        return
    repository = opened.with_replicas()
    try:
        yield repository, restored
    finally:
        # Whoever opened the repository publishes only to the replicas that were there then.
        publish(repository)
