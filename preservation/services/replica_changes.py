"""Replicas that come back, are brought up to date, or go: each change of what the repository counts on is an event."""

from collections.abc import Sequence
from dataclasses import replace

from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import CopyState, ReplicaRecord, ReplicaState
from preservation.domain.policies import Policies
from preservation.errors import WrongUse
from preservation.ports import Catalogue, Progress, ReplicaStore
from preservation.services.fixity_batches import publish_batches
from preservation.services.ledger import EventRecorder, LedgerTrust, publish_missing
from preservation.services.replication import Replication, SyncReport


def bring_up(
    catalogue: Catalogue,
    replication: Replication,
    store: ReplicaStore,
    sources: Sequence[ReplicaStore],
    trust: LedgerTrust,
    *,
    tx: str,
    progress: Progress,
) -> SyncReport:
    """Give a replica everything that it lacks: AIPs, fixity batches, ledger. Raises Unavailable if it goes away meanwhile."""
    report = replication.sync(store, sources, progress)
    publish_batches(catalogue, store)
    publish_missing(catalogue, store, trust, tx=tx)
    return report


def attach_replica(catalogue: Catalogue, recorder: EventRecorder, record: ReplicaRecord) -> None:
    """Say where a known replica is now."""
    event = recorder.event(
        EventType.MODIFICATION,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=record.id, kind="replica", role="outcome")],
        detail={"act": "replica attached"},
        private={"name": record.name, "url": record.url},
    )
    with catalogue.begin() as tx:
        tx.save_replica(record)
        tx.append_events([event])


def retire_replica(catalogue: Catalogue, recorder: EventRecorder, policies: Policies, record: ReplicaRecord) -> None:
    """Stop counting on a replica. WrongUse while an AIP has fewer intact copies elsewhere than the policy demands."""
    wanted = policies.replication.copies
    after: str | None = None
    while page := catalogue.aips(after=after, limit=1000):
        for summary in page:
            elsewhere = sum(
                copy.state is CopyState.INTACT and copy.version == summary.head and copy.replica != record.id
                for copy in catalogue.copies(summary.id)
            )
            if elsewhere < wanted:
                raise WrongUse(
                    f"{summary.id} would be left with {elsewhere} of {wanted} copies; add and sync another replica first"
                )
        after = page[-1].id
    event = recorder.event(
        EventType.DEACCESSION,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=record.id, kind="replica")],
        detail={"act": "replica retired"},
        private={"name": record.name},
    )
    with catalogue.begin() as tx:
        tx.save_replica(replace(record, state=ReplicaState.RETIRED))
        tx.append_events([event])
