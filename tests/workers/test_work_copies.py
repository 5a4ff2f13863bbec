"""What timers and workers do about copies: who is filled when, who is compared, who is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.domain.holdings import CopyState, ReplicaState
from preservation.domain.jobs import Job, JobKind, JobState, Queue
from preservation.domain.policies import Policies
from preservation.domain.quiet_hours import quiet_hours
from preservation.domain.replication_policy import Peer, Place, ReplicationPolicy
from preservation.errors import Conflict
from preservation.services.replica_changes import drain_replica
from tests.contracts.catalogue_builders import a_copy, a_version
from tests.services.fixity_kit import FixityKit, Quiet, a_home
from workers.engines import Engines
from workers.errands import Errand
from workers.kinds import KINDS
from workers.schedules import PLANS

NIGHT, DAY = datetime(2026, 11, 23, 3, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def ruled(repository: bootstrap.Repository, **policy: Any) -> bootstrap.Repository:
    return replace(repository, policies=replace(repository.policies, replication=ReplicationPolicy(**policy)))


def wanted(repository: bootstrap.Repository, name: str, now: datetime) -> list[str | None]:
    """What jobs of a plan would be about."""
    plan = next(one for one in PLANS if one.schedule.name == name)
    return [one.subject for one in plan.wanted(repository, plan.schedule, now)]


def do(repository: bootstrap.Repository, kind: JobKind, subject: str | None = None) -> Any:
    job = Job(
        id="job", kind=kind, queue=Queue.COPIES, state=JobState.RUNNING, created=NIGHT, due=NIGHT, subject=subject
    )
    return KINDS[kind](Errand(repository, job, Quiet(), Engines()))


def resting_now(repository: bootstrap.Repository) -> Place:
    now = repository.clock.now()
    begin, end = now - timedelta(hours=1), now + timedelta(hours=1)
    return Place(quiet_hours=quiet_hours(f"{begin:%H:%M}-{end:%H:%M}"))


def test_a_replica_is_filled_in_the_background_but_not_in_its_quiet_hours(kit: FixityKit) -> None:
    added = bootstrap.add_replica(kit.repository, kit.home / "replicas" / "c", "c")
    opened = kit.repository.with_replicas()
    quiet = ruled(opened, places={"c": Place(quiet_hours=quiet_hours("22:00-06:00"), rate_mib=1 << 20)})

    assert wanted(quiet, "sync", NIGHT) == []
    assert wanted(quiet, "sync", DAY) == [added.id]
    assert do(ruled(opened, places={"c": resting_now(opened)}), JobKind.SYNC, added.id)["replicas"]["c"]["copied"] == 0
    assert do(opened, JobKind.SYNC, added.id)["replicas"]["c"]["copied"] == 2
    assert wanted(quiet.with_replicas(), "sync", DAY) == []


def test_however_many_damaged_copies_there_are_what_is_lacking_is_brought(kit: FixityKit) -> None:
    """The oldest AIPs come first in every list; their damaged copies are for fixity runs, which may be held."""
    repository, catalogue = kit.repository, kit.repository.catalogue
    replica = next(iter(repository.replicas.stores))
    with catalogue.begin() as tx:
        for number in range(150):
            tx.record_version(a_version(number, 1))
            tx.save_copies([replace(a_copy(number, 1, state=CopyState.DAMAGED), replica=replica)])
    damaged = wanted(repository, "sync", DAY)
    lost = next(one for one in catalogue.copies(kit.aip) if one.replica == replica)
    with catalogue.begin() as tx:
        tx.save_copies([replace(lost, state=CopyState.PENDING)])

    assert replica not in damaged
    assert replica in wanted(repository, "sync", DAY)


def test_a_replica_that_is_drained_is_filled_by_nobody(kit: FixityKit) -> None:
    repository = kit.repository
    added = bootstrap.add_replica(repository, kit.home / "replicas" / "c", "c")
    drain_replica(repository.catalogue, repository.recorder, added)
    opened = repository.with_replicas()

    assert opened.replicas.records[added.id].state is ReplicaState.DRAINING
    assert wanted(opened, "sync", DAY) == []
    with pytest.raises(Conflict, match="drained"):
        do(opened, JobKind.SYNC, added.id)
    assert "c" not in do(opened, JobKind.SYNC)["replicas"]


def test_every_replica_that_is_here_is_compared(kit: FixityKit) -> None:
    assert wanted(kit.repository, "compare", NIGHT) == [None]
    assert do(kit.repository, JobKind.COMPARE) == {
        "replicas": {name: {"objects": 2, "unknown": 0, "absent": 0} for name in ("a", "b")},
        "away": {},
    }


def test_peers_are_asked_where_the_policy_names_any_and_one_without_token_is_named(kit: FixityKit) -> None:
    peer = Peer(name="university", challenge_url="https://x.example", token_file=str(kit.home / "none"))
    asking = ruled(kit.repository, peers={"university": peer})

    assert wanted(kit.repository, "ask peers", NIGHT) == []
    assert wanted(asking, "ask peers", NIGHT) == [None]
    assert "token" in do(asking, JobKind.ASK_PEERS)["peers"]["university"]["reason"]
    assert Policies().replication.peers == {}
