"""Fixity runs, and bringing replicas what they lack."""

from collections.abc import Mapping

from preservation.bootstrap import Repository
from preservation.bootstrap.fixity_runs import run_fixity
from preservation.domain.events import Json
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.errors import Conflict, InUse, NotHere, Unavailable
from preservation.services.fixity import Selection
from preservation.services.replica_changes import bring_up
from workers.errands import MOST_SHOWN, Errand
from workers.turns import Turn
from workers.work_checks import check_slice


def check_fixity(errand: Errand) -> Mapping[str, Json]:
    """The copies that are due, or all with `selection`; of one `aip`, or on one `replica`, where the parameters name one.

    With `slice` a bounded part of what is due on the replica that the job is about.

    Unavailable where nothing could be checked: the job is tried again. What is damaged and could not be repaired is in the
    events and figures, and in the result.
    """
    if errand.job.parameters.get("slice"):
        return check_slice(errand)
    replica, aip = errand.text("replica"), errand.text("aip")
    selection = errand.choice("selection", Selection.DUE if aip is None else Selection.ALL)
    run = run_fixity(errand.repository, selection, errand.progress, replica=replica, aip=aip)
    return run.described(MOST_SHOWN)


def sync_replicas(errand: Errand) -> Mapping[str, Json]:
    """The replica that the job is about, or all. Unavailable if one could not be brought all that it lacks: tried again."""
    repository = errand.repository
    named = errand.job.subject or errand.text("replica")
    wanted = [_replica(repository, named)] if named else list(repository.replicas.records.values())
    rows: dict[str, Json] = {}
    hindered: list[str] = []
    for record in wanted:
        if record.state is ReplicaState.DRAINING:
            if named:
                raise Conflict(f"{record.name} is being drained: nothing new is written to it")
            continue
        if record.id in repository.replicas.away:
            if named:
                raise Unavailable(f"{record.name} is away: {repository.replicas.away[record.id]}")
            continue
        try:
            with repository.locks.hold(f"replica:{record.id}", seconds=1):
                rows[record.name] = _bring(errand, record, hindered)
        except InUse:
            # Another job brings it what it lacks.
            if named:
                raise
            rows[record.name] = None
        except (Unavailable, Conflict) as error:
            hindered.append(f"{record.name}: {error}")
    if hindered:
        raise Unavailable("; ".join(hindered[:MOST_SHOWN]))
    return {"replicas": rows}


def _bring(errand: Errand, record: ReplicaRecord, hindered: list[str]) -> Json:
    repository, turn = errand.repository, Turn(errand.job)
    hours = repository.policies.replication.place(record.name).quiet_hours
    report = bring_up(
        repository.catalogue,
        repository.replication(),
        repository.replicas.stores[record.id],
        list(repository.replicas.stores.values()),
        repository.trust,
        tx=repository.minter.urn().removeprefix("urn:uuid:"),
        progress=repository.paced(record, errand.progress),
        # The timers begin no sync in these hours, and begin another one after them; or after the turn of this one.
        rests=lambda: (hours is not None and hours.has(repository.clock.now())) or not turn.may_begin(),
    )
    hindered += [f"{aip} on {record.name}: {reason}" for aip, reason in report.failed]
    return {"copied": report.copied, "bytes": report.bytes}


def _replica(repository: Repository, id: str) -> ReplicaRecord:
    for record in repository.catalogue.replicas():
        if id in (record.id, record.name) and record.state is not ReplicaState.RETIRED:
            return record
    raise NotHere(f"there is no replica {id} in use")
