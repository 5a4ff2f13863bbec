"""Deposits in a folder: hostile names stay inside, one writer at a time, nothing half after a crash, a full disk is named."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from preservation.adapters.deposit_folder import DepositFolder
from preservation.domain.names import escape
from preservation.errors import Conflict, DiskFull, NotHere, WrongUse
from tests.contracts.catalogue_builders import urn

TRANSFER, UPLOAD = urn(1), urn(2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "deposits").mkdir()
    return tmp_path / "deposits"


@pytest.fixture
def space(root: Path) -> DepositFolder:
    return DepositFolder(root)


def write(space: DepositFolder, data: bytes, upload: str = UPLOAD) -> int:
    with space.appending(TRANSFER, upload) as sink:
        sink.write(data)
        return sink.offset


def begun(space: DepositFolder, data: bytes = b"") -> DepositFolder:
    space.begin(TRANSFER, UPLOAD)
    write(space, data)
    return space


def test_an_upload_grows_piece_by_piece_and_its_size_is_its_offset(space: DepositFolder) -> None:
    begun(space)

    assert [space.offset(TRANSFER, UPLOAD), write(space, b"abc"), write(space, b"de")] == [0, 3, 5]
    assert b"".join(space.chunks(TRANSFER, UPLOAD)) == b"abcde"


def test_a_second_writer_is_refused_while_the_first_one_writes(space: DepositFolder) -> None:
    begun(space)

    with space.appending(TRANSFER, UPLOAD) as first:
        first.write(b"a")
        with pytest.raises(Conflict), space.appending(TRANSFER, UPLOAD):
            pass
        first.write(b"b")
    assert write(space, b"c") == 3


def test_a_writer_that_died_keeps_nobody_out(space: DepositFolder, root: Path) -> None:
    begun(space)
    program = (
        "import os, sys; from pathlib import Path; from preservation.adapters.deposit_folder import DepositFolder;"
        "held = DepositFolder(Path(sys.argv[1])).appending(sys.argv[2], sys.argv[3]); held.__enter__().write(b'abc'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(root), TRANSFER, UPLOAD], check=False)

    assert write(space, b"d") == 4


@pytest.mark.parametrize(
    "name", ["hồ sơ 42.zip", "-rf", "~", "a\nb", "é" * 127, escape(b"\xff\xfe"), "...", "\ufffdEF.zip"]
)
def test_a_whole_upload_becomes_a_package_of_its_name(space: DepositFolder, root: Path, name: str) -> None:
    begun(space, b"content")

    place = space.finish(TRANSFER, UPLOAD, name)

    assert space.finish(TRANSFER, UPLOAD, name) == place
    assert Path(space.local_path(place)).read_bytes() == b"content"
    assert Path(space.local_path(place)).parent.parent.parent == root
    with pytest.raises(NotHere):
        space.offset(TRANSFER, UPLOAD)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\0b", "é" * 128, escape(b"\xff") * 256]
)
def test_a_name_that_is_no_file_name_is_refused_and_nothing_moves(space: DepositFolder, root: Path, name: str) -> None:
    begun(space, b"content")

    with pytest.raises(WrongUse):
        space.finish(TRANSFER, UPLOAD, name)
    assert space.offset(TRANSFER, UPLOAD) == 7
    assert [one.name for one in root.iterdir()] == [TRANSFER.removeprefix("urn:uuid:")]


@pytest.mark.parametrize("id", ["", "..", "urn:uuid:../../x", "urn:uuid:01930000-0000-7000-8000-00000000000G", "x"])
def test_what_is_no_identifier_names_nothing(space: DepositFolder, id: str) -> None:
    for ask in (
        lambda: space.begin(id, UPLOAD),
        lambda: space.begin(TRANSFER, id),
        lambda: space.offset(id, UPLOAD),
        lambda: space.remove(id),
        lambda: space.remove_upload(TRANSFER, id),
        lambda: space.landing(id),
    ):
        with pytest.raises(NotHere):
            ask()


def test_a_link_in_an_uploads_place_is_not_followed(space: DepositFolder, root: Path, tmp_path: Path) -> None:
    begun(space)
    outside = tmp_path / "outside"
    outside.write_bytes(b"theirs")
    (part,) = root.rglob("*.part")
    part.unlink()
    part.symlink_to(outside)

    with pytest.raises(Exception, match="cannot be continued"):
        write(space, b"ours")
    assert outside.read_bytes() == b"theirs"


def test_an_upload_that_is_nowhere_is_not_here(space: DepositFolder) -> None:
    with pytest.raises(NotHere):
        space.offset(TRANSFER, UPLOAD)
    with pytest.raises(NotHere):
        write(space, b"a")
    space.remove_upload(TRANSFER, UPLOAD)
    space.remove(TRANSFER)


def test_what_was_begun_twice_is_not_emptied(space: DepositFolder) -> None:
    begun(space, b"abc")

    with pytest.raises(Exception, match="no upload can begin"):
        space.begin(TRANSFER, UPLOAD)
    assert space.offset(TRANSFER, UPLOAD) == 3


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The disk is full beyond this: writing there fails with EFBIG in place of ENOSPC."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_disk_that_fills_up_is_named_and_what_was_written_stays(space: DepositFolder) -> None:
    begun(space, b"abc")

    with no_file_larger_than(10), pytest.raises(DiskFull):
        write(space, bytes(100))
    assert space.offset(TRANSFER, UPLOAD) == 10
    assert write(space, b"more") == 14


def test_a_package_that_lands_has_its_place_and_half_of_one_goes(space: DepositFolder, root: Path) -> None:
    landing = space.landing(TRANSFER)
    (Path(landing.work) / "half").write_bytes(b"half")
    before = space.landed(TRANSFER, "whole")
    again = space.landing(TRANSFER)
    (Path(again.package) / "whole").mkdir()

    assert before is None
    assert list(Path(again.work).iterdir()) == []
    place = space.landed(TRANSFER, "whole")
    assert place is not None
    assert os.path.samefile(space.local_path(place), Path(landing.package) / "whole")
    assert space.landing(TRANSFER) == landing
    assert space.landed(TRANSFER, "whole") == place


def test_only_transfers_are_listed(space: DepositFolder, root: Path) -> None:
    begun(space)
    space.landing(urn(3))
    (root / "lost+found").mkdir()
    (root / "note").touch()

    assert list(space.transfers()) == [urn(1), urn(3)]
