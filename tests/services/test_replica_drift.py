"""A replica and the catalogue are held against each other, both ways, and one that is not there is told nothing of."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from preservation.bootstrap.watching import alarms, service_watch
from preservation.domain.alarms import AlarmCode
from preservation.domain.copies_seen import Drift
from preservation.domain.events import EventType
from preservation.domain.holdings import CopyState
from preservation.errors import ReplicaAway
from preservation.services.copy_standing import aip_standing, aips_below, counted_now, standing
from preservation.services.fault_log import read_faults, update_faults
from preservation.services.loss_figures import model_losses
from preservation.services.quarantine_keeping import kept_aside
from preservation.services.replica_drift import last_drift, look_for_drift
from preservation.services.replica_report import replica_report
from tests.service_kit import SetClock
from tests.services.fixity_kit import FixityKit, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def look(kit: FixityKit, at: int = 0) -> Drift:
    repository, replica = kit.repository, kit.ids[at]
    record, store = repository.replicas.records[replica], repository.replicas.stores[replica]
    return look_for_drift(
        repository.catalogue, repository.locations, repository.recorder, repository.clock, record, store
    )


def on(kit: FixityKit) -> set[AlarmCode]:
    return {one.alarm.code for one in alarms(kit.repository).look().on}


def test_a_replica_that_agrees_is_no_news(kit: FixityKit) -> None:
    before = len(kit.events())

    found = look(kit)

    assert (found.objects, found.unknown, found.absent) == (2, 0, 0)
    assert last_drift(kit.repository.catalogue, kit.ids[0]) == found
    assert len(kit.events()) == before
    assert AlarmCode.REPLICA_DRIFT not in on(kit)


def test_an_object_that_is_gone_and_one_that_nobody_knows_are_told_until_they_are_right(kit: FixityKit) -> None:
    folder = kit.folder("a") / kit.root
    stranger = kit.folder("a") / "ocfl" / "fff" / "fff" / "fff" / ("f" * 64)
    stranger.parent.mkdir(parents=True)
    shutil.copytree(folder, stranger)
    shutil.move(folder, kit.home / "gone")

    found = look(kit)

    assert (found.unknown, found.absent) == (1, 1)
    (event,) = [one for one in kit.events() if one.detail.get("act") == "listing compared"]
    # A listing reads nothing: it says that something exists, and never that it is intact.
    assert (event.type, event.detail["method"]) == (EventType.FIXITY_CHECK, "C")
    assert kit.copy(kit.ids[0]).state is CopyState.INTACT
    assert AlarmCode.REPLICA_DRIFT in on(kit)
    shutil.move(kit.home / "gone", folder)
    shutil.rmtree(stranger)
    assert (look(kit).unknown, look(kit).absent) == (0, 0)
    assert AlarmCode.REPLICA_DRIFT not in on(kit)


def test_an_empty_mount_point_is_away_and_nothing_is_said_of_its_copies(kit: FixityKit) -> None:
    shutil.move(kit.folder("a"), kit.home / "unmounted")
    kit.folder("a").mkdir()

    with pytest.raises(ReplicaAway):
        look(kit)

    assert last_drift(kit.repository.catalogue, kit.ids[0]) is None
    kit.folder("a").rmdir()
    shutil.move(kit.home / "unmounted", kit.folder("a"))


def test_the_standing_of_a_home_is_shown_in_whole_and_by_aip(kit: FixityKit) -> None:
    repository, now = kit.repository, kit.repository.clock.now()
    policies = repository.policies
    strict = replace(
        policies,
        replication=replace(policies.replication, rule=policies.replication.rule.changed({"copies": 3, "regions": 2})),
    )
    holdings = counted_now(repository.catalogue, policies, now)

    well, short = (standing(repository.catalogue, one, holdings, now) for one in (policies, strict))
    single = aip_standing(repository.catalogue, strict, kit.aip)

    assert (well.aips, well.aips_below, well.storage, well.integrity, well.circular.is_kept) == (2, 0, 1, 4, True)
    assert short.aips_below == 2
    assert single is not None
    assert single.gap.named() == {"copies": 1, "regions": 1}
    assert (single.plan.replicas, single.plan.remaining) == ([], single.gap)
    assert kit.aip in [aip for aip, _ in aips_below(repository.catalogue, strict, limit=10)]
    assert aips_below(repository.catalogue, policies, limit=10) == []


def test_a_fault_is_counted_once_with_how_long_it_may_have_been_there_and_when_it_was_mended(kit: FixityKit) -> None:
    catalogue = kit.repository.catalogue
    damage(kit.content("a", "third.bin"), b"rotten")
    damage(kit.content("b", "third.bin"), b"rotten too")
    kit.run()
    kit.run()
    lost = update_faults(catalogue, kit.repository.clock.now())
    counts = [(lost[one].faults, lost[one].detected, lost[one].mended) for one in kit.ids]

    kit.content("a", "third.bin").write_bytes(bytes(range(256)) * 12_000)
    report = kit.run()
    mended = update_faults(catalogue, kit.repository.clock.now())

    assert counts == [(1, 1, 0), (1, 1, 0)]
    assert report.repaired == 1
    assert [(mended[one].faults, mended[one].mended) for one in kit.ids] == [(1, 1), (1, 1)]
    assert read_faults(catalogue) == mended
    holdings = counted_now(catalogue, kit.repository.policies, kit.repository.clock.now())
    model = model_losses(catalogue, kit.repository.policies, holdings, mended)
    assert {rate.faults for rate in model.rates.values()} == {1}
    assert model.is_rough


def test_a_report_says_what_a_replica_lacks_and_quarantine_says_until_when_it_is_kept(kit: FixityKit) -> None:
    repository, now = kit.repository, kit.repository.clock.now()
    damage(kit.content("a", "third.bin"), b"rotten")
    kit.run()
    with repository.catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(kit.ids[1]), state=CopyState.MISSING)])
    record = repository.replicas.records[kit.ids[1]]

    report = replica_report(repository.catalogue, repository.policies, record, is_here=True, now=now)
    (kept,) = kept_aside(repository.catalogue, repository.policies, repository.replicas.stores[kit.ids[0]])

    assert (report.bring.aips, report.is_here, report.due, report.most_repairs) == (1, True, None, 50)
    assert report.bring.bytes > 3_000_000
    assert (kept.files, kept.bytes) == (1, 6)
    assert kept.since is not None
    assert kept.until is not None
    assert (kept.until - kept.since).days == 365
    assert not kept.is_past(now)


def test_an_offline_replica_that_is_away_is_no_fault_until_its_date_has_passed(kit: FixityKit) -> None:
    policy = kit.home / "policies" / "replication.toml"
    policy.write_text(policy.read_text() + '\n[replicas.b]\npresence = "offline"\nreport_days = 30\n')
    shutil.move(kit.folder("b"), kit.home / "in the safe")
    repository = kit.repository.with_replicas()
    watch = service_watch(repository)
    now = repository.clock.now()
    watch.observed()
    since = repository.catalogue.figure_table().known_away()
    later = replace(watch, clock=SetClock(now + timedelta(days=365)))

    seen, overdue = watch.copies_seen(), later.copies_seen()

    assert list(since) == [kit.ids[1]]
    # It is not among those that alarms call away, however long it stays.
    assert later.observed().away_since == {}
    assert (dict(seen.overdue), list(overdue.overdue)) == ({}, ["b"])
    record = repository.replicas.records[kit.ids[1]]
    report = replica_report(repository.catalogue, repository.policies, record, is_here=False, now=now)
    assert report.due is not None
    assert (report.due - since[kit.ids[1]]).days == 30
    shutil.move(kit.home / "in the safe", kit.folder("b"))
