"""Transfers over HTTP: made once, submitted, reported in the reader's language, decided on, and nobody else's business."""

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from preservation.adapters.packages.opening import open_package
from preservation.domain.holdings import TransferStatus
from preservation.domain.people import Actor, Grant, Role
from preservation.services.repository_record import COLLECTION_CODE
from tests.api.api_server import EVERYWHERE, OTHER, OWN
from tests.api.deposits_kit import TUS, Producer, Served, problem, served
from tests.homes import Quiet
from tests.package_builders import write_files

DATA = b"content"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("transfers")) as running:
        yield running


@pytest.fixture
def producer(place: Served) -> Producer:
    return place.producer()


def count(place: Served) -> int:
    return len(list(place.api.repository.catalogue.transfers()))


def checked(place: Served, transfer: str) -> None:
    """What the worker's job does."""
    repository = place.api.repository.with_policies()
    deposit = repository.catalogue.deposit(transfer)
    assert deposit is not None
    path = deposit.place if str(deposit.place).startswith("/") else repository.home.deposits / str(deposit.place)
    with closing(open_package(str(path), repository.home.staging, repository.policies.ingest.limits)) as reader:
        repository.deposit_intake().check(transfer, reader, None, Quiet())


def in_review(place: Served, producer: Producer, files: dict[str, bytes], terms: str = "") -> str:
    place.agree("reviewed", f'acceptance = "reviewed"\n{terms}')
    folder = place.allowed / os.urandom(8).hex()
    write_files(folder, files)
    transfer = producer.created(agreement="reviewed", path=str(folder))
    assert producer.http.post(f"/api/v1/transfers/{transfer}/submit").status_code == 202
    checked(place, transfer)
    return transfer


def test_a_transfer_is_created_uploaded_submitted_and_seen(place: Served, producer: Producer) -> None:
    made = producer.create(name="a.zip", title="Hồ sơ 42")
    transfer = made.json()["id"]
    _, address = transfer, producer.begin(transfer, len(DATA)).headers["location"]
    producer.patch(address, DATA)
    submitted = producer.http.post(f"/api/v1/transfers/{transfer}/submit")
    again = producer.http.post(f"/api/v1/transfers/{transfer}/submit")
    shown = producer.http.get(f"/api/v1/transfers/{transfer}").json()

    assert (made.status_code, made.headers["location"]) == (201, f"/api/v1/transfers/{transfer}")
    assert (submitted.status_code, again.status_code, again.json()["job"]) == (202, 202, None)
    assert submitted.headers["location"] == f"/api/v1/jobs/{submitted.json()['job']}"
    assert (shown["status"], shown["title"], shown["size"], shown["source"]) == ("accepted", "Hồ sơ 42", 7, "upload")
    assert shown["account"] == place.api.account(Role.PRODUCER, OWN)
    listed = producer.http.get("/api/v1/transfers").json()["items"]
    assert transfer in {one["id"] for one in listed}


def test_a_key_makes_a_request_happen_once(place: Served, producer: Producer) -> None:
    before = count(place)

    first = producer.create("key-1", name="a.zip")
    again = producer.create("key-1", name="a.zip")
    other = producer.create("key-1", name="b.zip")
    elsewhere = place.producer(OTHER).create("key-1", name="a.zip", collection=place.collection(OTHER))

    assert (first.status_code, again.status_code, elsewhere.status_code) == (201, 201, 201)
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])
    assert again.headers["idempotent-replayed"] == "true"
    assert problem(other) == (422, "idempotency-key-reused")
    assert count(place) == before + 2


def test_one_key_at_once_makes_one_transfer(place: Served) -> None:
    before = count(place)
    producers = [place.producer() for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one.create("key-at-once", name="a.zip"), producers))

    made = {one.json()["id"] for one in answers if one.status_code == 201}
    refused = {problem(one) for one in answers if one.status_code != 201}
    assert len(made) == 1
    assert refused <= {(409, "idempotency-key-in-use")}
    assert count(place) == before + 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 129])
def test_a_key_that_is_none_is_refused(place: Served, producer: Producer, key: str) -> None:
    before = count(place)
    answer = producer.http.post(
        "/api/v1/transfers",
        json={"collection": place.collection()},
        headers={"Idempotency-Key": key},
    )

    assert problem(answer) == (422, "invalid-request")
    assert count(place) == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"collection": "x"},
        {"collection": None, "agreement": "NOT-A-NAME"},
        {"name": "a\0b"},
        {"sha256": "AB"},
        {"size": -1},
        {"size": "5"},
        {"size": True},
        {"mode": "other"},
        {"title": "a\nb"},
        {"unknown": 1},
        {"path": "relative/path"},
        {"path": "/x\0y"},
        {"aip": "urn:uuid:x"},
    ],
)
def test_a_transfer_that_makes_no_sense_is_not_made(place: Served, producer: Producer, body: dict[str, Any]) -> None:
    before = count(place)
    given = body if not body or "collection" in body else {"collection": place.collection(), **body}

    answer = producer.http.post("/api/v1/transfers", json=given)

    status, _ = problem(answer)
    assert status == 422
    assert count(place) == before


def test_what_is_not_there_cannot_be_named(place: Served, producer: Producer) -> None:
    unknown = "urn:uuid:01930000-0000-7000-8000-00000000ffff"

    for body in ({"collection": unknown}, {"agreement": "nobody"}, {"aip": unknown}):
        assert problem(producer.create(**body))[0] == 404


def test_a_package_on_the_server_is_taken_from_below_an_allowed_folder_only(place: Served, producer: Producer) -> None:
    outside = place.allowed.parent / "outside"
    write_files(outside, {"a.txt": b"secret"})
    write_files(place.allowed / "set", {"a.txt": b"a"})
    links = {
        "to-file": outside / "a.txt",
        "to-folder": outside,
        "up": Path(".."),
        "loop": Path("loop"),
        "inside": Path("set"),
    }
    for name, target in links.items():
        (place.allowed / name).symlink_to(target)
    before = count(place)

    refused = [
        str(outside),
        str(outside / "a.txt"),
        str(place.allowed / ".." / "outside"),
        str(place.allowed / "to-file"),
        str(place.allowed / "to-folder"),
        str(place.allowed / "to-folder" / "a.txt"),
        str(place.allowed / "up"),
        str(place.allowed / "up" / "home" / "keys"),
        str(place.allowed),
        str(place.allowed) + "-other",
        "/etc/passwd",
        "/",
    ]
    for path in refused:
        assert problem(producer.create(path=path)) == (403, "forbidden"), path
    assert problem(producer.create(path=str(place.allowed / "nothing"))) == (404, "not-found")
    assert problem(producer.create(path=str(place.allowed / "loop"))) == (422, "wrong-use")
    assert count(place) == before
    made = producer.create(path=str(place.allowed / "inside"))
    deposit = place.api.repository.catalogue.deposit(made.json()["id"])
    assert deposit is not None
    assert deposit.place == os.path.realpath(place.allowed / "set")
    assert str(place.allowed) not in made.text


def test_a_path_that_leads_nowhere_else_tells_nothing_of_the_server(producer: Producer) -> None:
    there, nowhere = producer.create(path="/etc/passwd"), producer.create(path="/etc/no-such-file")

    assert {**there.json(), "instance": ""} == {**nowhere.json(), "instance": ""}


def test_somebody_of_another_collection_neither_sees_nor_touches_it(place: Served, producer: Producer) -> None:
    transfer = producer.uploaded(DATA)
    stranger = place.producer(OTHER)

    for method, path in (
        ("GET", ""),
        ("GET", "/report"),
        ("POST", "/submit"),
        ("POST", "/withdraw"),
        ("GET", "/uploads"),
    ):
        answer = stranger.http.request(method, f"/api/v1/transfers/{transfer}{path}")
        assert problem(answer) == (404, "not-found"), path
    assert transfer not in stranger.http.get("/api/v1/transfers").text
    assert problem(stranger.create()) == (404, "not-found")
    assert producer.http.get(f"/api/v1/transfers/{transfer}").json()["status"] == "open"


def test_an_agreement_that_is_broken_names_the_rule_and_nothing_is_made(place: Served, producer: Producer) -> None:
    place.agree("closed", "active = false\n")
    place.agree("others", 'submitters = ["somebody-else"]\n')
    before = count(place)

    for name, code in (("closed", "AGREEMENT-NOT-ACTIVE"), ("others", "AGREEMENT-SUBMITTER")):
        answer = producer.create(agreement=name)
        assert problem(answer) == (422, "agreement-broken")
        assert [one["code"] for one in answer.json()["findings"]] == [code]
    assert count(place) == before


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (None, "agreement"),
        ("en", "agreement"),
        ("vi", "thỏa thuận"),
        ("vi-VN,vi;q=0.9,en;q=0.5", "thỏa thuận"),
        ("fr", "agreement"),
        (";;q=,,", "agreement"),
    ],
)
def test_a_report_speaks_the_readers_language(place: Served, producer: Producer, asked: str | None, word: str) -> None:
    transfer = in_review(place, producer, {"a.txt": b"a", "b.txt": b"b"}, "max_files = 1\n")

    headers = {"Accept-Language": asked} if asked else {}
    report = producer.http.get(f"/api/v1/transfers/{transfer}/report", headers=headers).json()

    (finding,) = report["findings"]
    assert (report["status"], report["valid"], report["files"]) == ("rejected", False, 2)
    assert finding["code"] == "AGREEMENT-FILES"
    assert word in finding["message"]


def test_a_report_is_empty_before_anything_was_checked(producer: Producer) -> None:
    report = producer.http.get(f"/api/v1/transfers/{producer.created()}/report").json()

    assert (report["status"], report["valid"], report["findings"], report["formats"]) == ("open", None, [], [])


def test_an_archivist_decides_and_a_producer_does_not(place: Served, producer: Producer) -> None:
    yes, no = (in_review(place, producer, {"a.txt": b"a"}) for _ in range(2))
    archivist = place.api.client(Role.ARCHIVIST, OWN)
    why = {"reason": "Hồ sơ thiếu mục lục văn bản."}

    for somebody in (producer.http, place.api.client(Role.AUDITOR), place.api.client(Role.ADMINISTRATOR)):
        assert problem(somebody.post(f"/api/v1/transfers/{yes}/accept")) == (403, "forbidden")
    elsewhere = place.api.client(Role.ARCHIVIST, OTHER)
    assert problem(elsewhere.post(f"/api/v1/transfers/{no}/reject", json=why)) == (404, "not-found")
    accepted = archivist.post(f"/api/v1/transfers/{yes}/accept")
    rejected = archivist.post(f"/api/v1/transfers/{no}/reject", json=why)

    assert (accepted.status_code, accepted.json()["transfer"]["status"]) == (202, "accepted")
    assert accepted.json()["job"] is not None
    assert (rejected.status_code, rejected.json()["transfer"]["status"]) == (200, "rejected")
    assert rejected.json()["transfer"]["reason"] == why["reason"]
    assert problem(archivist.post(f"/api/v1/transfers/{no}/accept")) == (409, "conflict")
    assert problem(archivist.post(f"/api/v1/transfers/{yes}/reject", json={})) == (422, "invalid-request")


def test_a_transfer_is_withdrawn_with_its_upload(place: Served, producer: Producer) -> None:
    transfer = producer.uploaded(DATA)
    package = place.package(transfer)

    withdrawn = producer.http.post(f"/api/v1/transfers/{transfer}/withdraw")

    assert (withdrawn.status_code, withdrawn.json()["transfer"]["status"]) == (200, "withdrawn")
    assert not package.exists()
    assert problem(producer.http.post(f"/api/v1/transfers/{transfer}/submit")) == (409, "conflict")


def test_pages_of_transfers_follow_each_other(place: Served) -> None:
    producer = place.producer(OTHER)
    made = [producer.created(collection=place.collection(OTHER)) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = producer.http.get("/api/v1/transfers", params=params).json()
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break

    assert [one for one in seen if one in made] == made[::-1]
    assert len(seen) == len(set(seen))


def test_who_may_read_some_transfers_sees_their_own_elsewhere_as_well(place: Served, producer: Producer) -> None:
    """An archivist of one fonds who hands over to another one."""
    name = "Bearer both"
    account = place.api.actors[f"Bearer {Role.ARCHIVIST.value}-{OWN}"].account
    place.api.actors[name] = Actor(
        account, (Grant(Role.ARCHIVIST, place.collection(OWN)), Grant(Role.PRODUCER, place.collection(OTHER)))
    )
    both = Producer(place, place.api.client(Role.ARCHIVIST, OWN, Authorization=name), name)
    hidden = place.producer(OTHER).created(collection=place.collection(OTHER))
    made = [both.created(collection=place.collection(one)) for one in (OWN, OTHER)] + [producer.created()]

    def listed(**params: str) -> list[str]:
        found: list[str] = []
        while True:
            page = both.http.get("/api/v1/transfers", params={"limit": "2", **params}).json()
            found += [one["id"] for one in page["items"]]
            if page["next"] is None:
                return found
            params["cursor"] = page["next"]

    everything = listed()
    assert everything[:3] == made[::-1]
    assert hidden not in everything
    assert everything == sorted(set(everything), reverse=True)
    assert listed(collection=place.collection(OTHER)) == [made[1]]
    assert made[1] not in listed(collection=place.collection(OWN))


def test_an_agreement_of_another_collection_tells_nothing_of_it(place: Served) -> None:
    place.agree("of-a", "")
    stranger = place.producer(OTHER)

    answers = [
        stranger.http.post("/api/v1/transfers", json={"agreement": name, "collection": place.collection(OTHER)})
        for name in ("of-a", "of-nobody")
    ]

    assert [problem(one) for one in answers] == [(404, "not-found")] * 2
    assert "collection" not in answers[0].text


def test_nobody_hands_over_the_archives_own_record(place: Served, tmp_path: Path) -> None:
    """Who the administrators are after a rebuild is in it: neither a package nor its collection is anybody's to submit."""
    home, record = place.api.holdings.home, place.api.repository.identity.id
    everywhere = Producer(place, place.api.client(Role.PRODUCER), f"Bearer {Role.PRODUCER.value}-{EVERYWHERE}")
    write_files(tmp_path / "accounts", {"accounts.json": b"[]"})

    for body in ({"collection": record, "aip": record}, {"collection": record}):
        assert problem(everywhere.create(**body)) == (404, "not-found")
    assert problem(everywhere.create(aip=record)) == (422, "wrong-use")
    for arguments in (["--aip", record], ["--collection", COLLECTION_CODE]):
        assert home.run("ingest", tmp_path / "accounts", *arguments).status == 2
    assert sha256(b"[]").digest() not in {one.sha256 for one in place.api.repository.catalogue.files(record)}


def test_a_body_that_breaks_off_makes_nothing(place: Served, producer: Producer) -> None:
    before = count(place)
    line = http.client.HTTPConnection("127.0.0.1", int(str(producer.http.base_url).rpartition(":")[2].strip("/")))
    body = json.dumps({"collection": place.collection()}).encode()
    line.putrequest("POST", "/api/v1/transfers")
    for name, value in {
        "Authorization": producer.bearer,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }.items():
        line.putheader(name, value)
    line.endheaders()
    line.send(body[:-3])
    line.close()

    assert producer.http.get("/api/v1/transfers").status_code == 200
    assert count(place) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 100 MiB: what is left beside what a home keeps free is little."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_fills_up_in_the_middle_is_told_and_leaves_everything_as_it_was(
    small_disk: Path, tmp_path: Path
) -> None:
    with served(tmp_path / "full") as place:
        deposits = place.api.repository.home.deposits
        deposits.rmdir()
        deposits.symlink_to(small_disk)
        producer = place.producer()
        transfer, address = producer.begun(20 << 20)
        assert producer.patch(address, bytes(4 << 20)).status_code == 204
        (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free - (2 << 20)))

        full = producer.patch(address, bytes(16 << 20), 4 << 20)
        kept = producer.offset(address)
        none_begun = producer.begin(producer.created(), 5)
        (small_disk / "ballast").unlink()
        rest = producer.patch(address, bytes((20 << 20) - kept), kept)

        assert problem(full) == problem(none_begun) == (507, "no-room")
        assert 4 << 20 <= kept < 20 << 20
        assert rest.status_code == 204
        assert place.package(transfer).stat().st_size == 20 << 20
        found = place.api.repository.catalogue.transfer(transfer)
        assert found is not None
        assert found.status is TransferStatus.OPEN
        assert producer.http.head(address, headers=TUS).status_code == 200
