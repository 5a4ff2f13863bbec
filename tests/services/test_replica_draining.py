"""A replica leaves by being drained, then retired, and nothing falls below the policy by it quietly."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.events import EventType
from preservation.domain.holdings import CopyState, ReplicaRecord, ReplicaState
from preservation.errors import Conflict, WrongUse
from preservation.services.replica_changes import drain_replica, keep_replica, retire_replica
from preservation.services.replica_set import open_replicas
from tests.services.fixity_kit import FixityKit, Quiet, a_home


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def record(kit: FixityKit, name: str) -> ReplicaRecord:
    return next(one for one in kit.repository.catalogue.replicas() if one.name == name)


def retire(kit: FixityKit, name: str, *, accept_gap: bool = False) -> None:
    repository = kit.repository
    retire_replica(
        repository.catalogue, repository.recorder, repository.policies, record(kit, name), accept_gap=accept_gap
    )


def test_a_drained_replica_gets_nothing_new_and_is_retired_when_others_hold_everything(kit: FixityKit) -> None:
    repository = kit.repository
    drain_replica(repository.catalogue, repository.recorder, record(kit, "a"))
    set_now = open_replicas(repository.catalogue, repository.opener)
    a, b = kit.ids

    assert (list(set_now.writable), set_now.expected) == ([b], [b])
    assert list(set_now.stores) == [a, b]
    with pytest.raises(WrongUse, match="short of the replication policy"):
        retire(kit, "a")

    third = bootstrap.add_replica(repository, kit.home / "replicas" / "c", "c")
    opened = repository.with_replicas()
    stores = list(opened.replicas.stores.values())
    report = opened.replication().sync(opened.replicas.stores[third.id], stores, Quiet())
    retire(kit, "a")

    assert report.copied == 2
    assert record(kit, "a").state is ReplicaState.RETIRED
    told = [one.detail["act"] for one in kit.events() if one.type in (EventType.MODIFICATION, EventType.DEACCESSION)]
    assert told[-2:] == ["replica draining", "replica retired"]


def test_a_gap_may_be_accepted_and_is_in_the_event_but_the_last_copy_is_never_given_up(kit: FixityKit) -> None:
    with kit.repository.catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(kit.ids[1]), state=CopyState.DAMAGED)])
    with pytest.raises(WrongUse, match="no intact copy"):
        retire(kit, "a", accept_gap=True)
    with kit.repository.catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(kit.ids[1]), state=CopyState.INTACT)])

    retire(kit, "a", accept_gap=True)

    (event,) = [one for one in kit.events() if one.type is EventType.DEACCESSION]
    assert event.detail == {"act": "replica retired", "below_policy": 2}


def test_an_empty_replica_is_retired_however_short_everything_is(kit: FixityKit) -> None:
    bootstrap.add_replica(kit.repository, kit.home / "replicas" / "c", "c")
    with kit.repository.catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(kit.ids[1]), state=CopyState.MISSING)])

    retire(kit, "c")

    assert record(kit, "c").state is ReplicaState.RETIRED


def test_draining_is_taken_back_and_the_only_replica_is_not_drained(kit: FixityKit) -> None:
    catalogue, recorder = kit.repository.catalogue, kit.repository.recorder
    drained = drain_replica(catalogue, recorder, record(kit, "a"))

    with pytest.raises(WrongUse, match="only replica"):
        drain_replica(catalogue, recorder, record(kit, "b"))
    with pytest.raises(WrongUse, match="already"):
        drain_replica(catalogue, recorder, drained)
    assert keep_replica(catalogue, recorder, drained).state is ReplicaState.ACTIVE
    with pytest.raises(WrongUse, match="not being drained"):
        keep_replica(catalogue, recorder, record(kit, "b"))


def test_a_replica_on_which_repairs_are_held_is_not_drained_before_somebody_has_looked(kit: FixityKit) -> None:
    catalogue, recorder = kit.repository.catalogue, kit.repository.recorder
    held = replace(record(kit, "a"), state=ReplicaState.HELD)
    with catalogue.begin() as tx:
        tx.save_replica(held)

    with pytest.raises(WrongUse, match="held"):
        drain_replica(catalogue, recorder, held)

    assert record(kit, "a").state is ReplicaState.HELD


def test_what_was_decided_about_a_replica_meanwhile_is_not_overwritten(kit: FixityKit) -> None:
    catalogue, recorder = kit.repository.catalogue, kit.repository.recorder
    seen_before = record(kit, "a")
    retire(kit, "a", accept_gap=True)

    with pytest.raises(Conflict, match="not active any more"):
        drain_replica(catalogue, recorder, seen_before)
    with pytest.raises(Conflict), catalogue.begin() as tx:
        tx.save_replica(replace(seen_before, state=ReplicaState.HELD), was=ReplicaState.ACTIVE)

    assert record(kit, "a").state is ReplicaState.RETIRED
