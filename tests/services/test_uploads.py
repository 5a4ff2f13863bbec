"""Uploads: nothing acknowledged is lost, nothing wrong becomes a package, and of several at once one is the package."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from preservation.domain.deposits import DepositSource, Upload
from preservation.domain.holdings import TransferStatus
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import IngestPolicy
from preservation.errors import Conflict, NotHere, PreservationError, WrongUse
from preservation.ports import Catalogue
from preservation.services.uploads import LIFE
from tests.homes import Quiet
from tests.services.deposit_kit import PRODUCER, Desk, a_desk

DATA = b"0123456789"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as opened:
        yield opened


class LastMoment:
    """A catalogue that lets something happen right after it was asked which uploads have expired."""

    def __init__(self, catalogue: Catalogue, act: Callable[[], object]) -> None:
        self._catalogue, self._act = catalogue, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalogue, name)

    def uploads_expired(self, *, before: datetime) -> Sequence[Upload]:
        found = self._catalogue.uploads_expired(before=before)
        if found:
            self._act()
        return found


def begun(desk: Desk, length: int = len(DATA), **wanted: Any) -> Upload:
    transfer, _ = desk.opened(**wanted)
    return desk.uploads.begin(transfer.id, length, "a.zip", PRODUCER)


def send(desk: Desk, upload: Upload, data: bytes, offset: int = 0) -> Upload:
    with desk.uploads.continuing(upload, offset) as sink:
        sink.write(data)
        reached = sink.offset
    return desk.uploads.came_to(upload, reached)


def test_a_whole_upload_is_its_deposits_package(desk: Desk) -> None:
    upload = begun(desk, sha256=hashlib.sha256(DATA).hexdigest())
    send(desk, upload, DATA[:4])
    half = desk.uploads.upload(upload.id)
    done = send(desk, upload, DATA[4:], 4)

    deposit = desk.deposit(upload.transfer)
    assert (half[1], desk.uploads.upload(upload.id)) == (4, (done, 10))
    assert (deposit.name, deposit.size) == ("a.zip", 10)
    assert Path(desk.space.local_path(str(deposit.place))).read_bytes() == DATA
    assert desk.deposits.submit(upload.transfer, PRODUCER).job is not None


def test_bytes_that_are_not_what_was_said_become_nothing(desk: Desk) -> None:
    upload = begun(desk, sha256="00" * 32)

    with pytest.raises(WrongUse, match=hashlib.sha256(DATA).hexdigest()):
        send(desk, upload, DATA)
    assert desk.deposit(upload.transfer).place is None
    with pytest.raises(NotHere):
        desk.uploads.upload(upload.id)
    again = desk.uploads.begin(upload.transfer, len(DATA), "a.zip", PRODUCER)
    assert desk.uploads.upload(again.id)[1] == 0


@pytest.mark.parametrize("offset", [1, 3, 11])
def test_bytes_go_where_the_upload_stands_and_nowhere_else(desk: Desk, offset: int) -> None:
    upload = begun(desk)
    send(desk, upload, DATA[:2])

    with pytest.raises(Conflict, match="stands at 2"):
        send(desk, upload, DATA[2:], offset)
    assert desk.uploads.upload(upload.id)[1] == 2


def test_what_is_larger_than_may_be_is_refused_before_a_byte_comes(desk: Desk) -> None:
    desk.agree(max_bytes=100)
    limits = PackageLimits(max_total_bytes=1000)
    desk.policies = replace(desk.policies, ingest=IngestPolicy(limits))

    for wanted, length in (({"agreement": "so-noi-vu"}, 201), ({}, 1001), ({"size": 5}, 6)):
        transfer, _ = desk.opened(**wanted)
        with pytest.raises(WrongUse):
            desk.uploads.begin(transfer.id, length, "a", PRODUCER)
        assert desk.catalogue.uploads_of(transfer.id) == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\0", "x" * 256, "\ud800"])
def test_a_name_that_no_file_can_have_is_refused_before_a_byte_comes(desk: Desk, name: str) -> None:
    transfer, _ = desk.opened()

    with pytest.raises(WrongUse, match="file name"):
        desk.uploads.begin(transfer.id, 10, name, PRODUCER)


def test_an_upload_that_is_not_whole_is_given_up_for_a_new_one(desk: Desk) -> None:
    first = begun(desk)
    send(desk, first, DATA[:5])

    second = desk.uploads.begin(first.transfer, 3, "b.zip", PRODUCER)
    send(desk, second, b"abc")

    with pytest.raises(NotHere):
        desk.uploads.upload(first.id)
    with pytest.raises((NotHere, Conflict)):
        send(desk, first, DATA[5:], 5)
    assert Path(desk.space.local_path(str(desk.deposit(first.transfer).place))).read_bytes() == b"abc"


def test_a_package_that_is_whole_is_not_replaced(desk: Desk) -> None:
    upload = begun(desk)
    done = send(desk, upload, DATA)

    with pytest.raises(Conflict, match="already"):
        desk.uploads.begin(upload.transfer, len(DATA), "b.zip", PRODUCER)
    with pytest.raises(Conflict, match="whole"):
        send(desk, done, b"", 10)
    with pytest.raises(Conflict, match="whole"):
        desk.uploads.give_up(done)


def test_nothing_is_uploaded_for_what_is_past_that(desk: Desk, tmp_path: Path) -> None:
    by_path, _ = desk.opened(source=DepositSource.PATH, place=str(tmp_path))
    upload = begun(desk)
    desk.deposits.withdraw(upload.transfer, PRODUCER)

    with pytest.raises(Conflict):
        desk.uploads.begin(by_path.id, 1, "a", PRODUCER)
    with pytest.raises(Conflict):
        send(desk, upload, DATA)
    with pytest.raises(NotHere):
        desk.uploads.begin("urn:uuid:01930000-0000-7000-8000-000000000001", 1, "a", PRODUCER)


def test_an_upload_that_became_the_package_just_before_a_crash_is_whole(desk: Desk) -> None:
    upload = begun(desk)
    with desk.uploads.continuing(upload, 0) as sink:
        sink.write(DATA)
    desk.space.finish(upload.transfer, upload.id, "a.zip")

    found, offset = desk.uploads.upload(upload.id)

    assert (found.finished is not None, offset) == (True, 10)
    assert desk.deposits.submit(upload.transfer, PRODUCER).job is not None


def test_an_upload_that_a_crash_left_without_a_file_is_not_under_way(desk: Desk) -> None:
    upload = begun(desk)
    desk.space.remove_upload(upload.transfer, upload.id)

    with pytest.raises(NotHere):
        desk.uploads.upload(upload.id)
    again = desk.uploads.begin(upload.transfer, 10, "a.zip", PRODUCER)
    assert send(desk, again, DATA).finished is not None


def test_of_several_uploads_at_once_one_becomes_the_package_whole(desk: Desk) -> None:
    transfer, _ = desk.opened()

    def upload(byte: int) -> bool:
        try:
            mine = desk.uploads.begin(transfer.id, 1000, "a.zip", PRODUCER)
            for piece in range(10):
                send(desk, mine, bytes([byte]) * 100, 100 * piece)
        except PreservationError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(upload, range(6)))
    data = Path(desk.space.local_path(str(desk.deposit(transfer.id).place))).read_bytes()
    assert sum(done) == 1
    assert data == bytes([done.index(True)]) * 1000


@pytest.mark.parametrize("length", [0, 10])
def test_an_upload_whose_last_byte_came_just_before_a_crash_can_be_submitted(desk: Desk, length: int) -> None:
    """Its client was told that all of it is there: a client by the protocol sends nothing more."""
    upload = begun(desk, length)
    with desk.uploads.continuing(upload, 0) as sink:
        sink.write(DATA[:length])
    assert desk.uploads.upload(upload.id) == (upload, length)

    desk.uploads.complete(upload.transfer)
    desk.uploads.complete(upload.transfer)

    assert desk.deposits.submit(upload.transfer, PRODUCER).job is not None
    assert Path(desk.space.local_path(str(desk.deposit(upload.transfer).place))).read_bytes() == DATA[:length]


def test_completing_ends_nothing_that_is_under_way_or_wrong(desk: Desk) -> None:
    half, wrong = begun(desk), begun(desk, sha256="00" * 32)
    send(desk, half, DATA[:4])
    with desk.uploads.continuing(wrong, 0) as sink:
        sink.write(DATA)
        with pytest.raises(Conflict):
            desk.uploads.complete(wrong.transfer)

    desk.uploads.complete(half.transfer)
    with pytest.raises(WrongUse, match=hashlib.sha256(DATA).hexdigest()):
        desk.uploads.complete(wrong.transfer)

    assert desk.uploads.upload(half.id) == (half, 4)
    with pytest.raises(NotHere):
        desk.uploads.upload(wrong.id)


def test_an_upload_that_went_on_at_the_last_moment_is_not_given_up(desk: Desk) -> None:
    """It was on the list of those that have expired before somebody went on with it."""
    upload = begun(desk)
    listed = LastMoment(desk.catalogue, lambda: send(desk, upload, DATA[:4]))
    desk.clock.pass_by(days=LIFE.days, seconds=1)

    cleared = replace(desk.clearing, catalogue=cast("Catalogue", listed)).clear(desk.clock.now(), Quiet())

    assert cleared == (1, 0)
    assert desk.uploads.upload(upload.id)[1] == 4


def test_an_upload_lives_as_long_as_something_comes(desk: Desk) -> None:
    upload = begun(desk)
    desk.clock.pass_by(days=6)
    send(desk, upload, DATA[:1])
    desk.clock.pass_by(days=6)

    assert desk.clearing.clear(desk.clock.now(), Quiet()) == (0, 0)
    desk.clock.pass_by(days=2)
    assert desk.clearing.clear(desk.clock.now(), Quiet()) == (1, 0)
    with pytest.raises(NotHere):
        desk.uploads.upload(upload.id)
    assert desk.transfer(upload.transfer).status is TransferStatus.OPEN


def test_what_was_uploaded_whole_and_never_submitted_ends_with_its_upload(desk: Desk) -> None:
    upload = begun(desk)
    send(desk, upload, DATA)
    desk.clock.pass_by(days=LIFE.days + 1)

    assert desk.clearing.clear(desk.clock.now(), Quiet()) == (1, 1)
    assert desk.transfer(upload.transfer).status is TransferStatus.WITHDRAWN
    assert list(desk.space.transfers()) == []


def test_a_package_stays_until_its_transfer_has_come_to_its_end(desk: Desk) -> None:
    ended = {TransferStatus.PRESERVED, TransferStatus.REJECTED, TransferStatus.WITHDRAWN}
    for status in TransferStatus:
        upload = begun(desk)
        send(desk, upload, DATA)
        with desk.catalogue.begin() as tx:
            tx.save_transfer(replace(desk.transfer(upload.transfer), status=status))

    _, gone = desk.clearing.clear(desk.clock.now() - timedelta(days=1), Quiet())

    left = {desk.transfer(one).status for one in desk.space.transfers()}
    assert (gone, left) == (3, set(TransferStatus) - ended)
