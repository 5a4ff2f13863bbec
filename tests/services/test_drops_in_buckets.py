"""Watched buckets are emptied over a real S3 server: whole packages only, nothing lost or doubled, everybody is told."""

import hashlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from minio import Minio

from preservation.adapters.clock import SystemClock
from preservation.adapters.drops.bucket import BucketPlace
from preservation.adapters.drops.objects import DropKeys, Objects
from preservation.domain.drops import BucketDrop
from preservation.domain.holdings import TransferStatus
from preservation.errors import Unavailable
from preservation.services.drops import Collected, Drops
from tests.homes import Quiet
from tests.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, s3_server
from tests.services.deposit_kit import Desk, a_desk
from tests.services.test_drops import LIMITS, Cut, Scissors, a_bag

__all__ = ["s3_server"]

pytestmark = pytest.mark.s3
PREFIX = "so-noi-vu/"


@dataclass(slots=True)
class Bucket:
    """A bucket that is watched below a prefix, and its desk."""

    desk: Desk
    server: S3Server
    client: Minio = field(init=False)
    drop: BucketDrop = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.server.client()
        self.drop = BucketDrop(
            name="bucket",
            agreement="so-noi-vu",
            endpoint=self.server.endpoint,
            bucket=BUCKET,
            prefix=PREFIX,
            secure=False,
            settle=timedelta(0),
        )

    def place(self) -> BucketPlace:
        return BucketPlace(Objects(self.drop, DropKeys(ACCESS_KEY, SECRET_KEY)), SystemClock())

    def collect(self) -> Collected:
        service = Drops(self.desk.catalogue, self.desk.deposits, self.desk.space, self.desk.locks, LIMITS)
        return service.collect(self.drop, self.place(), Quiet())

    def put(self, files: Mapping[str, bytes], *marks: str) -> None:
        for key, data in {**files, **dict.fromkeys(marks, b"")}.items():
            self.client.put_object(BUCKET, PREFIX + key, io.BytesIO(data), len(data))

    def keys(self, below: str = "") -> set[str]:
        """What is there, but for our own unless it is asked for."""
        found = self.client.list_objects(BUCKET, prefix=PREFIX + below, recursive=True)
        names = {str(one.object_name).removeprefix(PREFIX) for one in found}
        return {one for one in names if below or one.partition("/")[0] not in ("claims", "taken", "reports")}

    def document(self, key: str) -> Any:
        response = self.client.get_object(BUCKET, PREFIX + key)
        try:
            return json.loads(response.read())
        finally:
            response.close()
            response.release_conn()

    def waits_for(self, name: str) -> str:
        (finding,) = self.document(f"reports/{name}.waiting.json")["findings"]
        return str(finding["code"])

    def package(self, transfer: str) -> Path:
        place = self.desk.deposit(transfer).place
        assert place is not None
        return Path(self.desk.space.local_path(place))


@pytest.fixture
def bucket(tmp_path: Path, s3_server: S3Server) -> Iterator[Bucket]:
    with a_desk(tmp_path) as desk:
        desk.agree()
        yield Bucket(desk, s3_server)


def test_an_object_with_a_marker_is_taken_once_and_a_copy_of_it_stays(bucket: Bucket) -> None:
    bucket.put({"hồ sơ 42+%.zip": b"content"}, "hồ sơ 42+%.zip.done")

    first, again = bucket.collect(), bucket.collect()

    (transfer,) = first.taken
    taken = f"taken/{transfer.removeprefix('urn:uuid:')}/"
    assert (again.taken, first.problems, again.problems) == ([], {}, {})
    assert (bucket.package(transfer).name, bucket.package(transfer).read_bytes()) == ("hồ sơ 42+%.zip", b"content")
    assert bucket.keys() == bucket.keys("claims/") == set()
    assert bucket.keys("taken/") == {f"{taken}hồ sơ 42+%.zip", f"{taken}hồ sơ 42+%.zip.done"}
    assert len(bucket.desk.jobs(transfer)) == 1


def test_a_digest_beside_an_object_is_compared(bucket: Bucket) -> None:
    bucket.put({"a.zip": b"content", "a.zip.sha256": hashlib.sha256(b"other").hexdigest().encode()})
    wrong, code = bucket.collect(), bucket.waits_for("a.zip")
    bucket.put({"a.zip.sha256": hashlib.sha256(b"content").hexdigest().encode()})

    right = bucket.collect()

    assert (wrong.taken, wrong.waiting, code) == ([], 1, "DROP-DIGEST-DIFFERS")
    assert len(right.taken) == 1
    assert bucket.keys("reports/") == set()


def test_a_bag_of_many_objects_is_taken_once_it_is_whole(bucket: Bucket) -> None:
    whole = {f"bag/{path}": data for path, data in a_bag({"a.txt": b"a", "sâu/b.txt": b"b" * 70_000}).items()}
    bucket.put({path: data for path, data in whole.items() if not path.endswith("b.txt")})
    before, code = bucket.collect(), bucket.waits_for("bag")
    bucket.put(whole)

    (transfer,) = bucket.collect().taken

    package = bucket.package(transfer)
    assert (before.taken, code) == ([], "DROP-BAG-INCOMPLETE")
    assert {f"bag/{one.relative_to(package)}": one.read_bytes() for one in package.rglob("*") if one.is_file()} == whole
    assert bucket.keys() == set()


def test_a_large_object_comes_whole(bucket: Bucket) -> None:
    data = bytes(range(256)) * 4096
    bucket.put({"large.bin": data}, "large.bin.done")

    (transfer,) = bucket.collect().taken

    assert bucket.package(transfer).read_bytes() == data


def test_what_does_not_say_that_it_is_whole_waits(bucket: Bucket) -> None:
    bucket.put({"a.zip": b"content", "set/a.txt": b"a"})

    collected = bucket.collect()

    assert (collected.taken, collected.waiting) == ([], 2)
    assert {bucket.waits_for("a.zip"), bucket.waits_for("set")} == {"DROP-NO-MARKER"}
    assert bucket.keys() == {"a.zip", "set/a.txt"}


def test_what_is_young_waits(bucket: Bucket) -> None:
    bucket.drop = replace(bucket.drop, settle=timedelta(hours=1))
    bucket.put({"a.zip": b"content"}, "a.zip.done")

    collected = bucket.collect()

    assert (collected.taken, collected.waiting, bucket.keys("reports/")) == ([], 1, set())


@pytest.mark.parametrize("key", ["set/a\\..\\..\\b", "set/C:evil", "set/" + "d/" * 65 + "a", "set/" + "é" * 120 + "/a"])
def test_a_key_that_cannot_be_a_path_of_a_package_is_left_where_it_is(bucket: Bucket, key: str) -> None:
    bucket.put({key: b"a"}, "set.done")

    collected = bucket.collect()

    safe = key.endswith("é/a")
    assert (len(collected.taken), collected.problems) == (int(safe), {})
    if not safe:
        assert bucket.waits_for("set") in ("DROP-UNSAFE-NAME", "DROP-TOO-DEEP")


def test_the_report_lies_in_the_bucket(bucket: Bucket) -> None:
    bucket.put({"a.zip": b"content"}, "a.zip.done")
    (transfer,) = bucket.collect().taken
    with bucket.desk.catalogue.begin() as tx:
        tx.save_transfer(replace(bucket.desk.transfer(transfer), status=TransferStatus.PRESERVED, aip=transfer))

    bucket.collect()

    report = bucket.document(f"reports/a.zip.{transfer[-8:]}.json")
    assert (report["status"], report["aip"], set(report["meaning"])) == ("preserved", transfer, {"en", "vi"})


def test_a_server_that_is_away_is_a_problem_and_nothing_else(bucket: Bucket) -> None:
    bucket.put({"a.zip": b"content"}, "a.zip.done")
    bucket.drop = replace(bucket.drop, endpoint="127.0.0.1:1")
    away = bucket.collect()
    bucket.drop = replace(bucket.drop, endpoint=bucket.server.endpoint, bucket="another")
    nowhere = bucket.collect()
    bucket.drop = replace(bucket.drop, bucket=BUCKET)

    assert isinstance(away.problems[""], Unavailable)
    assert isinstance(nowhere.problems[""], Unavailable)
    assert SECRET_KEY not in f"{away.problems} {nowhere.problems} {DropKeys(ACCESS_KEY, SECRET_KEY)!r}"
    assert len(bucket.collect().taken) == 1


def test_a_claim_whose_original_changed_before_it_was_copied_is_undone(bucket: Bucket) -> None:
    bucket.put({"set/a.txt": b"a", "set/b.txt": b"b"}, "set.done")
    place = bucket.place()
    (dropped,) = place.look()
    seen = place.state(dropped, LIMITS)
    assert seen is not None
    bucket.put({"set/b.txt": b"changed"})

    claimed = place.claim("urn:uuid:01930000-0000-7000-8000-00000000abcd", dropped, seen, LIMITS)

    assert not claimed
    assert bucket.keys() == {"set/a.txt", "set/b.txt", "set.done"}
    assert bucket.keys("taken/") == bucket.keys("claims/") == set()


def test_a_claim_of_a_transfer_that_nobody_knows_goes_back(bucket: Bucket) -> None:
    bucket.put({"set/a.txt": b"a"}, "set.done")
    place = bucket.place()
    (dropped,) = place.look()
    seen = place.state(dropped, LIMITS)
    assert seen is not None
    assert place.claim("urn:uuid:01930000-0000-7000-8000-00000000abcd", dropped, seen, LIMITS)
    assert bucket.keys() == set()

    (transfer,) = bucket.collect().taken

    assert (bucket.package(transfer) / "a.txt").read_bytes() == b"a"


@pytest.mark.parametrize(
    "claim",
    [
        b"not json",
        b"[]",
        b'{"name": "../x", "objects": [], "marks": []}',
        b'{"name": "a", "objects": [["a/../../etc/passwd", 1, "e"]], "marks": []}',
        b'{"name": "a", "objects": [["b", 1, "e"]], "marks": []}',
        b'{"name": "a", "objects": [["a", -1, "e"]], "marks": []}',
        b'{"name": "a", "objects": [["a\\ud800", 1, "e"]], "marks": []}',
        b'{"name": "a", "objects": [["a", 1, "e"]], "marks": [["b", 1, "e"]]}',
    ],
)
def test_a_claim_that_somebody_else_wrote_is_not_followed(bucket: Bucket, claim: bytes) -> None:
    bucket.put({"claims/01930000-0000-7000-8000-00000000abcd.json": claim, "a.zip": b"content"}, "a.zip.done")

    collected = bucket.collect()

    assert isinstance(collected.problems[""], Unavailable)
    assert len(collected.taken) == 1


@pytest.mark.slow
def test_a_run_that_is_cut_off_anywhere_neither_loses_nor_doubles_a_package(bucket: Bucket) -> None:
    files = {"a.txt": b"a", "b/c.txt": b"c"}
    steps, at = 0, 0
    while True:
        at += 5
        name = f"set-{at}"
        bucket.put({f"{name}/{path}": data for path, data in files.items()}, f"{name}.done")
        sys.setprofile(Scissors(at))
        try:
            bucket.collect()
        except Cut:
            steps += 1
        else:
            break
        finally:
            sys.setprofile(None)

        first, second = bucket.collect(), bucket.collect()

        assert first.problems == second.problems == {}, at
        deposits = [bucket.desk.deposit(str(job.subject)) for job in bucket.desk.jobs()]
        (mine,) = [one for one in deposits if one.name == name]
        package = bucket.package(mine.transfer)
        assert {str(one.relative_to(package)): one.read_bytes() for one in package.rglob("*.txt")} == files, at
        assert bucket.keys() == bucket.keys("claims/") == bucket.keys("reports/") == set(), at
    assert steps > 20
