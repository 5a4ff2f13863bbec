"""What recovery does where a replica gives no answer: it neither fails what may be kept, nor keeps everybody else waiting."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.bootstrap.joining import Repository
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.errors import Superseded, Unavailable
from preservation.services.ingest import IngestRequest, IngestResult
from preservation.services.replica_set import ReplicaSet
from preservation.settings import read_settings
from tests.forks import in_a_fork
from tests.homes import Quiet, TestHome, assert_sound, make_home, originals
from tests.interleaving import NoLocks
from tests.package_builders import write_files
from tests.services.test_ingest_crashes import Fuse, ingest_with_fuse, with_fuse

FIRST = {"a.txt": b"a", "b.bin": b"b" * 5000}
SECOND = {"a.txt": b"changed", "c.txt": b"c"}
HELD_BY_A, HELD_BY_NONE = Fuse("commit", 1, "after"), Fuse("commit", 1, "before")
RUNNING, FAILED = TransferStatus.RUNNING, TransferStatus.FAILED
STORED, PRESERVED = TransferStatus.STORED, TransferStatus.PRESERVED


class Store:
    """A store, some of whose calls are replaced: by their names, with what is called first and given the real one."""

    def __init__(self, inner: Any, **calls: Callable[..., Any]) -> None:
        self._inner, self._calls = inner, calls

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._inner, name)
        call = self._calls.get(name)
        return real if call is None else lambda *arguments: call(real, *arguments)


def silent(_real: Any, *_arguments: Any) -> Any:
    raise Unavailable("it does not answer")


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


@contextmanager
def opened(home: TestHome) -> Iterator[Repository]:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        yield repository


def id_of(repository: Repository, name: str) -> str:
    return next(one.id for one in repository.replicas.records.values() if one.name == name)


def with_store(repository: Repository, name: str, **calls: Callable[..., Any]) -> Repository:
    """The same repository, with some calls of one replica replaced."""
    replica, known = id_of(repository, name), repository.replicas
    stores = {key: Store(store, **calls) if key == replica else store for key, store in known.stores.items()}
    return changed(repository, replicas=ReplicaSet(stores, known.away, known.records))


def changed(repository: Repository, **values: Any) -> Repository:
    return Repository(**{**{one.name: getattr(repository, one.name) for one in fields(repository)}, **values})


def killed(home: TestHome, tmp_path: Path, fuse: Fuse, aip: str | None = None) -> Transfer:
    """What an ingest leaves that is killed at a step."""
    package = write_files(tmp_path / "killed", SECOND)
    in_a_fork(lambda: ingest_with_fuse(home, package, Fuse(fuse.step, fuse.count, fuse.moment), aip))
    return last(home)


def last(home: TestHome) -> Transfer:
    with home.catalogue() as catalogue:
        return max(catalogue.transfers(), key=lambda one: one.id)


def take_in(repository: Repository, package: Path, *, transfer: str | None = None, aip: str | None = None) -> Any:
    place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
    with closing(open_package(package, repository.home.staging, repository.policies.ingest.limits)) as reader:
        return repository.ingest(None).take_in(IngestRequest(reader, place, aip=aip, transfer=transfer), Quiet())


def test_a_replica_that_cannot_be_read_now_is_not_taken_for_one_that_lacks_the_version(
    home: TestHome, tmp_path: Path
) -> None:
    killed(home, tmp_path, HELD_BY_A)

    with opened(home) as repository:
        (recovered,) = with_store(repository, "a", read=silent).recovery().recover()
        meanwhile = last(home).status
        (again,) = repository.recovery().recover()

    assert (recovered.status, meanwhile, [*recovered.in_doubt]) == (RUNNING, RUNNING, [id_of(repository, "a")])
    assert (again.status, last(home).status) == (STORED, STORED)


def test_a_replica_that_cannot_be_fenced_keeps_its_transfer_waiting_and_nothing_else(
    home: TestHome, tmp_path: Path
) -> None:
    """As one that is mounted read-only here, while another host may write to it."""
    killed(home, tmp_path, HELD_BY_NONE)

    with opened(home) as repository:
        (recovered,) = with_store(repository, "b", fence=silent).recovery().recover()
        meanwhile = last(home).status
        repository.recovery().recover()

    assert (recovered.status, meanwhile, last(home).status) == (RUNNING, RUNNING, FAILED)


def test_what_another_replica_holds_is_recorded_without_the_one_that_cannot_be_fenced(
    home: TestHome, tmp_path: Path
) -> None:
    killed(home, tmp_path, Fuse("commit", 2, "after"))

    with opened(home) as repository:
        (recovered,) = with_store(repository, "a", fence=silent).recovery().recover()
    synced = home.run("replica", "sync")

    assert (recovered.status, synced.status, last(home).status) == (STORED, 0, PRESERVED)
    assert_sound(home)


def test_a_version_whose_documents_are_damaged_on_one_replica_is_recorded_from_another(
    home: TestHome, tmp_path: Path
) -> None:
    transfer = killed(home, tmp_path, Fuse("commit", 2, "after"))
    assert transfer.aip is not None
    with opened(home) as repository:
        root = repository.locations.object_root(transfer.aip)
    (home.replica("a") / root / "inventory.json").write_bytes(b"damaged")

    with opened(home) as repository:
        (recovered,) = repository.recovery().recover()
    fixed = home.run("fixity", "run", "--all").json

    assert recovered.status is PRESERVED
    assert (fixed["damaged"], fixed["repaired"]) == (1, 1)
    assert_sound(home)


def test_a_version_that_only_a_damaged_copy_holds_is_neither_failed_nor_made_anew(
    home: TestHome, tmp_path: Path
) -> None:
    transfer = killed(home, tmp_path, HELD_BY_A)
    assert transfer.aip is not None
    with opened(home) as repository:
        inventory = home.replica("a") / repository.locations.object_root(transfer.aip) / "inventory.json"
    right = inventory.read_bytes()
    inventory.write_bytes(b"damaged")

    others = home.run("ingest", write_files(tmp_path / "other", FIRST))
    with opened(home) as repository, pytest.raises(Unavailable, match="waits"):
        take_in(repository, tmp_path / "killed", transfer=transfer.id)
    inventory.write_bytes(right)
    home.run("replica", "sync")

    assert others.json[0]["status"] == "preserved"
    assert [one.status for one in home.transfers() if one.id == transfer.id] == [PRESERVED]
    assert_sound(home)


def test_a_replica_that_was_added_since_we_looked_may_hold_it(home: TestHome, tmp_path: Path) -> None:
    killed(home, tmp_path, HELD_BY_NONE)

    with opened(home) as repository:
        with opened(home) as other:
            added = bootstrap.add_replica(other, tmp_path / "c", "c")
        (recovered,) = repository.recovery().recover()
        (again,) = repository.with_replicas().recovery().recover()

    assert (recovered.status, [*recovered.in_doubt]) == (RUNNING, [added.id])
    assert again.status is FAILED


def test_attempts_are_not_counted_while_everybody_waits_for_a_replica(home: TestHome, tmp_path: Path) -> None:
    before = killed(home, tmp_path, HELD_BY_A)
    home.replica("a").rename(tmp_path / "a")

    for _ in range(3):
        home.run("replica", "sync")
    waiting = last(home)
    (tmp_path / "a").rename(home.replica("a"))
    home.run("replica", "sync")

    assert (waiting.status, waiting.attempt) == (RUNNING, before.attempt)
    assert last(home).status is PRESERVED


def test_a_package_that_cannot_be_opened_any_more_does_not_fail_what_is_kept(home: TestHome, tmp_path: Path) -> None:
    transfer = killed(home, tmp_path, HELD_BY_A)

    with opened(home) as repository:
        place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        result: IngestResult = repository.ingest(None).could_not_open(
            "gone", place, OSError("it is gone"), transfer=transfer.id
        )
    home.run("replica", "sync")

    assert (result.status, result.aip) == (STORED, transfer.aip)
    assert last(home).status is PRESERVED
    assert_sound(home)


@pytest.mark.parametrize(("fuse", "before"), [(HELD_BY_NONE, FAILED), (Fuse("commit", 2, "after"), PRESERVED)])
def test_a_version_follows_at_once_on_one_whose_command_was_killed(
    fuse: Fuse, before: TransferStatus, home: TestHome, tmp_path: Path
) -> None:
    """Beside a service no command comes by for long that would see to it."""
    aip = home.preserved(write_files(tmp_path / "first", FIRST))
    transfer = killed(home, tmp_path, fuse, aip)

    with opened(home) as repository:
        result = take_in(repository, tmp_path / "first", aip=aip)
    # Clears away what the killed one left in `work`.
    home.run("replica", "sync")

    assert (result.status, result.version) == (PRESERVED, 3 if before is PRESERVED else 2)
    assert [one.status for one in home.transfers() if one.id == transfer.id] == [before]
    assert originals(home.object(aip)) == FIRST
    assert_sound(home)


def test_a_version_that_is_recorded_while_it_is_taken_over_is_not_taken_over(home: TestHome, tmp_path: Path) -> None:
    """By a process that has lost its lock without knowing it, and is just done."""
    seen = killed(home, tmp_path, HELD_BY_A)
    with opened(home) as repository:
        repository.recovery().recover()

        # As whoever looked at it a moment before would.
        with pytest.raises(Superseded):
            repository.recovery().take_over(seen)

    assert last(home).status is STORED


def test_the_record_follows_an_interrupted_version_of_itself_only_when_that_is_known(
    home: TestHome, tmp_path: Path
) -> None:
    policy = home.root / "policies" / "fixity.toml"
    policy.write_text(policy.read_text() + "# changed\n")

    def die() -> None:
        with opened(home) as repository:
            with_fuse(repository.with_policies(), Fuse("commit", 1, "after")).save_record(Quiet())

    in_a_fork(die)
    home.replica("a").rename(tmp_path / "a")
    with opened(home) as repository, pytest.raises(Unavailable, match="interrupted"):
        repository.save_record(Quiet())
    (tmp_path / "a").rename(home.replica("a"))
    (home.root / "policies" / "replication.toml").write_text("copies = 2\n")
    with opened(home) as repository:
        saved = repository.save_record(Quiet())
    synced = home.run("replica", "sync")

    assert (saved, synced.status) == (True, 0)
    interrupted, followed = [one for one in home.transfers() if (one.version or 0) > 2][-2:]
    assert interrupted.version == (followed.version or 0) - 1
    # A copy of the later version holds the earlier one.
    assert (interrupted.status, followed.status) == (PRESERVED, PRESERVED)
    assert_sound(home)


def test_a_process_that_was_taken_for_dead_makes_no_version_of_the_record(home: TestHome) -> None:
    before = home.copies()
    policy = home.root / "policies" / "fixity.toml"
    policy.write_text(policy.read_text() + "# changed\n")
    others: list[TransferStatus] = []

    def take_over(real: Any, *arguments: Any) -> Any:
        if not others:
            with opened(home) as other:
                others.extend(one.status for one in changed(other, locks=NoLocks()).recovery().recover())
        return real(*arguments)

    with opened(home) as repository:
        slow = with_store(repository, "a", begin_version=take_over)
        with pytest.raises(Superseded):
            changed(slow, locks=NoLocks()).save_record(Quiet())
        after = home.copies()
        saved = repository.save_record(Quiet())
        bootstrap.publish(repository)

    assert others == [FAILED]
    assert before == after
    assert saved
    ended = [one for one in home.events(EventType.INGESTION) if one.detail.get("error") == "Interrupted"]
    assert [one.outcome for one in ended] == [EventOutcome.FAILURE]
    assert_sound(home)
