"""Uploads over HTTP as tus 1.0.0 has them: resumed where they broke, checked, bounded, and never half a package."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpx
import pytest

from preservation.domain.holdings import TransferStatus
from preservation.domain.packages import PackageLimits
from preservation.domain.people import Actor, Grant, Role
from tests.api.api_server import OTHER, OWN
from tests.api.deposits_kit import OCTETS, TUS, Producer, Served, checksum, problem, served
from tests.homes import Quiet
from tests.workers.kit import eventually

DATA = bytes(range(256)) * 40
CUTS = 50


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("uploads")) as running:
        yield running


@pytest.fixture
def producer(place: Served) -> Producer:
    return place.producer()


def test_a_client_learns_before_its_first_upload_what_uploads_can_do(place: Served) -> None:
    addresses = ("/api/v1/uploads", "/api/v1/transfers/urn:uuid:01930000-0000-7000-8000-00000000ffff/uploads")

    for address in addresses:
        told = httpx.options(f"{place.api.url}{address}", headers={"Tus-Resumable": "0.2.2"})
        assert (told.status_code, told.content) == (204, b"")
        assert (told.headers["tus-resumable"], told.headers["tus-version"]) == ("1.0.0", "1.0.0")
        assert set(told.headers["tus-extension"].split(",")) == {"creation", "expiration", "termination", "checksum"}
        assert told.headers["tus-checksum-algorithm"] == "sha256,sha512"
        assert int(told.headers["tus-max-size"]) == PackageLimits().max_total_bytes


def test_an_upload_is_created_told_about_and_filled(place: Served, producer: Producer) -> None:
    transfer = producer.created(size=len(DATA), sha256=sha256(DATA).hexdigest())
    made = producer.begin(transfer, len(DATA), "hồ sơ 42.zip")
    address = made.headers["location"]
    empty = producer.http.head(address, headers=TUS)
    first = producer.patch(address, DATA[:100])
    second = producer.patch(address, DATA[100:], 100)

    assert made.status_code == 201
    assert (empty.headers["upload-offset"], empty.headers["upload-length"]) == ("0", str(len(DATA)))
    assert empty.headers["cache-control"] == "no-store"
    assert (first.status_code, first.headers["upload-offset"], first.content) == (204, "100", b"")
    assert (second.status_code, second.headers["upload-offset"]) == (204, str(len(DATA)))
    assert {one.headers["tus-resumable"] for one in (made, empty, first, second)} == {"1.0.0"}
    assert parsedate_to_datetime(made.headers["upload-expires"]) > datetime.now(UTC) + timedelta(days=6)  # noqa: TID251
    assert (place.package(transfer).name, place.package(transfer).read_bytes()) == ("hồ sơ 42.zip", DATA)
    assert producer.offset(address) == len(DATA)
    (listed,) = producer.http.get(f"/api/v1/transfers/{transfer}/uploads").json()["items"]
    assert (listed["offset"], listed["finished"] is not None) == (len(DATA), True)


def test_an_upload_that_breaks_off_at_fifty_places_loses_nothing(place: Served, producer: Producer) -> None:
    chance = random.Random(20261122)
    data = chance.randbytes(3 << 20)
    transfer, address = producer.begun(len(data), sha256=sha256(data).hexdigest())

    offset, breaks, furthest = 0, 0, 0
    while breaks < CUTS:
        rest = data[offset:]
        sent = chance.randrange(0, max(1, 2 * len(rest) // (CUTS - breaks + 1)))
        producer.drop_the_line(address, rest, offset, sent)
        breaks += 1
        # A busy server may come to a broken request only after it has answered the next ones.
        furthest = max(furthest, offset + sent)
        reached = settled_offset(producer, address)
        assert offset <= reached <= furthest
        offset = reached
    eventually(lambda: is_completed(producer, address, data), "the last piece")

    assert place.package(transfer).read_bytes() == data


def settled_offset(producer: Producer, address: str) -> int:
    """Where an upload stands once the server has seen that the line is broken: nobody else continues it then."""

    def is_free() -> bool:
        return producer.patch(address, b"", producer.offset(address)).status_code == 204

    eventually(is_free, "the end of a broken request")
    return producer.offset(address)


def is_completed(producer: Producer, address: str, data: bytes) -> bool:
    """Whether the rest was taken, or all of it is there."""
    offset = producer.offset(address)
    return producer.patch(address, data[offset:], offset).status_code == 204


@pytest.mark.parametrize("offset", [1, 5, len(DATA)])
def test_bytes_for_another_place_are_refused(producer: Producer, offset: int) -> None:
    _, address = producer.begun(len(DATA))

    assert problem(producer.patch(address, b"x", offset)) == (409, "conflict")
    assert producer.offset(address) == 0


def test_an_upload_of_nothing_is_whole_at_once(place: Served, producer: Producer) -> None:
    transfer, address = producer.begun(0)

    assert producer.offset(address) == 0
    assert place.package(transfer).read_bytes() == b""


def test_a_piece_that_disagrees_with_its_checksum_is_not_kept(producer: Producer) -> None:
    _, address = producer.begun(len(DATA))

    wrong = producer.patch(address, DATA[:100], more={"Upload-Checksum": checksum(b"other")})
    unknown = producer.patch(address, DATA[:100], more={"Upload-Checksum": "crc32 AAAA"})
    garbled = producer.patch(address, DATA[:100], more={"Upload-Checksum": "sha256 !!!"})
    before = producer.offset(address)
    right = producer.patch(address, DATA[:100], more={"Upload-Checksum": checksum(DATA[:100])})

    assert problem(wrong) == (460, "checksum-mismatch")
    assert [problem(unknown), problem(garbled)] == [(422, "wrong-use"), (422, "wrong-use")]
    assert (before, right.status_code, producer.offset(address)) == (0, 204, 100)


def test_another_version_of_the_protocol_is_not_spoken(producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA))
    other = {"Tus-Resumable": "0.2.2"}

    answers = [
        producer.begin(transfer, 5, more=other),
        producer.patch(address, b"x", more=other),
        producer.http.delete(address, headers=other),
    ]
    head = producer.http.head(address, headers=other)

    assert [problem(one) for one in answers] == [(412, "tus-version")] * 3
    assert head.status_code == 412
    assert {one.headers["tus-version"] for one in (*answers, head)} == {"1.0.0"}
    assert producer.offset(address) == 0


def test_more_than_was_said_is_refused_and_what_was_said_can_still_come(place: Served, producer: Producer) -> None:
    transfer, address = producer.begun(10)

    too_much = producer.patch(address, bytes(11))
    reached = producer.offset(address)
    rest = producer.patch(address, bytes(10 - reached), reached)

    assert problem(too_much) == (413, "too-large")
    assert (reached <= 10, rest.status_code) == (True, 204)
    assert place.package(transfer).read_bytes() == bytes(10)


def test_a_digest_that_was_said_wrongly_gives_the_upload_up(producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA), sha256="00" * 32)

    answer = producer.patch(address, DATA)

    assert problem(answer) == (422, "wrong-use")
    assert sha256(DATA).hexdigest() in answer.json()["detail"]
    assert producer.http.head(address, headers=TUS).status_code == 404
    assert problem(producer.http.post(f"/api/v1/transfers/{transfer}/submit")) == (422, "wrong-use")
    assert producer.begin(transfer, len(DATA)).status_code == 201


@pytest.mark.parametrize(
    ("length", "name", "expected"),
    [
        ("-1", "a", (422, "invalid-request")),
        ("x", "a", (422, "invalid-request")),
        (str(1 << 61), "a", (422, "invalid-request")),
        (str(1 << 59), "a", (422, "wrong-use")),
        ("5", "../../etc/passwd", (422, "wrong-use")),
        ("5", "/etc/passwd", (422, "wrong-use")),
        ("5", ".", (422, "wrong-use")),
        ("5", "a\0b", (422, "wrong-use")),
    ],
)
def test_an_upload_that_makes_no_sense_is_not_begun(
    producer: Producer, length: str, name: str, expected: tuple[int, str]
) -> None:
    transfer = producer.created()

    answer = producer.begin(transfer, 0, name, more={"Upload-Length": length})

    assert problem(answer) == expected
    assert producer.http.get(f"/api/v1/transfers/{transfer}/uploads").json()["items"] == []


def test_an_upload_larger_than_the_disk_has_no_room(producer: Producer) -> None:
    transfer = producer.created()

    answer = producer.begin(transfer, 7 << 40)

    assert problem(answer) == (507, "no-room")


def test_a_body_of_another_kind_is_refused(producer: Producer) -> None:
    _, address = producer.begun(5)
    answer = producer.http.patch(
        address, content=b"x", headers={**OCTETS, "Content-Type": "application/json", "Upload-Offset": "0"}
    )

    assert problem(answer) == (415, "unsupported-media-type")


def test_an_upload_is_given_up_and_gone(producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA))
    producer.patch(address, DATA[:10])

    gone = producer.http.delete(address, headers=TUS)

    assert (gone.status_code, gone.headers["tus-resumable"]) == (204, "1.0.0")
    assert producer.http.head(address, headers=TUS).status_code == 404
    assert problem(producer.patch(address, b"x", 10)) == (404, "not-found")
    assert problem(producer.http.delete(address, headers=TUS)) == (404, "not-found")
    assert producer.begin(transfer, 5).status_code == 201


def test_an_upload_that_expired_is_gone(place: Served, producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA))
    producer.patch(address, DATA[:10])
    repository = place.api.repository
    upload = repository.catalogue.upload(address.rpartition("/")[2])
    assert upload is not None
    with repository.catalogue.begin() as tx:
        tx.save_upload(replace(upload, expires=upload.created))

    repository.deposit_clearing().clear(repository.clock.now(), Quiet())

    assert producer.http.head(address, headers=TUS).status_code == 404
    assert problem(producer.patch(address, b"x", 10)) == (404, "not-found")
    assert producer.begin(transfer, 5).status_code == 201


def test_an_upload_whose_line_always_breaks_lives_as_long_as_something_comes(place: Served, producer: Producer) -> None:
    """Many clients send all that is left in one request: on a bad line no request ever comes to its end."""
    data = bytes(3 << 20)
    _, address = producer.begun(len(data))
    repository = place.api.repository
    upload = repository.catalogue.upload(address.rpartition("/")[2])
    assert upload is not None
    almost = repository.clock.now() + timedelta(hours=1)
    with repository.catalogue.begin() as tx:
        tx.save_upload(replace(upload, expires=almost))

    def lives() -> bool:
        found = repository.catalogue.upload(upload.id)
        return found is not None and found.expires > almost + timedelta(days=6)

    with producer.sent_in_part(address, data, 0, 2 << 20):
        eventually(lives, "a longer life")

    assert producer.offset(address) > 0


def test_whoever_may_no_longer_submit_there_sends_no_more(place: Served) -> None:
    """The role was taken away in this collection, and is still held in another one."""
    name = "Bearer somebody"
    producer = Producer(place, httpx.Client(base_url=place.api.url, headers={"Authorization": name}, timeout=60), name)
    place.api.clients.append(producer.http)
    both = [Grant(Role.PRODUCER, place.collection(one)) for one in (OWN, OTHER)]
    account = place.api.actors[f"Bearer {Role.PRODUCER.value}-{OWN}"].account
    place.api.actors[name] = Actor(account, tuple(both))
    _, address = producer.begun(len(DATA))
    place.api.actors[name] = Actor(account, (both[1],))
    place.api.app.state.service.actors.forget()

    assert problem(producer.patch(address, DATA)) == (403, "forbidden")
    assert producer.offset(address) == 0


def test_an_upload_whole_but_for_its_end_is_submitted(place: Served, producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA))
    upload = place.api.repository.catalogue.upload(address.rpartition("/")[2])
    assert upload is not None
    with place.api.repository.uploads().continuing(upload, 0) as sink:
        sink.write(DATA)
    assert producer.offset(address) == len(DATA)

    answer = producer.http.post(f"/api/v1/transfers/{transfer}/submit")

    assert answer.status_code == 202, answer.text
    assert place.package(transfer).read_bytes() == DATA


def test_a_whole_upload_stays(producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA))
    producer.patch(address, DATA)

    assert problem(producer.http.delete(address, headers=TUS)) == (409, "conflict")
    assert problem(producer.patch(address, b"", len(DATA))) == (409, "conflict")
    assert problem(producer.begin(transfer, len(DATA))) == (409, "conflict")


def test_of_two_writers_at_once_one_writes(place: Served, producer: Producer) -> None:
    data = random.Random(1).randbytes(2 << 20)
    transfer, address = producer.begun(len(data))
    writers = [place.producer() for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: one.patch(address, data), writers))

    statuses = [one.status_code for one in answers]
    assert sorted(set(statuses)) in ([204], [204, 404], [204, 409], [204, 404, 409])
    assert statuses.count(204) == 1
    assert place.package(transfer).read_bytes() == data


def test_an_upload_belongs_to_who_began_it(place: Served, producer: Producer) -> None:
    transfer, address = producer.begun(len(DATA))
    stranger, neighbour = place.producer(OTHER), Producer(place, place.api.client(Role.ARCHIVIST), "")

    for somebody in (stranger, neighbour):
        assert somebody.http.head(address, headers=TUS).status_code == 404
        assert problem(somebody.patch(address, DATA)) == (404, "not-found")
        assert problem(somebody.http.delete(address, headers=TUS)) == (404, "not-found")
    assert problem(stranger.begin(transfer, 5)) == (404, "not-found")
    assert problem(neighbour.begin(transfer, 5)) == (403, "forbidden")
    assert producer.offset(address) == 0


def test_nothing_is_uploaded_after_a_transfer_was_submitted(place: Served, producer: Producer) -> None:
    transfer = producer.uploaded(DATA)
    assert producer.http.post(f"/api/v1/transfers/{transfer}/submit").status_code == 202

    assert problem(producer.begin(transfer, 5)) == (409, "conflict")
    found = place.api.repository.catalogue.transfer(transfer)
    assert found is not None
    assert found.status is TransferStatus.ACCEPTED
