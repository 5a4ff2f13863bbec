"""A fixity run beside processes that add versions: what is new is never taken for damage, and never repaired away."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.holdings import CopyState, TransferStatus
from preservation.ports import Locks, ReplicaStore
from preservation.services.fixity import FixityReport, Selection
from preservation.services.replica_set import ReplicaSet
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, assert_sound, make_home
from tests.package_builders import write_files

FILES = {"a.txt": b"a", "b.bin": b"b" * 5000}
CHANGED = {"a.txt": b"changed", "c.txt": b"c"}


class Watched:
    """A store that does something else the first time that a certain object's inventory is read."""

    def __init__(self, inner: ReplicaStore, key: str, meanwhile: Callable[[], None]) -> None:
        self._inner, self._key, self._meanwhile = inner, key, meanwhile
        self._done = False

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        if name not in ("open", "open_cold", "read", "read_cold", "list", "local_path"):
            return found

        def called(*arguments: object) -> object:
            if self._key in str(arguments[0]) and not self._done:
                self._done = True
                self._meanwhile()
            return found(*arguments)

        return called


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def run_beside(home: TestHome, aip: str, meanwhile: Callable[[], None]) -> FixityReport:
    """Check every copy; something else happens when the first replica's copy of the AIP is looked at."""
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        values = {name: getattr(repository, name) for name in bootstrap.Repository.__slots__}
        first, *others = repository.replicas.stores.values()
        watched = Watched(first, repository.locations.object_root(aip), meanwhile)
        stores = {first.id: watched, **{one.id: one for one in others}}
        replicas = ReplicaSet(stores, {}, repository.replicas.records)  # type: ignore[arg-type]
        report = bootstrap.Repository(**{**values, "replicas": replicas}).fixity().run(Selection.ALL, Quiet())
        bootstrap.publish(repository)
    return report


def test_a_version_that_is_added_while_its_aip_is_checked_is_no_damage(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "first", FILES))
    package = write_files(tmp_path / "second", CHANGED)

    def add() -> None:
        home.preserved(package, "--aip", aip)

    report = run_beside(home, aip, add)

    assert (report.damaged, report.missing, report.unrepaired) == (0, 0, [])
    assert {one.version for one in home.copies() if one.aip == aip} == {2}
    assert home.run("fixity", "run", "--all").json["intact"] == len(home.copies())
    assert_sound(home)


def test_an_aip_that_somebody_works_on_is_left_for_the_next_run(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "first", FILES))
    (damaged,) = (home.object(aip, "a") / "v1" / "content").rglob("a.txt")
    damaged.write_bytes(b"?")

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        with repository.locks.hold(f"aip:{aip}", seconds=1):
            held = repository.fixity().run(Selection.ALL, Quiet(), aip=aip)
        free = repository.fixity().run(Selection.ALL, Quiet(), aip=aip)

    assert (held.damaged, held.repaired, held.passed_over) == (0, 0, 1)
    assert (free.damaged, free.repaired, free.passed_over) == (1, 1, 0)


def test_an_aip_with_an_unsettled_submission_is_left_for_the_next_run(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "first", FILES))
    (damaged,) = (home.object(aip, "a") / "v1" / "content").rglob("a.txt")
    damaged.write_bytes(b"?")
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        (transfer,) = [one for one in repository.catalogue.transfers(TransferStatus.PRESERVED) if one.aip == aip]
        with repository.catalogue.begin() as tx:
            tx.save_transfer(
                type(transfer)(
                    repository.minter.urn(),
                    TransferStatus.RUNNING,
                    transfer.collection,
                    repository.clock.now(),
                    aip=aip,
                    version=2,
                    attempt=1,
                )
            )
        report = repository.fixity().run(Selection.ALL, Quiet(), aip=aip)

    assert (report.damaged, report.repaired, report.passed_over) == (0, 0, 1)
    assert damaged.read_bytes() == b"?"
    again = home.run("fixity", "run", "--all").json
    assert (again["damaged"], again["repaired"]) == (1, 1)


class Late:
    """Locks that another process is always a moment faster to have, and has done with when we get them."""

    def __init__(self, inner: Locks, meanwhile: Callable[[], None]) -> None:
        self._inner, self._meanwhile = inner, meanwhile

    def hold(self, name: str, *, seconds: float, shared: bool = False) -> AbstractContextManager[None]:
        return self._inner.hold(name, seconds=seconds, shared=shared)

    def try_hold(self, name: str) -> AbstractContextManager[bool]:
        self._meanwhile()
        return self._inner.try_hold(name)


def test_what_another_run_has_repaired_meanwhile_is_not_repaired_again(home: TestHome, tmp_path: Path) -> None:
    """What it has put there would be set aside for damage."""
    aip = home.preserved(write_files(tmp_path / "first", FILES))
    (damaged,) = (home.object(aip, "a") / "v1" / "content").rglob("a.txt")
    damaged.write_bytes(b"?")
    others: list[int] = []

    def repair() -> None:
        if not others:
            others.append(home.run("fixity", "run", "--all").json["repaired"])

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        fixity = replace(repository.fixity(), locks=Late(repository.locks, repair))
        report = fixity.run(Selection.ALL, Quiet(), aip=aip)

    assert others == [1]
    assert (report.damaged, report.repaired, report.intact) == (0, 0, 2)
    assert [one.read_bytes() for one in (home.replica("a") / "quarantine").rglob("*") if one.is_file()] == [b"?"]
    assert damaged.read_bytes() == FILES["a.txt"]


def test_damage_is_repaired_under_the_lock_of_its_aip(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "first", FILES))
    (damaged,) = (home.object(aip, "a") / "v1" / "content").rglob("a.txt")
    damaged.write_bytes(b"?")

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        report = repository.fixity().run(Selection.ALL, Quiet(), aip=aip)

    assert (report.damaged, report.repaired) == (1, 1)
    assert {one.state for one in home.copies() if one.aip == aip} == {CopyState.INTACT}
