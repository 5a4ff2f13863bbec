"""What its producer has not opened to us waits, is told of, and hinders nothing; what cannot be removed keeps nothing else."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from preservation.adapters.drops import folder as drop_folder
from preservation.adapters.drops.copying import move
from preservation.domain.holdings import TransferStatus
from preservation.errors import Unavailable
from tests.forks import NOBODY, in_a_fork
from tests.homes import Quiet
from tests.services.deposit_kit import a_desk
from tests.services.test_drops import Watched, a_bag

Result = TypeVar("Result")


def as_nobody(folder: Path, work: Callable[[], Result]) -> Result:
    """Do it as a user without rights: for the superuser no folder is closed."""
    is_superuser = os.getuid() == 0
    if is_superuser:
        os.chown(folder, NOBODY, NOBODY)
        for above in folder.parents:
            if not os.stat(above).st_mode & 0o001:
                above.chmod(0o711)

    def drop_rights() -> Result:
        if is_superuser:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return work()

    found = in_a_fork(drop_rights)
    assert not isinstance(found, int), "the child came to no end"
    return found


@pytest.mark.parametrize("closed", ["", "data", "data/a.txt"])
def test_a_package_that_is_not_open_to_us_waits_and_is_taken_once_it_is(tmp_path: Path, closed: str) -> None:
    def work() -> tuple[object, ...]:
        with a_desk(tmp_path) as desk:
            desk.agree()
            watched = Watched(desk, tmp_path / "drop")
            path = watched.put_folder("bag", a_bag({"a.txt": b"a"})) / closed
            # What may not be read, and a folder that may not be renamed into another one.
            path.chmod(0o555 if closed == "" else 0)
            seen = [watched.collect() for _ in range(3)]
            with desk.catalogue.begin():
                made = desk.catalogue.transfers_page(limit=9)
            told = watched.waits_for("bag")
            path.chmod(0o700)
            taken = watched.collect().taken
            return [one.problems for one in seen], len(made), told, len(taken), watched.left()

    assert as_nobody(tmp_path, work) == ([{}, {}, {}], 0, "DROP-NOT-PERMITTED", 1, set())


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_package_with_folders_that_may_not_be_written_to_is_taken_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_copied: bool
) -> None:
    """As from a disc, where nothing may be written to."""

    def apart(name: bytes, source: int, target: int) -> None:
        if is_copied and "/_taking/" in os.readlink(f"/proc/self/fd/{source}"):
            raise OSError(errno.EXDEV, "another file system")
        move(name, source, target)

    def work() -> tuple[object, ...]:
        with a_desk(tmp_path) as desk:
            desk.agree()
            watched = Watched(desk, tmp_path / "drop")
            path = watched.put_folder("bag", a_bag({"a/b.txt": b"a"}))
            for closed in (path / "data" / "a", path / "data"):
                closed.chmod(0o555)
            monkeypatch.setattr(drop_folder, "move", apart)
            collected = watched.collect()
            (transfer,) = collected.taken
            status = desk.transfer(transfer).status
            left = list((tmp_path / "drop" / "_taking").glob("*-*"))
            watched.end(transfer, TransferStatus.PRESERVED)
            gone = desk.clearing.clear(desk.clock.now(), Quiet())
            return collected.problems, status, left, gone, list((tmp_path / "deposits").iterdir())

    assert as_nobody(tmp_path, work) == ({}, TransferStatus.ACCEPTED, [], (0, 1), [])


def test_a_package_that_cannot_be_removed_keeps_no_other_from_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_desk(tmp_path) as desk:
        desk.agree()
        watched = Watched(desk, tmp_path / "drop")
        for name in ("a.zip", "b.zip", "c.zip"):
            watched.put(name, b"content", ".done")
        stuck, *others = sorted(watched.collect().taken)
        for transfer in (stuck, *others):
            watched.end(transfer, TransferStatus.PRESERVED)
        unlink = os.unlink

        def stubborn(path: object, **more: int) -> None:
            if stuck.removeprefix("urn:uuid:") in os.readlink(f"/proc/self/fd/{more['dir_fd']}"):
                raise PermissionError(errno.EPERM, "Operation not permitted")
            unlink(path, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "unlink", stubborn)
        with pytest.raises(Unavailable):
            desk.clearing.clear(desk.clock.now(), Quiet())

        assert [one.name for one in (tmp_path / "deposits").iterdir()] == [stuck.removeprefix("urn:uuid:")]
