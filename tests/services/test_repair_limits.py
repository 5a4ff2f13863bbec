"""A failing disk is not repaired to death: beyond a limit repairs wait for a person, and finding out goes on."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation.bootstrap.watching import alarms
from preservation.domain.alarms import AlarmCode
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState, ReplicaState
from preservation.domain.policies import Policies
from preservation.domain.replication_policy import RepairLimits, ReplicationPolicy
from preservation.errors import WrongUse
from preservation.services.fixity import Fixity, Selection
from preservation.services.repair_limits import HELD_REASON, release_repairs
from tests.services.fixity_kit import FixityKit, Quiet, a_home, damage

ONE_A_DAY = Policies(replication=ReplicationPolicy(repair=RepairLimits(most_per_day=1, always=1)))


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def limited(kit: FixityKit) -> Fixity:
    return replace(kit.fixity(), policies=ONE_A_DAY)


def state(kit: FixityKit, replica: str) -> ReplicaState:
    return next(one.state for one in kit.repository.catalogue.replicas() if one.id == replica)


def test_beyond_the_limit_repairs_are_held_openly_and_go_on_when_somebody_has_looked(kit: FixityKit) -> None:
    a = kit.ids[0]
    path = kit.content("a", "third.bin")
    true = damage(path, b"first time")
    first = limited(kit).run(Selection.ALL, Quiet(), aip=kit.aip)
    damage(path, b"second time")
    seen = len(kit.events())

    second = limited(kit).run(Selection.ALL, Quiet(), aip=kit.aip)

    assert (first.damaged, first.repaired) == (1, 1)
    assert (second.damaged, second.repaired) == (1, 0)
    assert [reason for _, _, reason in second.unrepaired] == [HELD_REASON]
    assert path.read_bytes() == b"second time"
    assert state(kit, a) is ReplicaState.HELD
    told = [(one.type, one.outcome, one.detail.get("act")) for one in kit.events()[seen:]]
    assert (EventType.MODIFICATION, EventOutcome.WARNING, "repairs held") in told
    # What was found is on record, though nothing was done about it.
    assert kit.copy(a).state is CopyState.DAMAGED
    assert AlarmCode.REPAIRS_HELD in {one.alarm.code for one in alarms(kit.repository).look().on}

    record = next(one for one in kit.repository.catalogue.replicas() if one.id == a)
    release_repairs(kit.repository.catalogue, kit.repository.recorder, record, kit.repository.clock.now())
    third = limited(kit).run(Selection.ALL, Quiet(), aip=kit.aip)

    assert (third.damaged, third.repaired) == (1, 1)
    assert path.read_bytes() == true
    assert state(kit, a) is ReplicaState.ACTIVE
    assert AlarmCode.REPAIRS_HELD not in {one.alarm.code for one in alarms(kit.repository).look().on}


def test_on_a_held_replica_nothing_is_brought_that_was_found_missing(kit: FixityKit) -> None:
    a = kit.ids[0]
    record = next(one for one in kit.repository.catalogue.replicas() if one.id == a)
    with kit.repository.catalogue.begin() as tx:
        tx.save_replica(replace(record, state=ReplicaState.HELD))
        tx.save_copies([replace(kit.copy(a), state=CopyState.MISSING)])
    stores = list(kit.repository.replicas.stores.values())

    report = kit.repository.replication().sync(stores[0], stores, Quiet())

    assert (report.copied, report.failed) == (0, [])
    assert kit.copy(a).state is CopyState.MISSING


def test_only_what_is_held_can_be_released(kit: FixityKit) -> None:
    record = kit.repository.catalogue.replicas()[0]

    with pytest.raises(WrongUse, match="not held"):
        release_repairs(kit.repository.catalogue, kit.repository.recorder, record, kit.repository.clock.now())


def test_where_inventory_and_ledger_disagree_nothing_is_repaired_and_a_person_is_called(kit: FixityKit) -> None:
    """CPP-004, step 2: two inventories that agree with each other are no majority against the ledger."""
    before = {}
    for name in ("a", "b"):
        for path in ("inventory.json", "v1/inventory.json"):
            file = kit.path(name, path)
            before[file] = damage(file, file.read_bytes().replace(b'"head"', b'"Head"'))
    changed = {file: file.read_bytes() for file in before}

    report = kit.run()

    assert report.repaired == 0
    assert {file: file.read_bytes() for file in before} == changed
    assert not kit.kept("a")
    assert not kit.kept("b")
    on = {one.alarm.code: one.alarm for one in alarms(kit.repository).look().on}
    assert on[AlarmCode.INVENTORY_DISPUTED].values["aips"] == kit.aip

    for file, data in before.items():
        file.write_bytes(data)
    assert kit.run().intact == 2
    assert AlarmCode.INVENTORY_DISPUTED not in {one.alarm.code for one in alarms(kit.repository).look().on}
