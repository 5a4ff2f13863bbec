"""A bucket as a replica, worked with by the commands alone: added, written to, checked, damaged, mended, rebuilt from."""

import json
import os
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from minio import Minio
from minio.error import S3Error

from preservation.domain.events import EventOutcome, EventType
from tests.ceph_server import ACCESS_KEY, SECRET_KEY
from tests.homes import TestHome, make_home, preservation
from tests.package_builders import write_files
from tests.s3_servers import RunningServer, Servers, s3_servers

__all__ = ["s3_servers"]

pytestmark = [pytest.mark.s3, pytest.mark.slow]

PREFIX = "archive/cloud"


@pytest.fixture(scope="module")
def server(s3_servers: Servers) -> RunningServer:
    return s3_servers.server("ceph")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


def a_versioned_bucket(server: RunningServer, *, object_lock: bool = False) -> str:
    """The address of an empty prefix in a bucket that keeps what is deleted."""
    bucket = f"e2e-{uuid4()}"
    server.make_bucket(bucket, object_lock=True)
    lock = "&lock=governance:2" if object_lock else ""
    return f"s3://{bucket}/{PREFIX}?endpoint={server.endpoint}&region=us-east-1{lock}"


def bucket_of(url: str) -> str:
    return url.removeprefix("s3://").partition("/")[0]


def content_keys(client: Minio, bucket: str, aip_path: str) -> list[str]:
    listed = client.list_objects(bucket, f"{PREFIX}/{aip_path}/v1/content/", recursive=True)
    return sorted(str(one.object_name) for one in listed)


@pytest.fixture
def home(tmp_path: Path, credentials: None) -> TestHome:
    return make_home(tmp_path / "home")


def test_a_bucket_holds_whole_copies_and_a_home_is_rebuilt_from_it_alone(
    home: TestHome, server: RunningServer, tmp_path: Path
) -> None:
    before = home.preserved(
        write_files(tmp_path / "before", {"trước.txt": b"before", "large.bin": os.urandom(9 << 20)})
    )
    url = a_versioned_bucket(server)
    added = home.run("replica", "add", url, "--name", "cloud")
    synced = home.run("replica", "sync", "cloud")
    after = home.preserved(write_files(tmp_path / "after", {"sau.txt": b"after"}))
    checked = home.run("fixity", "run", "--all", "--replica", "cloud")
    rebuilt = preservation("rebuild", "--from", url, "--home", tmp_path / "rebuilt", "--json")

    assert (added.status, added.json["new"], added.json["url"]) == (0, True, url)
    assert synced.status == 0, synced
    assert checked.status == 0, checked
    assert {copy.replica for copy in home.copies() if copy.aip == after} >= {added.json["id"]}
    assert {copy.aip for copy in home.copies() if copy.replica == added.json["id"]} >= {before, after}
    assert (rebuilt.status, rebuilt.json["problems"]) == (0, [])
    with home.catalogue() as catalogue:
        root = catalogue.ledger_size()
    assert rebuilt.json["events"] >= root - 1
    (row,) = [one for one in home.run("replica", "list").json if one["name"] == "cloud"]
    assert row["state"] == "active"
    # This gateway knows conditions in buckets without versions alone.
    assert row["server_lacks"] == ["no-create-only", "no-replace-if", "no-complete-only"]


def test_damage_and_deletion_in_a_bucket_are_told_apart_and_mended(
    home: TestHome, server: RunningServer, tmp_path: Path
) -> None:
    url = a_versioned_bucket(server)
    home.run("replica", "add", url, "--name", "cloud")
    files = {f"{number}.bin": os.urandom(3000) for number in range(4)}
    aip = home.preserved(write_files(tmp_path / "package", files))
    client, bucket = server.client(), bucket_of(url)
    keys = [key for key in content_keys(client, bucket, home.show(aip)["path"]) if key.endswith(".bin")]
    was = client.get_object(bucket, keys[0]).data
    client.put_object(bucket, keys[0], BytesIO(b"?" * len(was)), len(was))
    client.remove_object(bucket, keys[1])
    found = home.run("fixity", "run", "--all", "--replica", "cloud")
    again = home.run("fixity", "run", "--all", "--replica", "cloud")

    assert {one["found"] for one in found.json["problems"]} == {"damaged", "deleted"}
    assert (found.json["repaired"], found.status) == (1, 0), found
    assert (again.json["intact"], again.json["damaged"]) == (again.json["checked"], 0)
    assert client.get_object(bucket, keys[0]).data == was
    evidence = [str(one.object_name) for one in client.list_objects(bucket, f"{PREFIX}/quarantine/", recursive=True)]
    assert len(evidence) == 1
    recovered = [event.detail for event in home.events(EventType.RECOVERY) if event.outcome is EventOutcome.SUCCESS]
    assert {str(one["found"]) for one in recovered} >= {"damaged", "deleted"}


def test_an_emptied_bucket_is_one_replica_away_and_nothing_missing(
    home: TestHome, server: RunningServer, tmp_path: Path
) -> None:
    url = a_versioned_bucket(server)
    home.run("replica", "add", url, "--name", "cloud")
    home.preserved(write_files(tmp_path / "package", {"a.txt": b"a"}))
    client, bucket = server.client(), bucket_of(url)
    for one in list(client.list_objects(bucket, recursive=True)):
        client.remove_object(bucket, str(one.object_name))
    found = home.run("fixity", "run", "--all")

    assert found.status == 3
    assert (found.json["missing"], found.json["problems"]) == (0, [])
    assert list(found.json["away"]) or found.json["away"]
    (row,) = [one for one in home.run("replica", "list").json if one["name"] == "cloud"]
    assert row["state"] == "away"


def test_a_transaction_that_was_broken_off_is_told_of_until_it_is_settled(
    home: TestHome, server: RunningServer, tmp_path: Path
) -> None:
    url = a_versioned_bucket(server)
    home.run("replica", "add", url, "--name", "cloud")
    home.preserved(write_files(tmp_path / "package", {"a.txt": b"a"}))
    quiet = home.run("replica", "report", "cloud")
    key = f"{PREFIX}/work/tx/broken/intent.json"
    server.client().put_object(bucket_of(url), key, BytesIO(b"{"), 1)
    doctor = home.run("doctor")
    told = home.run("replica", "report", "cloud")
    server.client().remove_object(bucket_of(url), key)
    after = home.run("replica", "report", "cloud")

    (part,) = [one for one in doctor.json if one["part"] == "transactions of replica cloud"]
    assert (part["state"], doctor.status) == ("doubtful", 0)
    assert "broken" in part["detail"]
    assert told.json["unsettled"] == [part["detail"]]
    assert (quiet.json["unsettled"], after.json["unsettled"]) == ([], [])


def test_content_under_object_lock_cannot_be_deleted_and_the_root_inventory_goes_on(
    home: TestHome, server: RunningServer, tmp_path: Path
) -> None:
    url = a_versioned_bucket(server, object_lock=True)
    added = home.run("replica", "add", url, "--name", "locked")
    aip = home.preserved(write_files(tmp_path / "first", {"a.txt": b"a"}))
    second = home.preserved(write_files(tmp_path / "second", {"b.txt": b"b"}), "--aip", aip)
    client, bucket = server.client(), bucket_of(url)
    key = next(key for key in content_keys(client, bucket, home.show(aip)["path"]) if key.endswith("a.txt"))
    version = client.stat_object(bucket, key).version_id
    with pytest.raises(S3Error, match="AccessDenied"):
        client.remove_object(bucket, key, version_id=version)
    checked = home.run("fixity", "run", "--all", "--replica", "locked")

    assert added.json["url"].endswith("lock=governance:2")
    assert second == aip
    assert checked.status == 0, checked


def test_a_lock_needs_a_bucket_that_was_made_with_it(home: TestHome, server: RunningServer) -> None:
    bucket = f"e2e-{uuid4()}"
    server.make_bucket(bucket)
    refused = home.run(
        "replica", "add", f"s3://{bucket}/x?endpoint={server.endpoint}&lock=compliance:10", "--name", "c"
    )

    assert refused.status == 2
    assert "object lock" in refused.json["message"]


def test_nothing_secret_is_shown_or_kept(home: TestHome, server: RunningServer, tmp_path: Path) -> None:
    url = a_versioned_bucket(server)
    refused = home.run("replica", "add", url.replace("&region", "&secret_key=hush&region"), "--name", "x")
    answers = [
        home.run("replica", "add", url, "--name", "cloud"),
        home.run("replica", "list"),
        home.run("doctor"),
        refused,
    ]
    home.preserved(write_files(tmp_path / "package", {"a.txt": b"a"}))
    kept = "".join(path.read_bytes().decode("latin-1") for path in home.root.rglob("*") if path.is_file())

    assert refused.status == 2
    for text in (kept, *(answer.out + answer.err for answer in answers)):
        assert SECRET_KEY not in text
        assert ACCESS_KEY not in text
        assert "hush" not in text


def test_without_credentials_the_replica_is_away_and_says_why(
    home: TestHome, server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = a_versioned_bucket(server)
    home.run("replica", "add", url, "--name", "cloud")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    without = home.run("replica", "sync", "cloud")
    keys = tmp_path / "credentials"
    keys.write_text(f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
    monkeypatch.setenv("PRESERVATION_S3_CREDENTIALS_FILE", str(keys))
    with_file = home.run("replica", "sync", "cloud")

    assert without.status == 3
    assert "no credentials for S3" in json.dumps(without.json)
    assert with_file.status == 0
