"""A transfer has one end, whoever works on it: who was taken for dead can neither commit nor record (DESIGN, promise 6)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.domain.events import EventType
from preservation.domain.holdings import SubmissionMode, Transfer, TransferStatus
from preservation.domain.jobs import JobProblem
from preservation.errors import Superseded, Unavailable
from preservation.ports import ReplicaStore, VersionWriter
from preservation.services.given_up_transfers import GivenUpTransfers
from preservation.services.ingest import IngestRequest, IngestResult
from preservation.services.recovery import transaction
from preservation.services.replica_set import ReplicaSet
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, assert_sound, make_home
from tests.interleaving import NoLocks
from tests.package_builders import write_files

FILES = {"a.txt": b"a", "b.bin": b"b" * 5000}
CHANGED = {"a.txt": b"changed", "c.txt": b"c"}


class Interrupted:
    """A store whose writers do something else just before or just after they commit."""

    def __init__(self, inner: ReplicaStore, moment: str, meanwhile: Callable[[], None]) -> None:
        self._inner, self._moment, self._meanwhile = inner, moment, meanwhile

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def begin_version(self, tx: str, object_root: str, version: int, base: str | None) -> "InterruptedWriter":
        writer = self._inner.begin_version(tx, object_root, version, base)
        return InterruptedWriter(writer, self._moment, self._meanwhile)


class InterruptedWriter:
    def __init__(self, inner: VersionWriter, moment: str, meanwhile: Callable[[], None]) -> None:
        self._inner, self._moment, self._meanwhile = inner, moment, meanwhile

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def seal(self) -> None:
        self._inner.seal()
        if self._moment == "sealed":
            self._meanwhile()

    def commit(self) -> None:
        if self._moment == "before the commit":
            self._meanwhile()
        self._inner.commit()
        if self._moment == "after the commit":
            self._meanwhile()


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def take_in(repository: bootstrap.Repository, package: Path, *, transfer: str | None, aip: str | None) -> IngestResult:
    place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
    reader = open_package(package, repository.home.staging, repository.policies.ingest.limits)
    request = IngestRequest(reader, place, None, aip, SubmissionMode.REPLACEMENT, transfer=transfer)
    try:
        return repository.ingest(None).take_in(request, Quiet())
    finally:
        reader.close()


def cut_off(repository: bootstrap.Repository, moment: str, meanwhile: Callable[[], None]) -> bootstrap.Repository:
    """The same repository in a process that others take for dead, which they do at a moment of its commit on replica a."""
    values = {name: getattr(repository, name) for name in bootstrap.Repository.__slots__}
    first, *others = repository.replicas.stores.values()
    stores = {first.id: Interrupted(first, moment, meanwhile), **{one.id: one for one in others}}
    replicas = ReplicaSet(stores, {}, repository.replicas.records)  # type: ignore[arg-type]
    return bootstrap.Repository(**{**values, "replicas": replicas, "locks": NoLocks()})


@pytest.mark.parametrize("updates", [False, True], ids=["a new AIP", "a new version"])
@pytest.mark.parametrize("moment", ["sealed", "before the commit", "after the commit"])
def test_a_process_that_was_taken_for_dead_changes_nothing_that_another_one_finished(
    moment: str, updates: bool, home: TestHome, tmp_path: Path
) -> None:
    aip = home.preserved(write_files(tmp_path / "first", FILES)) if updates else None
    package = write_files(tmp_path / "second", CHANGED)
    known = {one.id for one in home.transfers()}
    others: list[IngestResult] = []

    def take_over() -> None:
        if not others:
            (transfer,) = [one for one in home.transfers() if one.id not in known]
            with bootstrap.serving(read_settings(home.root, {})) as other:
                values = {name: getattr(other, name) for name in bootstrap.Repository.__slots__}
                unlocked = bootstrap.Repository(**{**values, "locks": NoLocks()})
                others.append(take_in(unlocked, package, transfer=transfer.id, aip=aip))

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        slow = cut_off(repository, moment, take_over)
        with pytest.raises((Superseded, Unavailable)):
            raise_if_not_kept(take_in(slow, package, transfer=None, aip=aip))
    home.run("replica", "sync")

    (transfer,) = [one for one in home.transfers() if one.id not in known]
    (finished,) = others
    assert (transfer.status, transfer.id) == (TransferStatus.PRESERVED, finished.transfer)
    assert len(told_of(home, transfer, EventType.INGESTION)) == 1
    assert len(told_of(home, transfer, EventType.TRANSFER)) == 1
    assert_sound(home)


@pytest.mark.parametrize("updates", [False, True], ids=["a new AIP", "a new version"])
def test_a_process_whose_transfer_was_given_up_commits_nothing_any_more(
    updates: bool, home: TestHome, tmp_path: Path
) -> None:
    """It has looked, and stops just before its commit; nobody has placed anything that would be in its way."""
    aip = home.preserved(write_files(tmp_path / "first", FILES)) if updates else None
    package = write_files(tmp_path / "second", CHANGED)
    known = {one.id for one in home.transfers()}
    ended: list[TransferStatus | None] = []

    def give_up() -> None:
        if not ended:
            (transfer,) = [one for one in home.transfers() if one.id not in known]
            with bootstrap.serving(read_settings(home.root, {})) as other:
                given_up = GivenUpTransfers(other.ingest(None).desk, NoLocks())
                ended.append(given_up.give_up(transfer.id, JobProblem("Cancelled", "somebody cancelled it")))

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        with pytest.raises((Superseded, Unavailable)):
            raise_if_not_kept(
                take_in(cut_off(repository, "before the commit", give_up), package, transfer=None, aip=aip)
            )
        (transfer,) = [one for one in home.transfers() if one.id not in known]
        again = take_in(repository, package, transfer=transfer.id, aip=aip)
        bootstrap.publish(repository)

    assert (ended, transfer.status) == ([TransferStatus.FAILED], TransferStatus.FAILED)
    assert (again.status, again.version) == (TransferStatus.PRESERVED, 2 if updates else 1)
    assert_sound(home)


def raise_if_not_kept(result: IngestResult) -> None:
    """A process that committed on one replica and then lost the other may say that it failed, never that it is kept."""
    assert result.status is TransferStatus.FAILED, result
    raise Unavailable(result.reason)


def told_of(home: TestHome, transfer: Transfer, type: EventType) -> list[str]:
    return [one.id for one in home.events(type) if any(linked.id == transfer.id for linked in one.objects)]


def test_a_transfer_that_has_come_to_its_end_is_answered_with_it(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", FILES)
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        first = take_in(repository, package, transfer=None, aip=None)
        again = take_in(repository, package, transfer=first.transfer, aip=None)

    assert (again.status, again.aip, again.version) == (first.status, first.aip, first.version)
    assert [one.status for one in home.transfers() if one.id == first.transfer] == [TransferStatus.PRESERVED]
    with home.catalogue() as catalogue:
        assert len(catalogue.versions(str(first.aip))) == 1


def test_a_transfer_that_another_process_works_on_is_left_alone(home: TestHome, tmp_path: Path) -> None:
    package = write_files(tmp_path / "p", FILES)
    recovered: list[int] = []

    def look() -> None:
        recovered.append(home.run("replica", "sync").status)

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        values = {name: getattr(repository, name) for name in bootstrap.Repository.__slots__}
        watched = cut_off(repository, "before the commit", look)
        kept = take_in(
            bootstrap.Repository(**{**values, "replicas": watched.replicas}), package, transfer=None, aip=None
        )

    home.run("replica", "sync")

    assert recovered == [0]
    assert kept.status is TransferStatus.PRESERVED
    assert_sound(home)


def test_each_attempt_stages_under_a_name_of_its_own() -> None:
    transfer = Transfer("urn:uuid:01a20531-55fc-7000-86aa-b3a5d5870bf1", TransferStatus.RUNNING, "c", None, attempt=1)  # type: ignore[arg-type]

    assert transaction(transfer) != transaction(replace(transfer, attempt=2))
