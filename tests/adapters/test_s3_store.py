"""The replica store in a bucket: the contract, on three servers that each do something else wrong."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from minio.credentials.providers import StaticProvider

from preservation.adapters.object_stores.s3 import creation
from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.intent import CLAIMS, State
from preservation.adapters.object_stores.s3.listings import parse_uploads
from preservation.adapters.object_stores.s3.probe import KEPT, probe
from preservation.adapters.object_stores.s3.store import S3Store
from preservation.adapters.object_stores.s3.version_writer import S3VersionWriter
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import Conflict, ReplicaAway, Unavailable
from tests.adapters.posix_replicas import REPLICA
from tests.ceph_server import ACCESS_KEY, SECRET_KEY
from tests.contracts.replica_store_builders import a_version, begin, contents, expected, stage
from tests.contracts.replica_store_contract import ReplicaStoreContract
from tests.s3_servers import QUICK, SERVERS, RunningServer, Servers, s3_servers

__all__ = ["s3_servers"]

pytestmark = [pytest.mark.s3, pytest.mark.slow]

PROVIDER = StaticProvider(ACCESS_KEY, SECRET_KEY)


def a_bucket(address: S3Address) -> Bucket:
    return Bucket(Wire(address, PROVIDER, QUICK), Abilities())


def a_store(address: S3Address) -> S3Store:
    """A new replica without the storage roots' own files: the contract asks for an empty one."""
    creation.fill(a_bucket(address), {}, json.dumps({"id": REPLICA}).encode())
    return S3Store(address, REPLICA, PROVIDER, QUICK)


def with_known(address: S3Address, found: Abilities) -> S3Address:
    """Spares the store to find out what the server does."""
    a_bucket(address).put(KEPT, found.to_bytes())
    return address


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest, s3_servers: Servers) -> RunningServer:
    return s3_servers.server(request.param)


@pytest.fixture(scope="session")
def abilities(server: RunningServer) -> Abilities:
    return probe(Wire(server.make_bucket(f"t-{uuid4()}"), PROVIDER, QUICK))


@pytest.fixture
def address(server: RunningServer, abilities: Abilities) -> S3Address:
    return with_known(server.make_bucket(f"t-{uuid4()}"), abilities)


@pytest.fixture
def store(address: S3Address) -> S3Store:
    return a_store(address)


def empty(bucket: Bucket) -> None:
    for page in bucket.list(""):
        for key, _ in page:
            bucket.remove(key)


def go_away(server: RunningServer, address: S3Address, how: str) -> None:
    bucket = a_bucket(address)
    match how:
        case "emptied" | "gone":
            empty(bucket)
            if how == "gone":
                server.client().remove_bucket(address.bucket)
        case "marker lost":
            bucket.remove("replica.json")
        case "marker damaged":
            bucket.put("replica.json", b'{"id": 7')
        case _:
            bucket.put("replica.json", b'{"id": "another"}')


# Each operation with one way of being away on each server: all of them everywhere would be the same requests again.
AWAY = {"ceph": "emptied", "moto": "gone", "rclone": "emptied"}


class TestS3Store(ReplicaStoreContract):
    @pytest.fixture
    def away(self, address: S3Address, server: RunningServer) -> Callable[[], None]:
        return lambda: go_away(server, address, AWAY[server.kind])


@pytest.mark.parametrize("how", ["emptied", "gone", "marker lost", "marker damaged", "another replica"])
def test_a_bucket_without_our_marker_is_a_replica_that_is_away(
    server: RunningServer, address: S3Address, store: S3Store, how: str
) -> None:
    store.put([("ocfl/kept", b"kept")])
    go_away(server, address, how)

    for operation in (store.check_identity, lambda: list(store.list("ocfl")), lambda: store.put([("ocfl/new", b"x")])):
        with pytest.raises(ReplicaAway):
            operation()


EXPECTED = {
    "ceph": Abilities(create_only=True, replace_if=True, checks_arrival=True, bare_etags=True),
    "moto": Abilities(create_only=True, replace_if=True, complete_only=True),
    "rclone": Abilities(checks_arrival=True),
}


def test_what_a_server_does_is_found_out_and_kept_on_the_replica(server: RunningServer, abilities: Abilities) -> None:
    address = server.make_bucket(f"t-{uuid4()}")
    store = a_store(address)

    assert store.abilities == abilities == EXPECTED[server.kind]
    assert [key for page in a_bucket(address).list("work/") for key, _ in page] == [KEPT]


def test_a_large_file_goes_in_parts_and_is_read_back(store: S3Store, address: S3Address) -> None:
    version = a_version()
    large = os.urandom(1 << 20) * 18
    writer = stage(begin(store, version), version)
    sink = writer.create("v1/content/larger.bin")
    for start in range(0, len(large), 1 << 20):
        sink.write(memoryview(large)[start : start + (1 << 20)])
    sink.close()
    writer.seal()
    with writer.open_sealed("v1/content/larger.bin") as stream:
        came_back = b"".join(iter(lambda: stream.read(1 << 20) or b"", b""))
    writer.commit()

    assert came_back == large
    assert store.size(f"{version.object_root}/v1/content/larger.bin") == len(large)


def test_an_upload_that_was_given_up_leaves_nothing(store: S3Store, server: RunningServer, address: S3Address) -> None:
    version = a_version()
    writer = begin(store, version)
    sink = writer.create("v1/content/larger.bin")
    for _ in range(3):
        sink.write(bytes(8 << 20))
    writer.abort()
    reply = Wire(address, PROVIDER, QUICK).call("GET", None, query={"uploads": ""})

    assert list(store.list("ocfl")) == []
    assert server.kind == "rclone" or parse_uploads(reply.body) == []


def test_evidence_is_never_overwritten_by_later_evidence(store: S3Store) -> None:
    for number in range(3):
        store.restore("ledger/a", [b"damaged %d" % number], "tx")
        store.set_aside("ledger/a", "repair")

    assert sorted(contents(store, "quarantine").values()) == [b"damaged 0", b"damaged 1", b"damaged 2"]


def test_what_a_living_process_has_begun_is_left_alone_by_another_store(store: S3Store, address: S3Address) -> None:
    version = a_version()
    writer = stage(begin(store, version), version)
    other = S3Store(address, REPLICA, PROVIDER, QUICK)
    recovered = other.recover()
    listed = list(other.list("ocfl"))
    writer.seal()
    writer.commit()

    assert (recovered, listed) == ([], [])
    assert contents(other) == expected(version)


def test_what_another_store_fenced_off_is_refused_at_its_next_step(store: S3Store, address: S3Address) -> None:
    version = a_version()
    writer = stage(begin(store, version), version)
    # What is still on its way when it is fenced off may arrive afterwards: a fixity check sets that aside.
    writer.flush()
    S3Store(address, REPLICA, PROVIDER, QUICK).fence("tx-1")

    with pytest.raises(Unavailable):
        writer.seal()
    writer.abort()
    assert list(store.list("ocfl")) == []


def test_what_a_living_process_broke_off_beyond_its_point_of_no_return_is_finished_by_the_next_writer(
    store: S3Store, address: S3Address
) -> None:
    version = a_version()
    writer = stage(begin(store, version), version)
    writer.seal()
    assert isinstance(writer, S3VersionWriter)
    writer._advance(replace(writer._intent, state=State.COMMITTING))
    other = S3Store(address, REPLICA, PROVIDER, QUICK)
    late = stage(other.begin_version("tx-2", version.object_root, 1, None), version)
    late.seal()

    with pytest.raises(Conflict):
        late.commit()
    late.abort()
    assert contents(other) == expected(version)
    assert [key for key, _ in other.list("work") if key != KEPT] == []


def test_a_claim_whose_transaction_is_gone_hinders_nobody(store: S3Store, address: S3Address) -> None:
    version = a_version()
    a_bucket(address).put(f"{CLAIMS}/{version.object_root}", b"tx-gone")
    writer = stage(begin(store, version), version)
    writer.seal()

    writer.commit()

    assert contents(store) == expected(version)
    assert [key for key, _ in store.list("work") if key != KEPT] == []


def test_a_key_that_is_too_long_for_s3_is_said_and_nothing_else_happens(store: S3Store) -> None:
    with pytest.raises(Unavailable, match="1024 bytes"):
        store.put([("ledger/" + "x" * 1100, b"x")])
