"""An ingest that is killed at any step leaves the old state or the new one, and the next command says which (DESIGN, promise 1).

The steps are calls of ports: the process ends, without any clean-up, before or after the n-th call of one. Every system call in
between is the crash drill's to try.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, replace
from io import RawIOBase
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.bootstrap.joining import Repository
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import SubmissionMode, TransferStatus
from preservation.errors import Unavailable
from preservation.ports import CatalogueTransaction, ReplicaStore, Sink, VersionWriter
from preservation.services.ingest import IngestRequest
from preservation.services.replica_set import ReplicaSet
from preservation.settings import read_settings
from tests.forks import in_a_fork
from tests.homes import Quiet, TestHome, assert_sound, assert_valid_object, make_home, originals, preservation
from tests.package_builders import write_files

KILLED = 86
FIRST = {"a.txt": b"a", "b.bin": b"b" * 5000}
SECOND = {"a.txt": b"changed", "c.txt": b"c"}


@dataclass(slots=True)
class Fuse:
    """Ends the process at a step: ("commit", 1, "after") is after the first commit."""

    step: str
    count: int
    moment: str
    seen: int = 0

    @contextmanager
    def around(self, step: str) -> Iterator[None]:
        self._burn(step, "before")
        yield
        self._burn(step, "after")

    def _burn(self, step: str, moment: str) -> None:
        if (step, moment) == (self.step, self.moment):
            self.seen += 1
            if self.seen == self.count:
                os._exit(KILLED)


class Writer:
    """A version writer with a fuse."""

    def __init__(self, inner: VersionWriter, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def local_path(self, path: str) -> str | None:
        return self._inner.local_path(path)

    def put(self, path: str, data: bytes | memoryview) -> None:
        with self._fuse.around("put"):
            self._inner.put(path, data)

    def create(self, path: str) -> Sink:
        with self._fuse.around("create"):
            return self._inner.create(path)

    def discard(self, path: str) -> None:
        with self._fuse.around("discard"):
            self._inner.discard(path)

    def flush(self) -> None:
        self._inner.flush()

    def seal(self) -> None:
        with self._fuse.around("seal"):
            self._inner.seal()

    def open_sealed(self, path: str) -> RawIOBase:
        with self._fuse.around("read back"):
            return self._inner.open_sealed(path)

    def commit(self) -> None:
        with self._fuse.around("commit"):
            self._inner.commit()

    def abort(self) -> None:
        self._inner.abort()


class Store:
    """A replica store with a fuse in its writers and its ledger."""

    def __init__(self, inner: ReplicaStore, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def begin_version(self, tx: str, object_root: str, version: int, base: str | None) -> Writer:
        with self._fuse.around("begin"):
            return Writer(self._inner.begin_version(tx, object_root, version, base), self._fuse)


class Catalogue:
    """A catalogue with a fuse around each transaction: "before" is before its commit."""

    def __init__(self, inner: object, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def begin(self) -> AbstractContextManager[CatalogueTransaction]:
        @contextmanager
        def transaction() -> Iterator[CatalogueTransaction]:
            with self._inner.begin() as tx:  # type: ignore[attr-defined]
                yield tx
                self._fuse._burn("record", "before")
            self._fuse._burn("record", "after")

        return transaction()


def with_fuse(repository: Repository, fuse: Fuse) -> Repository:
    """The same repository, its replicas and its catalogue fused."""
    stores = {key: Store(store, fuse) for key, store in repository.replicas.stores.items()}
    replicas = ReplicaSet(stores, repository.replicas.away, repository.replicas.records)  # type: ignore[arg-type]
    values = {one.name: getattr(repository, one.name) for one in fields(repository)}
    values |= {"replicas": replicas, "catalogue": Catalogue(repository.catalogue, fuse)}
    return Repository(**values)


def ingest_with_fuse(home: TestHome, package: Path, fuse: Fuse, aip: str | None) -> str:
    """What `preservation ingest` does, over fused ports."""
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        reader = open_package(package, repository.home.staging, repository.policies.ingest.limits)
        service = with_fuse(repository, fuse).ingest(None)
        result = service.take_in(IngestRequest(reader, place, None, aip, SubmissionMode.REPLACEMENT), Quiet())
        reader.close()
        return result.status.value


# (step, which call of it, before or after), and what must have come of the transfer once it is recovered.
FAILED, PRESERVED, STORED = TransferStatus.FAILED, TransferStatus.PRESERVED, TransferStatus.STORED
POINTS: Sequence[tuple[str, int, str, TransferStatus | None]] = [
    ("record", 1, "before", None),  # not accepted: nobody knows of it
    ("record", 1, "after", FAILED),
    ("begin", 1, "before", FAILED),
    ("begin", 1, "after", FAILED),
    ("begin", 2, "after", FAILED),
    ("put", 1, "before", FAILED),
    ("put", 2, "after", FAILED),
    ("put", 3, "after", FAILED),
    ("create", 1, "after", FAILED),
    ("create", 4, "before", FAILED),
    ("seal", 1, "before", FAILED),
    ("seal", 1, "after", FAILED),
    ("seal", 2, "after", FAILED),
    ("read back", 1, "before", FAILED),
    ("read back", 9, "after", FAILED),
    ("commit", 1, "before", FAILED),
    ("commit", 1, "after", STORED),
    ("commit", 2, "before", STORED),
    ("commit", 2, "after", PRESERVED),
    ("record", 2, "before", PRESERVED),
    ("record", 2, "after", PRESERVED),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("crashes") / "home")


@pytest.mark.parametrize("updates", [False, True], ids=["a new AIP", "a new version"])
@pytest.mark.parametrize("point", POINTS, ids=lambda point: " ".join(str(part) for part in point[:3]))
def test_killed_at_a_step_the_next_command_finishes_or_undoes(
    point: tuple[str, int, str, TransferStatus | None], updates: bool, home: TestHome, tmp_path: Path
) -> None:
    """CPP-029 step 12: an AIP is there whole, or not at all."""
    step, count, moment, expected = point
    aip = home.preserved(write_files(tmp_path / "first", FIRST)) if updates else None
    package = write_files(tmp_path / "second", SECOND)
    known = {one.id for one in home.transfers()}
    fuse = Fuse(step, count, moment)

    ended = in_a_fork(lambda: ingest_with_fuse(home, package, fuse, aip))
    recovered = home.run("replica", "sync")

    assert ended == KILLED
    assert recovered.status == 0, recovered
    new = [one for one in home.transfers() if one.id not in known]
    # What only one replica had when it was recovered is brought to the other by the same command.
    final = PRESERVED if expected is STORED else expected
    assert [one.status for one in new] == ([final] if final else [])
    for transfer in new:
        assert_told_once(home, transfer.id, is_kept=final is PRESERVED)
        if final is PRESERVED:
            assert transfer.aip is not None
            for replica in ("a", "b"):
                folder = home.object(transfer.aip, replica)
                assert originals(folder) == SECOND
                assert_valid_object(folder)
    if aip is not None:
        assert originals(home.object(aip), 1) == FIRST
        assert home.show(aip)["head"] == (2 if final is PRESERVED else 1)
    for replica in ("a", "b"):
        assert list((home.replica(replica) / "work").iterdir()) == []
    verified = home.run("audit", "verify")
    assert (verified.status, verified.json["problems"]) == (0, []), verified


def test_after_all_those_crashes_the_storage_roots_are_valid(home: TestHome) -> None:
    assert_sound(home)


def assert_told_once(home: TestHome, transfer: str, *, is_kept: bool) -> None:
    """One ingestion event, with the true outcome, and no event twice."""
    events = [event for event in home.events() if any(linked.id == transfer for linked in event.objects)]
    ingestions = [event.outcome for event in events if event.type is EventType.INGESTION]
    assert ingestions == [EventOutcome.SUCCESS if is_kept else EventOutcome.FAILURE]
    assert len({event.id for event in events}) == len(events)
    if is_kept:
        assert [event.type for event in events].count(EventType.VALIDATION) == 1


def test_a_second_crash_during_recovery_changes_nothing(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", FIRST)
    in_a_fork(lambda: ingest_with_fuse(home, package, Fuse("commit", 1, "after"), None))

    def recover_and_die() -> None:
        settings = read_settings(home.root, {})
        with bootstrap.reading(settings) as repository:
            with_fuse(repository, Fuse("record", 1, "before")).recovery().recover()

    ended = in_a_fork(recover_and_die)
    recovered = home.run("replica", "sync")

    assert (ended, recovered.status) == (KILLED, 0)
    last = home.transfers()[-1]
    assert last.status is PRESERVED
    assert_told_once(home, last.id, is_kept=True)
    assert_sound(home)


def test_a_replica_that_is_away_keeps_an_interrupted_transfer_open_until_it_is_back(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    package = write_files(tmp_path / "p", FIRST)
    in_a_fork(lambda: ingest_with_fuse(home, package, Fuse("commit", 1, "after"), None))
    home.replica("a").rename(tmp_path / "a")  # the one that has it

    without = home.run("replica", "sync")
    meanwhile = home.transfers()[-1].status
    (tmp_path / "a").rename(home.replica("a"))
    after = home.run("replica", "sync")

    assert (without.status, meanwhile) == (3, TransferStatus.RUNNING)
    assert (after.status, home.transfers()[-1].status) == (0, PRESERVED)
    assert_sound(home)


def test_a_new_version_waits_for_an_interrupted_one_whose_replica_is_away(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "first", FIRST))
    second = write_files(tmp_path / "second", SECOND)
    in_a_fork(lambda: ingest_with_fuse(home, second, Fuse("commit", 1, "after"), aip))
    home.replica("a").rename(tmp_path / "a")

    refused = home.run("ingest", second, "--aip", aip)
    (tmp_path / "a").rename(home.replica("a"))
    home.run("replica", "sync")
    taken = home.run("ingest", tmp_path / "first", "--aip", aip)

    assert refused.status == 3
    assert "interrupted" in refused.json["message"]
    assert (taken.status, taken.json[0]["version"]) == (0, 3)
    assert originals(home.object(aip, "b"), 2) == SECOND
    assert_sound(home)


def test_a_database_that_fails_after_the_commit_leaves_it_to_recovery(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    package = write_files(tmp_path / "p", FIRST)
    settings = read_settings(home.root, {})

    with bootstrap.writing(settings, Quiet()) as repository:
        place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        reader = open_package(package, repository.home.staging, repository.policies.ingest.limits)
        broken = replace(repository.ingest(None), catalogue=Refusing(repository.catalogue, 1))  # type: ignore[arg-type]
        result = broken.take_in(IngestRequest(reader, place), Quiet())
        reader.close()
    settled = preservation("replica", "sync", "--home", home.root)

    assert (result.status, result.aip) == (TransferStatus.FAILED, None)
    assert settled.status == 0
    (transfer,) = [one for one in home.transfers() if one.id == result.transfer]
    assert transfer.status is PRESERVED
    assert_told_once(home, transfer.id, is_kept=True)
    assert_sound(home)


class Refusing:
    """A catalogue whose n-th transaction fails at its end."""

    def __init__(self, inner: object, number: int) -> None:
        self._inner, self._left = inner, number

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    @contextmanager
    def begin(self) -> Iterator[CatalogueTransaction]:
        with self._inner.begin() as tx:  # type: ignore[attr-defined]
            yield tx
            self._left -= 1
            if self._left == 0:
                raise Unavailable("the database did not answer")
