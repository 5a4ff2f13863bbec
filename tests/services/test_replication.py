"""Replication: a replica gets what it lacks, read back, from copies that agree with the ledger (CPP-011)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from preservation import bootstrap
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState, TransferStatus
from preservation.errors import DiskFull, ReplicaAway, Unavailable
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.replication import SyncReport
from preservation.settings import read_settings
from tests.drills.bitrot_home import command
from tests.services.fixity_kit import FaultyStore, FixityKit, Quiet, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path) as kit:
        yield kit


def test_cpp_011_a_new_replica_gets_every_aip_and_is_read_back(kit: FixityKit) -> None:
    """CPP-011, steps 1 to 9."""
    new = _add(kit)

    report = _sync(kit, new)

    assert (report.copied, report.failed) == (2, [])
    assert _tree(kit.home / "c") == _tree(kit.folder("a"))
    assert kit.copy(new.id).state is CopyState.INTACT
    event = [event for event in kit.events() if event.type is EventType.REPLICATION][-1]
    assert (event.outcome, event.detail["read_back"]) == (EventOutcome.SUCCESS, True)
    assert new.id in [one.id for one in event.objects]


def test_a_transfer_that_stayed_stored_is_preserved_with_the_version_that_came_after_it(kit: FixityKit) -> None:
    catalogue, aip = kit.repository.catalogue, kit.aip
    stored = [
        replace(one, status=TransferStatus.STORED, copies=3) for one in catalogue.transfers(None) if one.aip == aip
    ]
    with catalogue.begin() as tx:
        for one in stored:
            tx.save_transfer(one)

    _sync(kit, _add(kit))

    assert len(stored) == 3
    assert [one.status for one in catalogue.transfers(None) if one.aip == aip] == [TransferStatus.PRESERVED] * 3
    named = {one.id for event in kit.events() if event.detail.get("status") == "preserved" for one in event.objects}
    assert {one.id for one in stored} <= named


def test_syncing_twice_copies_nothing_more(kit: FixityKit) -> None:
    new = _add(kit)
    _sync(kit, new)

    assert _sync(kit, new) == SyncReport(0, 0, [])


def test_a_sync_that_may_begin_nothing_more_ends_with_what_it_has_begun(kit: FixityKit) -> None:
    new = _add(kit)
    answers = iter([True, False])

    first = _sync(kit, new, may_begin=lambda: next(answers))
    second = _sync(kit, new)

    assert (first.copied, second.copied) == (1, 1)
    assert _tree(kit.home / "c") == _tree(kit.folder("a"))


def test_a_source_with_other_bytes_is_passed_over(kit: FixityKit) -> None:
    for ending in ("first.txt", "third.bin"):
        damage(kit.content("a", ending))
    new = _add(kit)

    report = _sync(kit, new)

    assert (report.copied, report.failed) == (2, [])
    assert _tree(kit.home / "c") == _tree(kit.folder("b"))


def test_what_is_damaged_everywhere_is_not_copied_and_the_reason_is_recorded(kit: FixityKit) -> None:
    for name in ("a", "b"):
        damage(kit.content(name, "third.bin"))
    new = _add(kit)

    report = _sync(kit, new)

    assert (report.copied, [aip for aip, _ in report.failed]) == (1, [kit.aip])
    assert "third.bin" in report.failed[0][1]
    assert not (kit.home / "c" / kit.root).exists()
    assert kit.events()[-2].outcome is EventOutcome.FAILURE


def test_a_replica_that_is_two_versions_behind_gets_them_one_by_one(tmp_path: Path) -> None:
    with a_home(tmp_path, versions=1) as kit:
        new = _add(kit)
        _sync(kit, new)
        aip, home = kit.aip, kit.home
    (home / "c").rename(home / "away")
    for number in (2, 3):
        (tmp_path / "material" / f"added-{number}.txt").write_bytes(b"version %d" % number)
        command(home, "ingest", str(tmp_path / "material"), "--aip", aip)
    (home / "away").rename(home / "c")

    with bootstrap.writing(read_settings(home, {}), Quiet()) as repository:
        kit = FixityKit(home, repository, aip)
        report = _sync(kit, kit.stores[new.id])

        assert (report.copied, report.failed) == (1, [])
        assert _tree(home / "c") == _tree(kit.folder("a"))
        assert kit.copy(new.id).version == 3


def test_a_copy_that_was_found_damaged_is_not_called_intact_by_a_sync(kit: FixityKit) -> None:
    damage(kit.content("a", "first.txt"))
    with kit.repository.catalogue.begin() as tx:
        tx.save_copies([replace(kit.copy(kit.ids[0]), state=CopyState.DAMAGED)])

    report = _sync(kit, kit.stores[kit.ids[0]])

    assert (report.copied, len(report.failed)) == (0, 1)
    assert "fixity run" in report.failed[0][1]
    assert kit.copy(kit.ids[0]).state is CopyState.DAMAGED


def test_a_copy_that_was_made_but_not_recorded_is_read_and_recorded(kit: FixityKit) -> None:
    new = _add(kit)
    silent = replace(kit.repository.replication(), catalogue=cast("Catalogue", Unwritable(kit.repository.catalogue)))
    sources = [cast("ReplicaStore", one) for one in kit.stores.values()]
    with pytest.raises(Unavailable):
        silent.sync(cast("ReplicaStore", new), sources, Quiet())
    reads: list[str] = []

    def noted(real: Any, key: str) -> Any:
        reads.append(key)
        return real(key)

    new.calls["open_cold"] = noted
    report = _sync(kit, new)

    # The repository's own record is the other one.
    assert (report.copied, report.bytes) == (2, 0)
    assert any(key.endswith("third.bin") for key in reads)
    assert kit.copy(new.id).state is CopyState.INTACT


def test_a_replica_that_goes_away_ends_the_sync_with_one_message(kit: FixityKit) -> None:
    new = _add(kit)

    def refuses(_real: Any, *_arguments: Any) -> None:
        raise ReplicaAway("unplugged")

    new.calls |= {"begin_version": refuses, "check_identity": refuses}
    seen = len(kit.events())

    with pytest.raises(ReplicaAway):
        _sync(kit, new)

    assert [event.outcome for event in kit.events()[seen:]] == [EventOutcome.FAILURE]


@pytest.mark.parametrize("method", ["put", "seal"])
def test_a_full_replica_ends_the_sync_and_shows_nothing_half(kit: FixityKit, method: str) -> None:
    new = _add(kit)

    def full(_real: Any, *_arguments: Any) -> None:
        raise DiskFull("no space left")

    def begins(real: Any, *arguments: Any) -> Any:
        writer = FaultyStore(real(*arguments))
        writer.calls[method] = full
        return writer

    new.calls["begin_version"] = begins
    seen = len(kit.events())

    with pytest.raises(DiskFull):
        _sync(kit, new)

    assert [event.outcome for event in kit.events()[seen:]] == [EventOutcome.FAILURE]
    assert not (kit.home / "c" / kit.root).exists()
    assert not list((kit.home / "c" / "work").iterdir())


class Unwritable:
    """A catalogue that answers, and keeps nothing more."""

    def __init__(self, inner: Catalogue) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def begin(self) -> object:
        raise Unavailable("the database did not answer")


def _add(kit: FixityKit) -> FaultyStore:
    record = bootstrap.add_replica(kit.repository, kit.home / "c", "c")
    return FaultyStore(kit.repository.opener.open(record))


def _sync(kit: FixityKit, store: FaultyStore, **options: Any) -> SyncReport:
    sources = [cast("ReplicaStore", one) for one in kit.stores.values()]
    return kit.repository.replication().sync(cast("ReplicaStore", store), sources, Quiet(), **options)


def _tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for folder in ("ocfl", "repository")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }
