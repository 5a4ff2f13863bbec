"""Replicas that come back, are brought up to date, or go: each change of what the repository counts on is an event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.holdings import CopyRecord, CopyState, ReplicaRecord, ReplicaState
from preservation.domain.policies import Policies
from preservation.domain.replication_gap import Combination, Gap
from preservation.errors import WrongUse
from preservation.ports import Catalogue, Progress, ReplicaStore
from preservation.services.copy_standing import count_combinations, gaps
from preservation.services.fixity_batches import publish_batches
from preservation.services.ledger import EventRecorder, LedgerTrust, publish_missing
from preservation.services.locations import Locations
from preservation.services.replica_drift import absent_copies
from preservation.services.replication import Replication, SyncReport

ATTACHED = "replica attached"
DRAINING = "replica draining"
KEPT = "replica kept"
RETIRED = "replica retired"


def bring_up(
    catalogue: Catalogue,
    replication: Replication,
    store: ReplicaStore,
    sources: Sequence[ReplicaStore],
    trust: LedgerTrust,
    *,
    tx: str,
    progress: Progress,
    rests: Callable[[], bool] = lambda: False,
) -> SyncReport:
    """Give a replica everything that it lacks: AIPs, fixity batches, ledger. Raises Unavailable if it goes away meanwhile.

    Where `rests` says that it is to be left in peace by now, no further AIP is begun.
    """
    report = replication.sync(store, sources, progress, may_begin=lambda: not rests())
    publish_batches(catalogue, store)
    publish_missing(catalogue, store, trust, tx=tx)
    return report


def attach_replica(
    catalogue: Catalogue,
    locations: Locations,
    recorder: EventRecorder,
    before: ReplicaRecord,
    record: ReplicaRecord,
    store: ReplicaStore,
) -> int:
    """Say where a known replica is now; how many of its copies count no more until somebody has read them.

    Those of a replica that was retired: nobody has looked after it since. Those that it does not list, of one that is at another
    place than it was. Raises ReplicaAway.
    """
    wanted: set[str] | None = None
    if before.state is not ReplicaState.RETIRED:
        moved = before.url != record.url
        wanted = set(absent_copies(catalogue, locations, record, store)) if moved else set()
    else:
        store.check_identity()
    unread = 0
    with catalogue.begin() as tx:
        for page in _pages(catalogue, record.id) if wanted is None or wanted else ():
            doubtful = [
                replace(one, state=CopyState.PENDING)
                for one in page
                if one.state is CopyState.INTACT and (wanted is None or one.aip in wanted)
            ]
            tx.save_copies(doubtful)
            unread += len(doubtful)
        event = recorder.event(
            EventType.MODIFICATION,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=record.id, kind="replica", role="outcome")],
            detail={"act": ATTACHED, **({"unread": unread} if unread else {})},
            private={"name": record.name, "url": record.url},
        )
        tx.save_replica(record, was=before.state)
        tx.append_events([event])
    return unread


def drain_replica(
    catalogue: Catalogue, recorder: EventRecorder, record: ReplicaRecord, *, by: str | None = None
) -> ReplicaRecord:
    """From now on nothing new is written to it and its copies no longer count, so that others get what is short.

    It is still read from and checked. WrongUse where it is drained already, where repairs are held on it, or no other
    replica would be left.
    """
    if record.state is ReplicaState.HELD:
        raise WrongUse(f"repairs on {record.name} are held: somebody has to look first, and release them")
    if record.state is ReplicaState.DRAINING:
        raise WrongUse(f"{record.name} is being drained already")
    if not any(one.state.is_counted and one.id != record.id for one in catalogue.replicas()):
        raise WrongUse(f"{record.name} is the only replica: add another one first")
    return _change(catalogue, recorder, record, ReplicaState.DRAINING, DRAINING, by=by)


def keep_replica(
    catalogue: Catalogue, recorder: EventRecorder, record: ReplicaRecord, *, by: str | None = None
) -> ReplicaRecord:
    """Take the draining back. WrongUse unless it is being drained."""
    if record.state is not ReplicaState.DRAINING:
        raise WrongUse(f"{record.name} is not being drained")
    return _change(catalogue, recorder, record, ReplicaState.ACTIVE, KEPT, by=by)


def retire_replica(
    catalogue: Catalogue,
    recorder: EventRecorder,
    policies: Policies,
    record: ReplicaRecord,
    *,
    accept_gap: bool = False,
    by: str | None = None,
) -> None:
    """Stop counting on a replica. WrongUse while that would leave an AIP further from the policy than it is.

    With `accept_gap` that is allowed, and in the event; but never to leave an AIP without any intact copy. The caller holds the
    lock of replicas: of two that hold the last copies one after the other is judged.
    """
    combinations = count_combinations(catalogue)
    counted = {one.id for one in catalogue.replicas() if one.state.is_counted} - {record.id}
    held = [one for one in combinations if one.aips and record.id in one.replicas]
    lost = sum(one.aips for one in combinations if not one.replicas & counted)
    if lost:
        raise WrongUse(f"{lost} AIPs would be left with no intact copy; add and sync another replica first")
    falling = [
        one
        for one in gaps(catalogue, policies, held, without=record.id)
        if one.gap.copies or one.gap.is_worse_than(_gap_now(catalogue, policies, one.collection, one.replicas))
    ]
    short = sum(one.aips for one in falling)
    if short and not accept_gap:
        first = falling[0]
        names = ", ".join(f"{name} -{size}" for name, size in first.gap.named().items())
        raise WrongUse(
            f"{short} AIPs would be left short of the replication policy ({names}); add and sync another replica first"
        )
    _change(
        catalogue,
        recorder,
        record,
        ReplicaState.RETIRED,
        RETIRED,
        type=EventType.DEACCESSION,
        detail={"below_policy": short} if short else {},
        by=by,
    )


def _gap_now(catalogue: Catalogue, policies: Policies, collection: str, replicas: frozenset[str]) -> Gap:
    found = gaps(catalogue, policies, [Combination(collection, replicas, 1)])
    return found[0].gap if found else Gap()


def _change(
    catalogue: Catalogue,
    recorder: EventRecorder,
    before: ReplicaRecord,
    state: ReplicaState,
    act: str,
    *,
    by: str | None,
    type: EventType = EventType.MODIFICATION,
    detail: Mapping[str, Json] | None = None,
) -> ReplicaRecord:
    record = replace(before, state=state)
    event = recorder.event(
        type,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=record.id, kind="replica")],
        detail={"act": act, **(detail or {})},
        private={"name": record.name},
        agents=[LinkedAgent(by, "implementer")] if by is not None else (),
    )
    with catalogue.begin() as tx:
        tx.save_replica(record, was=before.state)
        tx.append_events([event])
    return record


def _pages(catalogue: Catalogue, replica: str) -> Iterator[Sequence[CopyRecord]]:
    after: str | None = None
    while page := catalogue.copies_on(replica, after=after):
        yield page
        after = page[-1].aip
